"""A real mosquitto on a free loopback port, that can be stopped, killed and started again on the same port.

`inside`: what stands before its command; then it listens on every address of the place where it runs.
"""

import signal
import socket
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from deploy.broker import files
from tests.support.netns import is_open
from tests.support.waiting import wait_for

HOST = "127.0.0.1"


def free_port() -> int:
    """A port of the loopback that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def listens(port: int) -> bool:
    """Whether somebody accepts connections on a loopback port."""
    with socket.socket() as probe:
        probe.settimeout(0.5)
        return probe.connect_ex((HOST, port)) == 0


class Broker:
    """One broker with its folder. `passwords` None: everybody may do everything, as in an attack."""

    def __init__(
        self,
        folder: Path,
        *,
        site: str = "demo",
        passwords: Mapping[str, str] | None = None,
        issuers: tuple[str, ...] = (),
        port: int | None = None,
        inside: Sequence[str] = (),
    ) -> None:
        self.host = HOST
        self._inside = tuple(inside)
        self.port = port or free_port()
        self.site = site
        self.passwords = dict(passwords or {})
        self.log = folder / "mosquitto.log"
        if passwords is None:
            folder.mkdir(parents=True, exist_ok=True)
            self._settings = folder / "mosquitto.conf"
            text = files.configuration(folder, self.port, anonymous=True)
            self._settings.write_text(text.replace(f" {HOST}\n", "\n") if inside else text, encoding="utf-8")
        else:
            self._settings = files.write(folder, self.port, site, passwords, issuers)
        self._process: subprocess.Popen[bytes] | None = None

    def add_door(self, certificates: Path) -> int:
        """One more port, over TLS with the certificate `broker` of a folder; before it is started."""
        port = free_port()
        names = {"cafile": "ca.crt", "certfile": "broker.crt", "keyfile": "broker.key"}
        lines = [f"listener {port}", *(f"{word} {certificates / name}" for word, name in names.items())]
        with self._settings.open("a", encoding="utf-8") as settings:
            settings.write("\n".join([*lines, ""]))
        return port

    @property
    def pid(self) -> int:
        """Process id of the running broker."""
        assert self._process is not None
        return self._process.pid

    def start(self) -> None:
        """Start it and wait until it answers."""
        with self.log.open("ab") as log:
            command = [*self._inside, "mosquitto", "-c", str(self._settings)]
            self._process = subprocess.Popen(command, stdout=log, stderr=log)
        wait_for(lambda: self._alive() and self._listens(), f"mosquitto answers ({self.log})")

    def stop(self) -> None:
        """End it as an administrator would: it saves, and publishes wills."""
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        """kill -9: as a power cut, but for the page cache."""
        self._end(signal.SIGKILL)

    def pause(self) -> None:
        """Freeze it: connections stay open and say nothing."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)

    def resume(self) -> None:
        """Thaw it."""
        assert self._process is not None
        self._process.send_signal(signal.SIGCONT)

    def restart(self) -> None:
        """Stop where it runs, then start on the same port and folder."""
        self.stop()
        self.start()

    def add_user(self, user: str, password: str) -> None:
        """Let one more client in, at once."""
        self.passwords[user] = password
        with (self._settings.parent / "passwords").open("a", encoding="utf-8") as passwords:
            passwords.write(files.password_line(user, password) + "\n")
        assert self._process is not None
        self._process.send_signal(signal.SIGHUP)

    def _listens(self) -> bool:
        return is_open(self.pid, self.port) if self._inside else listens(self.port)

    def _alive(self) -> bool:
        assert self._process is not None
        code = self._process.poll()
        assert code is None, f"mosquitto ended with {code}: {self.log.read_text()[-500:]}"
        return True

    def _end(self, how: signal.Signals) -> None:
        if self._process is None:
            return
        self._process.send_signal(how)
        if how is not signal.SIGKILL:
            self._process.send_signal(signal.SIGCONT)
        self._process.wait(timeout=10)
        self._process = None


@contextmanager
def running_broker(
    folder: Path,
    *,
    site: str = "demo",
    passwords: Mapping[str, str] | None = None,
    issuers: tuple[str, ...] = (),
) -> Iterator[Broker]:
    """A started broker for the length of a `with`; gone afterwards."""
    broker = Broker(folder, site=site, passwords=passwords, issuers=issuers)
    broker.start()
    try:
        yield broker
    finally:
        broker.kill()
