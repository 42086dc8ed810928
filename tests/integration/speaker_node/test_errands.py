"""A node's log on its way up: zipped and bounded, signed with the node's key, to an office that takes it or not."""

import gzip
import hashlib
import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from queue import SimpleQueue

import pytest

from playlists import wire
from playlists.reports import Outcome, RequestDone, RequestTaken
from speaker_node.host import Errands, Ring, Way, journal_lines
from speaker_node.host.logs import MOST_BYTES, zipped
from speaker_node.values import Ended
from tests.support.office import NODE

KEY = wire.new_key(NODE)
TAKEN = RequestTaken(id="r1", action="upload_log", expires_at=1)
LINES = ["10:00 relay closed: tiếng Việt", "10:01 relay open"]


class Office(ThreadingHTTPServer):
    """Takes what is PUT, or answers with the codes that it was told, one after another."""

    daemon_threads = True

    def __init__(self, *codes: int) -> None:
        super().__init__(("127.0.0.1", 0), Taking)
        self.codes, self.got = list(codes), SimpleQueue[tuple[str, str, bytes]]()
        self.hold = threading.Event()
        self.hold.set()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class Taking(BaseHTTPRequestHandler):
    """One upload."""

    server: Office

    def do_PUT(self) -> None:
        data = self.rfile.read(int(self.headers["content-length"]))
        self.server.hold.wait(10)
        self.server.got.put((self.path, self.headers["authorization"], data))
        self.send_response(self.server.codes.pop(0) if self.server.codes else 204)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Nothing."""


@contextmanager
def office(*codes: int) -> Iterator[Office]:
    with Office(*codes) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


def errands(*addresses: str, lines: list[str] = LINES) -> tuple[Errands, SimpleQueue[Ended]]:
    posts: SimpleQueue[Ended] = SimpleQueue()
    way = Way(NODE, addresses, partial(wire.sign, key=KEY))
    return Errands(way, lambda: lines, posts.put, waits=(0.01,)), posts


def ended(posts: "SimpleQueue[Ended]") -> RequestDone:
    return posts.get(timeout=10).fact


def test_the_log_arrives_by_its_hash_under_the_node_s_signature() -> None:
    with office() as server:
        errand, posts = errands(server.address)
        errand.upload_log(TAKEN)
        done = ended(posts)
        path, right, data = server.got.get(timeout=5)
    sha256 = hashlib.sha256(data).hexdigest()
    assert (done.outcome, done.sha256, path) == (Outcome.DONE, sha256, f"/uploads/{sha256}")
    assert gzip.decompress(data).decode().splitlines() == LINES
    scheme, _, word = right.partition(" ")
    opened = wire.open_signed(word.encode(), {NODE: KEY}.get, wire.MESSAGE_LIMIT)
    upload = wire.decode_upload(opened.payload)
    assert (scheme, upload.node, upload.request, upload.what) == ("Loa", NODE, "r1", "log")
    assert (upload.sha256, upload.bytes) == (sha256, len(data))


def test_an_office_that_refuses_for_a_moment_is_asked_again_and_another_address_is_tried() -> None:
    with office(503) as server:
        errand, posts = errands("http://127.0.0.1:1", server.address)
        errand.upload_log(TAKEN)
        assert ended(posts).outcome is Outcome.DONE


def test_an_office_that_goes_on_refusing_or_is_not_there_is_named_as_the_cause() -> None:
    with office(429, 429) as server:
        errand, posts = errands(server.address)
        errand.upload_log(TAKEN)
        done = ended(posts)
    assert (done.outcome, done.detail) == (Outcome.FAILED, "the office refuses: 429")
    errand, posts = errands("http://127.0.0.1:1")
    errand.upload_log(TAKEN)
    assert ended(posts).outcome is Outcome.FAILED


def test_one_log_is_on_its_way_at_a_time() -> None:
    with office() as server:
        server.hold.clear()
        errand, posts = errands(server.address)
        errand.upload_log(TAKEN)
        errand.upload_log(TAKEN.model_copy(update={"id": "r2"}))
        first = ended(posts)
        server.hold.set()
        second = ended(posts)
    assert (first.id, first.outcome) == ("r2", Outcome.BUSY)
    assert (second.id, second.outcome) == ("r1", Outcome.DONE)


def test_a_log_that_cannot_be_gathered_is_answered_too() -> None:
    errand, posts = errands("http://127.0.0.1:1", lines=[3])  # type: ignore[list-item]
    errand._lines = lambda: [][0]
    errand.upload_log(TAKEN)
    assert ended(posts).outcome is Outcome.FAILED


def test_a_long_log_loses_its_oldest_lines_and_never_its_bound() -> None:
    import random

    dice = random.Random(5)
    lines = [f"{n} {dice.randbytes(60).hex()}" for n in range(20_000)]
    data = zipped(lines)
    assert len(data) <= MOST_BYTES
    kept = gzip.decompress(data).decode().splitlines()
    assert kept == lines[-len(kept) :]
    assert len(kept) > 1000


def test_the_last_lines_of_the_log_are_kept_in_memory() -> None:
    ring = Ring(3)
    ring.setFormatter(logging.Formatter("%(levelname)s %(message)s"))
    for n in range(5):
        ring.handle(logging.LogRecord("loa", logging.INFO, "", 0, f"line {n}" + "x" * 5000 * (n == 4), None, None))
    lines = ring.lines()
    assert [line[:11] for line in lines] == ["INFO line 2", "INFO line 3", "INFO line 4"]
    assert len(lines[-1]) == 2000


@pytest.mark.parametrize("environment", [{}, {"INVOCATION_ID": "x"}])
def test_a_machine_without_systemd_s_journal_has_nothing_of_it(environment: dict[str, str]) -> None:
    assert journal_lines(environment, "/no/journalctl") == ()
