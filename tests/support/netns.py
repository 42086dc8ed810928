"""Network namespaces: an office and nodes far from it, each with a line of its own that a test cuts, or makes bad.

A namespace lives as long as the process that holds it. What a line loses is dropped on the receiver's input, so that
the sender knows nothing of it; what it delays and reorders goes through two TUN devices (tests.support.slow_line).
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

TABLE = "loa_test"


@dataclass(frozen=True)
class Slow:
    """A line of a bad radio: milliseconds of delay and of jitter, which brings packets out of order, a share of packets
    lost and of packets that come twice (percent), and its rate in kbit/s (0: as fast as may be)."""

    delay: float = 0.0
    jitter: float = 0.0
    loss: float = 0.0
    twice: float = 0.0
    rate: float = 0.0


class Room:
    """A namespace. `inside` before a command runs it there."""

    def __init__(self) -> None:
        # `read` ends with our end of the pipe, however we end.
        self._holder = subprocess.Popen(["unshare", "--net", "sh", "-c", "echo in; read _"], stdin=-1, stdout=-1)
        assert self._holder.stdout is not None
        assert self._holder.stdout.readline() == b"in\n", "no network namespace can be made here: this needs root"
        self.pid = self._holder.pid
        self.inside: tuple[str, ...] = ("nsenter", f"--net=/proc/{self.pid}/ns/net")
        self.run("ip", "link", "set", "lo", "up")
        self.nft(f"add table inet {TABLE}\nadd chain inet {TABLE} lost {{ type filter hook input priority 0 ; }}")

    def run(self, *command: str) -> str:
        """Run a command there; what it printed."""
        done = subprocess.run([*self.inside, *command], check=True, capture_output=True, text=True)
        return done.stdout

    def nft(self, script: str) -> None:
        """Change its packet filter."""
        subprocess.run([*self.inside, "nft", "-f", "-"], input=script, text=True, check=True)

    def loses(self, device: str, what: str) -> None:
        """What comes in over a device is no more taken: `what` is drop, or whatever else nft knows to do."""
        self.nft(f'add rule inet {TABLE} lost iifname "{device}" {what}')

    def hears(self) -> None:
        """All is taken again."""
        self.nft(f"flush chain inet {TABLE} lost")

    def close(self) -> None:
        """No more; what runs in it loses its network once it ends."""
        with self._holder:
            assert self._holder.stdin is not None
            self._holder.stdin.close()


@dataclass
class Line:
    """What joins the office and one node: the namespaces, and each end's device and address."""

    office: Room
    field: Room
    number: int
    slow: Slow | None = None
    _bridge: subprocess.Popen[bytes] | None = None

    @property
    def office_address(self) -> str:
        """Where the office is, as the node sees it."""
        return f"198.51.100.{4 * self.number + 1}"

    @property
    def field_address(self) -> str:
        """Where the node is."""
        return f"198.51.100.{4 * self.number + 2}"

    @property
    def device(self) -> str:
        """The name of the device at either end."""
        return f"line{self.number}"

    def lay(self) -> None:
        """Make it."""
        if self.slow is not None:
            return self._bridge_by_tun(self.slow)
        far = ("peer", "name", self.device, "netns", str(self.field.pid))
        self.office.run("ip", "link", "add", self.device, "type", "veth", *far)
        for room, address in ((self.office, self.office_address), (self.field, self.field_address)):
            # A packet is a packet: none is glued together of several, so that each is lost and counted alone.
            room.run("ip", "link", "set", self.device, "gso_max_segs", "1", "up")
            room.run("ip", "addr", "add", f"{address}/30", "dev", self.device)
        return None

    def take_up(self) -> None:
        """Unmake it."""
        if self._bridge is not None:
            with self._bridge:
                self._bridge.terminate()

    def up_is_lost(self, what: str = "drop") -> None:
        """Of what the node says nothing reaches the office."""
        self.office.loses(self.device, what)

    def down_is_lost(self, what: str = "drop") -> None:
        """Of what the office says nothing reaches the node."""
        self.field.loses(self.device, what)

    def count(self) -> None:
        """Count from now on what passes the node's end: bytes with the headers of IP, both ways."""
        table = f"inet {TABLE}_count"
        rows = [f"add table {table}"]
        for way, hook, name in (
            ("down", "prerouting priority -300", "iifname"),
            ("up", "postrouting priority 300", "oifname"),
        ):
            rows.append(f"add counter {table} {way}")
            rows.append(f"add chain {table} {way}s {{ type filter hook {hook} ; }}")
            rows.append(f'add rule {table} {way}s {name} "{self.device}" counter name {way}')
        self.field.nft("\n".join(rows) + "\n")

    def counted(self) -> dict[str, tuple[int, int]]:
        """Packets and bytes, up and down, since `count`."""
        text = self.field.run("nft", "-j", "list", "counters", "table", "inet", f"{TABLE}_count")
        said: dict[str, Any] = json.loads(text)
        found = [each["counter"] for each in said["nftables"] if "counter" in each]
        return {str(each["name"]): (int(each["packets"]), int(each["bytes"])) for each in found}

    def _bridge_by_tun(self, slow: Slow) -> None:
        ends = [f"{self.office.pid}:{self.office_address}", f"{self.field.pid}:{self.field_address}"]
        numbers = [str(each) for each in (slow.delay, slow.jitter, slow.loss, slow.twice, slow.rate)]
        command = [sys.executable, "-m", "tests.support.slow_line", self.device, *ends, *numbers]
        self._bridge = subprocess.Popen(command, stdout=subprocess.PIPE)
        assert self._bridge.stdout is not None
        assert self._bridge.stdout.readline() == b"up\n", "no TUN device can be made here"


@contextmanager
def lines(slow: Sequence[Slow | None]) -> Iterator[list[Line]]:
    """An office and so many nodes, each in a namespace of its own behind a line of its own."""
    with ExitStack() as leaving:
        office = Room()
        leaving.callback(office.close)
        found = []
        for number, how in enumerate(slow):
            room = Room()
            leaving.callback(room.close)
            line = Line(office, room, number, how)
            leaving.callback(line.take_up)
            line.lay()
            found.append(line)
        yield found


def is_open(pid: int, port: int) -> bool:
    """Whether somebody in the network namespace of a process listens on a port."""
    rows = Path(f"/proc/{pid}/net/tcp").read_text(encoding="ascii").splitlines()[1:]
    return any(row.split()[1].endswith(f":{port:04X}") for row in rows if row.split()[3] == "0A")
