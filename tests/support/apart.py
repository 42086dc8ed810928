"""A site whose broker and gateway stand in one network namespace, and each node in another behind a line of its own."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.support.audio_server import audio_server
from tests.support.authority import Authority
from tests.support.broker import Broker
from tests.support.netns import Line, Slow, lines
from tests.support.site import Site, make_site, start_site
from tests.support.speech import Speech


@dataclass
class Apart:
    """The site and the line of each of its nodes, in the nodes' order. Audio is laid into the nodes by hand."""

    site: Site
    lines: Sequence[Line]

    def hold(self, speech: Speech) -> None:
        """The office knows the audio, and every node has it."""
        self.site.hold(speech)
        for node in self.site.nodes:
            node.hold_asset(speech.asset, speech.data)


@contextmanager
def running_apart(
    folder: Path, slow: Sequence[Slow | None], *speeches: Speech, mobile: bool = False
) -> Iterator[Apart]:
    """Everything is started, every node has its first plan and holds the speeches. `mobile`: nodes of the 4G profile,
    over TLS."""
    with ExitStack() as leaving:
        laid = leaving.enter_context(lines(slow))
        broker = Broker(folder / "broker", inside=laid[0].office.inside)
        door = _door(broker, folder / "certificates", laid) if mobile else ""
        leaving.callback(broker.kill)
        broker.start()
        site = make_site(folder, broker, leaving.enter_context(audio_server()), len(slow))
        site.inside = laid[0].office.inside
        for node, line in zip(site.nodes, laid, strict=True):
            node.inside = line.field.inside
            node.changed({'host = "127.0.0.1"': f'host = "{line.office_address}"'})
            if mobile:
                node.changed({'profile = "lan"': 'profile = "4g"', f"port = {broker.port}": door})
        apart = Apart(site, laid)
        for speech in speeches:
            apart.hold(speech)
        start_site(site, leaving)
        yield apart


def _door(broker: Broker, folder: Path, laid: Sequence[Line]) -> str:
    """The broker's door for nodes, over TLS; what their settings say of it."""
    folder.mkdir(parents=True)
    Authority(folder, laid[0].office_address).issue("broker")
    return f'port = {broker.add_door(folder)}\ntls = true\nca_file = "{folder / "ca.crt"}"'
