"""A datagram on a local socket says: something was committed. It may be lost; who listens also looks by itself."""

from __future__ import annotations

import contextlib
import os
import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

_NUDGE, _END = b"n", b"e"


class SocketNudge:
    """Nudges whoever listens at `path`."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def nudge(self) -> None:
        """Something changed. Never raises and never waits."""
        with contextlib.suppress(OSError), _address(self._path) as address, _datagrams() as sender:
            sender.setblocking(False)
            sender.sendto(_NUDGE, address)


@contextlib.contextmanager
def listening(path: Path, nudged: Callable[[], None]) -> Iterator[None]:
    """Calls `nudged` from a thread of its own for each nudge at `path`."""
    path.unlink(missing_ok=True)
    with _address(path) as address, _datagrams() as receiver:
        receiver.bind(address)
        path.chmod(0o600)
        thread = threading.Thread(target=_listen, args=(receiver, nudged), name="nudges", daemon=True)
        thread.start()
        try:
            yield
        finally:
            with _datagrams() as sender:
                sender.sendto(_END, address)
            thread.join()
            path.unlink(missing_ok=True)


def _listen(receiver: socket.socket, nudged: Callable[[], None]) -> None:
    while (data := receiver.recv(16)) != _END:
        if data == _NUDGE:
            nudged()


def _datagrams() -> socket.socket:
    return socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)


@contextlib.contextmanager
def _address(path: Path) -> Iterator[str]:
    """The socket's path by its folder's descriptor: a longer one than 107 bytes would not fit a socket's address."""
    folder = os.open(path.parent, os.O_PATH | os.O_DIRECTORY)
    try:
        yield f"/proc/self/fd/{folder}/{path.name}"
    finally:
        os.close(folder)
