"""MQTT 3.1.1 by hand, for a crowd of clients that must cost nothing: packets, a fast publisher, a crowd of ears."""

from __future__ import annotations

import selectors
import socket
import struct
import time
from collections.abc import Iterable, Sequence
from contextlib import ExitStack

from tests.support.broker import Broker


def connect_packet(client_id: str, keepalive: int = 600) -> bytes:
    """CONNECT with a clean session."""
    body = _text("MQTT") + bytes([4, 2]) + struct.pack("!H", keepalive) + _text(client_id)
    return _packet(0x10, body)


def subscribe_packet(filters: Sequence[str]) -> bytes:
    """SUBSCRIBE with QoS 0."""
    return _packet(0x82, struct.pack("!H", 1) + b"".join(_text(each) + b"\x00" for each in filters))


def publish_packet(topic: str, payload: bytes, mid: int = 0) -> bytes:
    """PUBLISH with QoS 1, or QoS 0 without a message id."""
    middle = struct.pack("!H", mid) if mid else b""
    return _packet(0x32 if mid else 0x30, _text(topic) + middle + payload)


def connection(broker: Broker, client_id: str) -> socket.socket:
    """A connected socket."""
    sock = socket.create_connection((broker.host, broker.port))
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    sock.sendall(connect_packet(client_id))
    answer = sock.recv(4)
    assert answer[:1] == b"\x20", answer
    assert answer[3] == 0, answer
    return sock


def publish_all(broker: Broker, client_id: str, messages: Iterable[tuple[str, bytes]]) -> None:
    """Publish with QoS 1, as fast as the broker takes it."""
    with connection(broker, client_id) as sock:
        waiting = 0
        for index, (topic, payload) in enumerate(messages):
            sock.sendall(publish_packet(topic, payload, index % 65_535 + 1))
            waiting += 1
            if waiting == 50:
                _take(sock, 4 * waiting)
                waiting = 0
        _take(sock, 4 * waiting)


class Crowd:
    """Many subscribed sockets, and when each of them has heard a message."""

    def __init__(self, broker: Broker, count: int, filters: Sequence[str]) -> None:
        self._stack = ExitStack()
        self._selector = selectors.DefaultSelector()
        for index in range(count):
            sock = self._stack.enter_context(connection(broker, f"ear-{index}"))
            sock.sendall(subscribe_packet(filters))
            _take(sock, 4 + len(filters))
            sock.setblocking(False)
            self._selector.register(sock, selectors.EVENT_READ)
        self._count = count

    def last_to_hear(self, within: float = 10.0) -> float:
        """The monotonic moment at which every one had received a whole message since the last call."""
        heard: dict[int, bytes] = {key.fd: b"" for key in self._selector.get_map().values()}
        end = time.monotonic() + within
        while heard:
            assert time.monotonic() < end, f"{len(heard)} of {self._count} heard nothing"
            for key, _ in self._selector.select(1.0):
                got = heard.get(key.fd, b"") + key.fileobj.recv(65_536)  # type: ignore[union-attr]
                if _is_whole(got):
                    heard.pop(key.fd, None)
                else:
                    heard[key.fd] = got
        return time.monotonic()

    def close(self) -> None:
        """Close all of them."""
        self._selector.close()
        self._stack.close()


def _is_whole(data: bytes) -> bool:
    length, shift = 0, 0
    for index, byte in enumerate(data[1:5], 2):
        length |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            return len(data) >= index + length
    return False


def _take(sock: socket.socket, size: int) -> None:
    while size > 0:
        got = len(sock.recv(size))
        assert got, "the broker closed the connection"
        size -= got


def _packet(kind: int, body: bytes) -> bytes:
    length, size = bytearray(), len(body)
    while True:
        length.append(size % 128 | (0x80 if size >= 128 else 0))
        size //= 128
        if not size:
            return bytes([kind]) + bytes(length) + body


def _text(text: str) -> bytes:
    data = text.encode()
    return struct.pack("!H", len(data)) + data
