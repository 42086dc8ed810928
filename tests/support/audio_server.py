"""Audio over HTTP as the controller serves it, or as a server that is broken or lies serves it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from tests.support.speech import Speech

Manner = Callable[["Answer", bytes], None]


class Answer(BaseHTTPRequestHandler):
    """One answer; its server knows what is served and how."""

    protocol_version = "HTTP/1.1"
    shelf: AudioServer

    def do_GET(self) -> None:
        """GET /assets/{sha256}."""
        name = self.path.rpartition("/")[2]
        self.shelf.asked.append(name)
        found = self.shelf.served.get(name)
        if found is None:
            self.send_error(404)
            return
        self.close_connection = True
        data, manner = found
        manner(self, data)

    def head(self, length: int) -> None:
        """200 with a promised length."""
        self.send_response(200)
        self.send_header("Content-Length", str(length))
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name is the base class's
        """Silent."""


def whole(answer: Answer, data: bytes) -> None:
    """All of it, as promised."""
    answer.head(len(data))
    answer.wfile.write(data)


def other_bytes(answer: Answer, data: bytes) -> None:
    """As many bytes, but others."""
    whole(answer, bytes(byte ^ 0x55 for byte in data))


def promises_less(answer: Answer, data: bytes) -> None:
    """A shorter length than the signed document names."""
    whole(answer, data[: len(data) // 2])


def promises_gigabytes(answer: Answer, data: bytes) -> None:
    """A length of 2 GB, and bytes to go with it."""
    answer.head(2 << 30)
    answer.wfile.write(data * 2)


def breaks_off(answer: Answer, data: bytes) -> None:
    """The true length, and half of the bytes."""
    answer.head(len(data))
    answer.wfile.write(data[: len(data) // 2])


def stalls(answer: Answer, data: bytes) -> None:
    """The true length, a few bytes, and then nothing for as long as the server runs."""
    answer.head(len(data))
    answer.wfile.write(data[:100])
    answer.wfile.flush()
    answer.shelf.ended.wait()


@dataclass
class AudioServer:
    """What is served under which hash and in what manner; `asked`: each request's hash."""

    served: dict[str, tuple[bytes, Manner]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    ended: threading.Event = field(default_factory=threading.Event)
    address: str = ""

    def serve(self, speech: Speech, manner: Manner = whole) -> None:
        """Serve a programme's asset."""
        self.served[speech.asset.sha256] = (speech.data, manner)


@contextmanager
def audio_server() -> Iterator[AudioServer]:
    """A server on a free loopback port for the length of a `with`."""
    shelf = AudioServer()
    handler = type("Bound", (Answer,), {"shelf": shelf})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    shelf.address = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), name="audio")
    thread.start()
    try:
        yield shelf
    finally:
        shelf.ended.set()
        server.shutdown()
        thread.join()
        server.server_close()
