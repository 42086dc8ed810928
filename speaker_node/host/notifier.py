"""The service's word to systemd."""

from __future__ import annotations

import os
import socket
from collections.abc import Mapping
from contextlib import suppress


class Notifier:
    """Tells systemd how the service is, where it listens (NOTIFY_SOCKET); elsewhere every call does nothing."""

    def __init__(self, environment: Mapping[str, str] = os.environ) -> None:
        self._address = environment.get("NOTIFY_SOCKET", "")
        own = environment.get("WATCHDOG_PID", str(os.getpid())) == str(os.getpid())
        period = environment.get("WATCHDOG_USEC", "")
        self.watchdog_period = int(period) / 1e6 if own and period.isdecimal() and int(period) else None
        """Seconds within which `alive` must be called; None where nobody watches."""

    def ready(self) -> None:
        """The service has started."""
        self._say("READY=1")

    def alive(self) -> None:
        """Feeds the watchdog; to be called by a loop that turns and whose adapters advance."""
        self._say("WATCHDOG=1")

    def stopping(self) -> None:
        """The service is about to end."""
        self._say("STOPPING=1")

    def status(self, text: str) -> None:
        """One line for `systemctl status`."""
        self._say(f"STATUS={text.splitlines()[0] if text else ''}")

    def _say(self, words: str) -> None:
        if not self._address:
            return
        address = "\0" + self._address[1:] if self._address.startswith("@") else self._address
        with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as door:
            door.setblocking(False)
            door.sendto(words.encode(), address)
