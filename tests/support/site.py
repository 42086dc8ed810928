"""A whole site: a broker that lets everybody do everything, a real gateway as a process, and real nodes."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from controller.domain.values import OccurrenceId, from_ms, to_ms
from controller.nudges import SocketNudge
from controller.signer import open_signer
from controller.storage import results
from controller.storage.engine import migrate, open_database, reading, transact
from controller.storage.results import NodeResult
from controller.storage.tables import AssetRow, BroadcastRow, ConditionRow, DocumentRow, EventRow, RefusalRow
from playlists import wire
from playlists.models import occurrence_id
from playlists.reports import Accepted, Welcomed
from tests.support import decisions
from tests.support.agent import Enrolled
from tests.support.audio_server import AudioServer, audio_server
from tests.support.broker import Broker, running_broker
from tests.support.fleet import SITE, T0, Voice, enrol, voices
from tests.support.processes import kill
from tests.support.speech import Speech
from tests.support.waiting import wait_for

_SETTINGS = """
site = "{site}"
data = "data"
[broker]
port = {port}
"""


@dataclass
class Site:
    """The office's database is open beside its gateway; who is killed is not started again by itself."""

    folder: Path
    broker: Broker
    engine: Engine
    voices: Sequence[Voice]
    audio: AudioServer
    nodes: list[Enrolled] = field(default_factory=list)
    inside: tuple[str, ...] = ()
    """What stands before the gateway's command: where it is to run."""
    _gateway: subprocess.Popen[bytes] | None = None

    @property
    def database(self) -> Path:
        """The database's file."""
        return self.folder / "data" / "loa.db"

    @property
    def gateway_pid(self) -> int:
        """Of the running gateway."""
        assert self._gateway is not None
        return self._gateway.pid

    def start_gateway(self) -> None:
        """Start the gateway's process; its log goes to gateway.log."""
        command = [*self.inside, sys.executable, "-m", "controller", "--settings", str(self.folder / "controller.toml")]
        command.append("gateway")
        with (self.folder / "gateway.log").open("ab") as log:
            self._gateway = subprocess.Popen(command, stdout=log, stderr=log)

    def kill_gateway(self) -> None:
        """kill -9."""
        if self._gateway is not None:
            kill(self.gateway_pid)
            self._gateway.wait()
            self._gateway = None

    def gateway_log(self) -> str:
        """What it said so far."""
        return (self.folder / "gateway.log").read_text(encoding="utf-8")

    def nudge(self) -> None:
        """Something was committed."""
        SocketNudge(self.folder / "data" / "nudge.sock").nudge()

    def hold(self, speech: Speech) -> None:
        """The office knows the audio and serves it."""
        asset = speech.asset
        row = AssetRow(sha256=asset.sha256, bytes=asset.bytes, frames=asset.frames, made_at=T0)
        transact(self.engine, lambda session: session.add(row))
        self.audio.serve(speech)

    def air(self, name: str, speech: Speech, starts_at: int, area: str = "commune") -> int:
        """Decide a broadcast that airs at an instant (ms UTC), cut to the second; that instant."""
        at = from_ms(starts_at).astimezone(decisions.ZONE).replace(microsecond=0)
        words = (speech.asset.sha256,)
        decisions.broadcast(self.engine, name, [at.time()], words, area, first_day=at.date())
        self.nudge()
        return to_ms(at)

    def take_back(self, name: str) -> None:
        """Withdraw a broadcast as a whole: the next plans are without it."""

        def work(session: Session) -> None:
            row = session.get_one(BroadcastRow, name)
            row.withdrawn_at, row.withdrawn_by = datetime.now(UTC), decisions.CLERK

        transact(self.engine, work)
        self.nudge()

    def results(self, name: str, at: int) -> dict[str, NodeResult]:
        """The verdict on an airing by node."""
        with reading(self.engine) as session:
            found = results.occurrence(session, OccurrenceId(occurrence_id(name, at)), to_ms(datetime.now(UTC)))
        return {each.owed.node: each for each in found.nodes} if found else {}

    def told(self, node: Enrolled) -> list[str]:
        """The node's events in the office's database: the exact texts that were journalled."""
        chosen = select(EventRow.body).where(EventRow.node_id == node.name).order_by(EventRow.number)
        with reading(self.engine) as session:
            return [body.decode() for body in session.scalars(chosen)]

    def knows_all(self, node: Enrolled) -> bool:
        """Whether the office has every numbered event of the node's journal, as it stands there."""
        return set(self.told(node)) >= {wire.encode_event(event) for event in node.events() if event.number}

    def condition(self, node: Enrolled) -> ConditionRow | None:
        """The newest status in the database."""
        with reading(self.engine) as session:
            return session.get(ConditionRow, node.name)

    def refusals(self) -> dict[tuple[str, str], int]:
        """Refused messages by topic and reason."""
        with reading(self.engine) as session:
            rows = session.execute(
                select(RefusalRow.topic, RefusalRow.reason, func.sum(RefusalRow.count)).group_by(
                    RefusalRow.topic, RefusalRow.reason
                )
            )
            return {(topic, reason): int(count) for topic, reason, count in rows}

    def key_names(self) -> dict[str, str]:
        """The name of each of the office's keys by issuer; anybody reads them off the wire."""
        signer = open_signer(self.folder / "data" / "keys", SITE, to_ms(datetime.now(UTC)))
        return {"root": str(signer.root.kid), **{key.issuer: key.kid for key in signer.keys}}

    def signed(self) -> list[str]:
        """The digest of each document that the office has signed."""
        with reading(self.engine) as session:
            return list(session.scalars(select(DocumentRow.digest).order_by(DocumentRow.id)))

    def planned(self, count: int) -> None:
        """Wait until every node has taken so many plans."""
        for node in self.nodes:
            wait_for(
                lambda n=node: sum(f.document == "plan" for f in n.facts(Accepted)) >= count,  # type: ignore[misc]
                f"{node.name} takes plan {count}",
                20,
            )


@contextmanager
def running_site(folder: Path, nodes: int) -> Iterator[Site]:
    """Everything is made and started; the nodes have their first plan. At the end nothing runs."""
    with ExitStack() as leaving:
        broker = leaving.enter_context(running_broker(folder / "broker"))
        made = make_site(folder, broker, leaving.enter_context(audio_server()), nodes)
        yield start_site(made, leaving)


def start_site(made: Site, leaving: ExitStack) -> Site:
    """Start gateway and nodes of what was made, and wait until all of them are in order; `leaving` ends them."""
    leaving.callback(made.engine.dispose)
    leaving.callback(made.kill_gateway)
    made.start_gateway()
    count = len(made.nodes)
    wait_for(lambda: len(made.signed()) >= count, "the gateway hears the nodes and has signed their plans", 60)
    for node in made.nodes:
        leaving.callback(node.stop)
        node.start()
    made.planned(1)
    for node in made.nodes:
        wait_for(lambda n=node: n.facts(Welcomed), f"{node.name} is welcomed", 30)  # type: ignore[misc]
    return made


def make_site(folder: Path, broker: Broker, audio: AudioServer, count: int, *, light: bool = False) -> Site:
    """Everything is made and nothing started but the broker. `light`: the nodes are but their keys."""
    (folder / "data").mkdir(parents=True)
    (folder / "controller.toml").write_text(_SETTINGS.format(site=SITE, port=broker.port), encoding="utf-8")
    speakers, keys = voices(count), folder / "data" / "keys"
    made = Site(folder, broker, open_database(str(folder / "data" / "loa.db")), speakers, audio)
    migrate(made.engine)
    enrol(made.engine, speakers)
    decisions.begin(made.engine)
    open_signer(keys, SITE, to_ms(datetime.now(UTC)))
    whole = [] if light else speakers
    made.nodes = [Enrolled(folder / each.node, each.key, SITE, keys, broker.port, audio.address) for each in whole]
    return made
