"""The library against a real HTTP server that stalls, cuts and lies: nothing unverified is given out."""

import hashlib
import os
import re
import resource
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from speaker_node.library import Library, Limits
from speaker_node.library import library as module
from speaker_node.values import LibraryState
from tests.support.waiting import wait_for

CONTENT = os.urandom(300_000)
OTHER = os.urandom(200_000)


@dataclass(frozen=True)
class Thing:
    """An asset as a plan names it."""

    sha256: str
    bytes: int


def thing(content: bytes) -> Thing:
    return Thing(hashlib.sha256(content).hexdigest(), len(content))


SPEECH, MUSIC = thing(CONTENT), thing(OTHER)
LIMITS = Limits(stall=0.4, first_back_off=0.05, longest_back_off=0.2, leave_free=0)


class Answer(BaseHTTPRequestHandler):
    """One request: the next of the server's tricks, or the honest answer with ranges."""

    protocol_version = "HTTP/1.1"
    server: "Office"

    def do_GET(self) -> None:
        sha256 = self.path.removeprefix("/assets/")
        self.server.asked.append((sha256, self.headers.get("range")))
        trick = self.server.tricks.pop(0) if self.server.tricks else honest
        self.close_connection = True
        try:
            trick(self, self.server.content.get(sha256, b""))
        except OSError:
            return

    def head(self, status: int, length: int, **fields: str) -> None:
        """The head of an answer of `length` bytes."""
        self.send_response(status)
        self.send_header("content-length", str(length))
        for name, value in fields.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()

    def start(self) -> int:
        """The byte that was asked for."""
        match = re.fullmatch(r"bytes=(\d+)-", self.headers.get("range") or "bytes=0-")
        assert match
        return int(match[1])

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 the base class names it so
        """Nothing on the terminal."""


Trick = Callable[[Answer, bytes], None]


class Office(ThreadingHTTPServer):
    """Serves assets by hash; `tricks` are played on the next requests, in order."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Answer)
        self.content = {SPEECH.sha256: CONTENT, MUSIC.sha256: OTHER}
        self.asked: list[tuple[str, str | None]] = []
        self.tricks: list[Trick] = []
        self.over = threading.Event()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


def honest(answer: Answer, content: bytes) -> None:
    start = answer.start()
    if not content:
        answer.head(404, 0)
    elif start:
        answer.head(206, len(content) - start, content_range=f"bytes {start}-{len(content) - 1}/{len(content)}")
    else:
        answer.head(200, len(content))
    answer.wfile.write(content[start:])


def cut(answer: Answer, content: bytes) -> None:
    answer.head(200, len(content))
    answer.wfile.write(content[:100_000])


def stalled(answer: Answer, content: bytes) -> None:
    answer.head(200, len(content))
    answer.wfile.write(content[:100_000])
    answer.wfile.flush()
    answer.server.over.wait(5)


def dripping(answer: Answer, content: bytes) -> None:
    answer.head(200, len(content))
    for at in range(200):
        answer.wfile.write(content[at : at + 1])
        answer.wfile.flush()
        if answer.server.over.wait(0.1):
            return


def dripping_head(answer: Answer, content: bytes) -> None:
    for letter in b"HTTP/1.1 200 OK\r\nx-slow: " + b"y" * 200:
        answer.wfile.write(bytes([letter]))
        answer.wfile.flush()
        if answer.server.over.wait(0.1):
            return


def promising_more(answer: Answer, content: bytes) -> None:
    answer.head(200, 2**33)
    answer.wfile.write(content)


def endless(answer: Answer, content: bytes) -> None:
    answer.send_response(200)
    answer.end_headers()
    while True:
        answer.wfile.write(content)


def too_short(answer: Answer, content: bytes) -> None:
    answer.send_response(200)
    answer.end_headers()
    answer.wfile.write(content[:1000])


def other_bytes(answer: Answer, content: bytes) -> None:
    answer.head(200, len(content))
    answer.wfile.write(bytes(len(content)))


def other_tail(answer: Answer, content: bytes) -> None:
    start = answer.start()
    answer.head(206, len(content) - start, content_range=f"bytes {start}-{len(content) - 1}/{len(content)}")
    answer.wfile.write(bytes(len(content) - start))


def ignoring_range(answer: Answer, content: bytes) -> None:
    answer.head(200, len(content))
    answer.wfile.write(content)


def another_range(answer: Answer, content: bytes) -> None:
    answer.head(206, len(content) - 5, content_range=f"bytes 5-{len(content) - 1}/{len(content)}")
    answer.wfile.write(content[5:])


def broken(answer: Answer, content: bytes) -> None:
    answer.head(500, 0)


def elsewhere(answer: Answer, content: bytes) -> None:
    answer.head(302, 0, location="http://127.0.0.1:1/assets/x")


def rubbish(answer: Answer, content: bytes) -> None:
    answer.wfile.write(os.urandom(3000))


def hanging_up(answer: Answer, content: bytes) -> None:
    answer.connection.close()


@pytest.fixture
def office() -> Iterator[Office]:
    server = Office()
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    yield server
    server.over.set()
    server.shutdown()
    thread.join()
    server.server_close()


@dataclass
class Box:
    """A library with what it said."""

    library: Library
    arrived: list[str]

    def waits_for(self, asset: Thing) -> Path:
        wait_for(lambda: self.library.verified(asset.sha256), "the asset is verified")
        path = self.library.path(asset.sha256)
        assert path
        return path


@pytest.fixture
def box(tmp_path: Path, office: Office) -> Iterator[Callable[..., Box]]:
    """Starts libraries on one folder; stops them after the test."""
    started: list[Library] = []

    def start(limits: Limits = LIMITS, addresses: tuple[str, ...] | None = None) -> Box:
        arrived: list[str] = []
        library = Library(tmp_path / "assets", addresses or (office.address,), arrived.append, limits)
        library.start()
        started.append(library)
        return Box(library, arrived)

    yield start
    office.over.set()
    for library in started:
        library.stop()


Start = Callable[..., Box]


def cause(library: Library, asset: Thing = SPEECH) -> str:
    return next((lack.cause for lack in library.missing() if lack.sha256 == asset.sha256), "")


def files(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.rglob("*") if path.is_file())


def lay(folder: Path, asset: Thing, content: bytes, *, days_old: float = 0, part: bool = False) -> Path:
    """Puts a file where the library looks for an asset."""
    path = folder / "assets" / asset.sha256[:2] / (asset.sha256 + (".part" if part else ""))
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    os.utime(path, (time.time() - days_old * 86_400,) * 2)
    return path


def test_a_wanted_asset_is_fetched_verified_and_announced(box: Start, tmp_path: Path) -> None:
    here = box()
    assert here.library.path(SPEECH.sha256) is None
    here.library.want([SPEECH])
    path = here.waits_for(SPEECH)
    assert path.read_bytes() == CONTENT
    assert path == tmp_path / "assets" / SPEECH.sha256[:2] / SPEECH.sha256
    wait_for(lambda: here.arrived == [SPEECH.sha256], "it is announced")
    assert here.library.ready() == {SPEECH.sha256}
    assert here.library.missing() == ()
    assert files(tmp_path) == [SPEECH.sha256]


def test_a_small_file_is_read_as_its_hash_says_or_not_at_all(box: Start) -> None:
    here = box()
    here.library.want([SPEECH])
    path = here.waits_for(SPEECH)
    assert here.library.read(SPEECH.sha256, SPEECH.bytes) == CONTENT
    path.write_bytes(b"x" + CONTENT[1:])
    assert here.library.read(SPEECH.sha256, SPEECH.bytes) is None
    wait_for(lambda: here.library.state().quarantined == 1, "it is put aside")
    assert here.waits_for(SPEECH).read_bytes() == CONTENT
    assert here.library.read(MUSIC.sha256, MUSIC.bytes) is None


def test_assets_come_in_the_order_of_need(box: Start, office: Office) -> None:
    here = box()
    here.library.want([MUSIC, SPEECH])
    here.waits_for(SPEECH)
    assert [sha256 for sha256, _ in office.asked] == [MUSIC.sha256, SPEECH.sha256]


def test_a_cut_download_goes_on_where_it_was_cut(box: Start, office: Office) -> None:
    office.tricks = [cut]
    here = box()
    here.library.want([SPEECH])
    assert here.waits_for(SPEECH).read_bytes() == CONTENT
    assert [span for _, span in office.asked] == [None, "bytes=100000-"]


def test_a_download_goes_on_after_a_new_start(box: Start, office: Office, tmp_path: Path) -> None:
    lay(tmp_path, SPEECH, CONTENT[:250_000], part=True)
    here = box()
    here.library.want([SPEECH])
    here.waits_for(SPEECH)
    assert office.asked == [(SPEECH.sha256, "bytes=250000-")]


@pytest.mark.parametrize(
    ("trick", "told"),
    [
        (cut, "no answer"),
        (stalled, "the server stalls"),
        (dripping, "the server stalls"),
        (dripping_head, "the server stalls"),
        (promising_more, "wrong length"),
        (endless, "wrong length"),
        (too_short, "wrong length"),
        (other_bytes, "wrong bytes"),
        (another_range, "wrong length"),
        (broken, "the server refuses"),
        (elsewhere, "the server refuses"),
        (rubbish, "no answer"),
        (hanging_up, "no answer"),
    ],
)
def test_a_server_that_lies_or_fails_is_named_nothing_of_it_is_given_out_and_honesty_heals(
    box: Start, office: Office, tmp_path: Path, trick: Trick, told: str
) -> None:
    office.tricks = [trick]
    here = box(Limits(stall=0.4, first_back_off=1.5, leave_free=0))
    here.library.want([SPEECH])
    wait_for(lambda: cause(here.library) == told, f"told: {told}, not {cause(here.library)!r}")
    assert here.library.path(SPEECH.sha256) is None
    assert here.library.ready() == frozenset()
    assert SPEECH.sha256 not in files(tmp_path)
    assert sum(path.stat().st_size for path in tmp_path.rglob("*.part")) <= SPEECH.bytes
    assert here.waits_for(SPEECH).read_bytes() == CONTENT


@pytest.mark.parametrize("trick", [ignoring_range, other_tail, another_range, promising_more])
def test_what_goes_wrong_while_going_on_is_begun_anew(box: Start, office: Office, tmp_path: Path, trick: Trick) -> None:
    lay(tmp_path, SPEECH, CONTENT[:100_000], part=True)
    office.tricks = [trick]
    here = box()
    here.library.want([SPEECH])
    assert here.waits_for(SPEECH).read_bytes() == CONTENT


def test_a_part_of_wrong_bytes_is_found_out_and_begun_anew(box: Start, tmp_path: Path) -> None:
    lay(tmp_path, SPEECH, bytes(100_000), part=True)
    here = box()
    here.library.want([SPEECH])
    assert here.waits_for(SPEECH).read_bytes() == CONTENT


def test_a_part_longer_than_promised_is_begun_anew(box: Start, tmp_path: Path) -> None:
    lay(tmp_path, SPEECH, bytes(400_000), part=True)
    here = box()
    here.library.want([SPEECH])
    assert here.waits_for(SPEECH).read_bytes() == CONTENT


def test_an_asset_whose_promised_length_is_a_lie_is_never_ready(box: Start, office: Office) -> None:
    here = box()
    here.library.want([Thing(SPEECH.sha256, SPEECH.bytes - 1)])
    wait_for(lambda: cause(here.library) == "wrong length", "the cause is told")
    assert here.library.ready() == frozenset()


def test_failures_wait_longer_each_time_and_hurry_tries_at_once(box: Start, office: Office) -> None:
    office.tricks = [broken] * 3
    here = box(Limits(stall=0.4, first_back_off=60, leave_free=0))
    here.library.want([SPEECH])
    wait_for(lambda: cause(here.library) == "the server refuses", "the cause is told")
    assert len(office.asked) == 1

    def hurried() -> bool:
        here.library.hurry()
        return SPEECH.sha256 in here.library.ready()

    wait_for(hurried, "the asset is fetched at last")
    assert len(office.asked) == 4


def test_an_asset_that_fails_does_not_hold_up_the_next(box: Start, office: Office) -> None:
    del office.content[SPEECH.sha256]
    here = box()
    here.library.want([SPEECH, MUSIC])
    here.waits_for(MUSIC)
    assert cause(here.library) == "not found on the server"


def test_another_address_is_tried_in_turn(box: Start, office: Office) -> None:
    here = box(addresses=("http://127.0.0.1:9", office.address))
    here.library.want([SPEECH])
    here.waits_for(SPEECH)


def test_what_is_needed_first_interrupts_what_is_on_its_way(box: Start, office: Office) -> None:
    def slow(answer: Answer, content: bytes) -> None:
        answer.head(200, len(content))
        for at in range(0, len(content), 3000):
            answer.wfile.write(content[at : at + 3000])
            if answer.server.over.wait(0.05):
                return

    office.tricks = [slow]
    here = box()
    here.library.want([SPEECH])
    wait_for(lambda: len(office.asked) == 1, "it is on its way")
    here.library.want([MUSIC, SPEECH])
    wait_for(lambda: here.arrived == [MUSIC.sha256, SPEECH.sha256], "both arrive, the urgent one first")
    assert len(office.asked) == 3
    assert (office.asked[2][1] or "").startswith("bytes=")


def test_a_library_is_ready_at_once_with_what_lies_there_and_verifies_it(
    box: Start, office: Office, tmp_path: Path
) -> None:
    lay(tmp_path, SPEECH, CONTENT)
    arrived: list[str] = []
    library = Library(tmp_path / "assets", (office.address,), arrived.append, LIMITS)
    library.want([SPEECH])
    assert library.ready() == {SPEECH.sha256}
    assert not library.verified(SPEECH.sha256)
    here = box()
    here.library.want([SPEECH])
    here.waits_for(SPEECH)
    assert office.asked == []


def test_what_was_not_verified_yet_is_verified_before_it_is_given_out(office: Office, tmp_path: Path) -> None:
    lay(tmp_path, SPEECH, CONTENT)
    lay(tmp_path, MUSIC, bytes(MUSIC.bytes))
    library = Library(tmp_path / "assets", (office.address,), lambda _: None, LIMITS)
    library.want([SPEECH, MUSIC])
    assert library.ready() == {SPEECH.sha256, MUSIC.sha256}
    assert library.path(SPEECH.sha256)
    assert library.verified(SPEECH.sha256)
    assert library.path(MUSIC.sha256) is None
    assert library.ready() == {SPEECH.sha256}
    assert [name for name in files(tmp_path) if name[:64] != MUSIC.sha256] == [SPEECH.sha256]
    assert library.state().quarantined == 1


def test_a_rotten_file_is_found_out_dropped_and_fetched_again(box: Start, tmp_path: Path) -> None:
    lay(tmp_path, SPEECH, CONTENT[:-1] + b"?")
    here = box()
    here.library.want([SPEECH])
    assert here.waits_for(SPEECH).read_bytes() == CONTENT


def test_a_file_of_another_size_is_not_trusted_at_start(office: Office, tmp_path: Path) -> None:
    lay(tmp_path, SPEECH, CONTENT[:1000])
    library = Library(tmp_path / "assets", (office.address,), lambda _: None, LIMITS)
    library.want([SPEECH])
    assert library.ready() == frozenset()


def test_a_file_that_vanished_or_shrank_is_not_given_out_and_comes_again(box: Start) -> None:
    here = box()
    here.library.want([SPEECH])
    path = here.waits_for(SPEECH)
    os.truncate(path, 10)
    assert here.library.path(SPEECH.sha256) is None
    assert here.waits_for(SPEECH).read_bytes() == CONTENT
    path.unlink()
    assert here.library.path(SPEECH.sha256) is None
    assert here.waits_for(SPEECH).read_bytes() == CONTENT


def test_what_no_document_names_goes_after_its_days_and_what_one_names_never(box: Start, tmp_path: Path) -> None:
    lay(tmp_path, SPEECH, CONTENT, days_old=400)
    lay(tmp_path, MUSIC, OTHER, days_old=400)
    recent = thing(b"recent")
    lay(tmp_path, recent, b"recent", days_old=1)
    half = thing(b"half")
    lay(tmp_path, half, b"ha", days_old=400, part=True)
    here = box()
    here.library.want([SPEECH])
    wait_for(lambda: files(tmp_path) == sorted([SPEECH.sha256, recent.sha256]), "the old ones are pruned")
    here.waits_for(SPEECH)


def test_nothing_is_pruned_before_the_documents_were_read(box: Start, tmp_path: Path) -> None:
    lay(tmp_path, MUSIC, OTHER, days_old=400)
    here = box()
    end = time.monotonic() + 0.3
    wait_for(lambda: time.monotonic() > end, "time has passed")
    assert files(tmp_path) == [MUSIC.sha256]
    assert here.library.path(MUSIC.sha256)


def test_without_room_above_what_is_left_to_others_nothing_is_fetched(
    box: Start, office: Office, tmp_path: Path
) -> None:
    here = box(Limits(stall=0.4, first_back_off=0.05, leave_free=2**60))
    here.library.want([SPEECH])
    wait_for(lambda: cause(here.library) == "no space", "the cause is told")
    assert office.asked == []


def test_room_is_made_of_what_nobody_wants_the_longest_unused_first(box: Start, tmp_path: Path) -> None:
    lay(tmp_path, MUSIC, OTHER, days_old=2)
    here = box(Limits(stall=0.4, first_back_off=0.05, leave_free=2**60))
    here.library.want([SPEECH])
    wait_for(lambda: files(tmp_path) == [], "room is made")
    wait_for(lambda: cause(here.library) == "no space", "and is not enough")


def test_a_disk_that_takes_no_more_is_told_and_healed(box: Start, tmp_path: Path) -> None:
    """A limit on the size of files stands for the full disk: the write fails in the middle."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (150_000, hard))
    try:
        here = box()
        here.library.want([SPEECH])
        wait_for(lambda: cause(here.library) == "no space", "the cause is told")
        assert here.library.ready() == frozenset()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert here.waits_for(SPEECH).read_bytes() == CONTENT


def test_a_folder_that_is_a_link_is_not_used_that_is_told_and_a_real_one_heals_it(
    office: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_MINUTE", 0.05)
    lay(tmp_path / "elsewhere", SPEECH, CONTENT)
    (tmp_path / "assets").symlink_to(tmp_path / "elsewhere" / "assets")
    library = Library(tmp_path / "assets", (office.address,), lambda _: None, LIMITS)
    library.start()
    library.want([SPEECH])
    assert "symbolic link" in library.state().error
    assert library.ready() == frozenset()
    assert library.path(SPEECH.sha256) is None
    (tmp_path / "assets").unlink()
    wait_for(lambda: library.ready() == {SPEECH.sha256}, "a folder of its own is made and filled")
    assert library.state() == LibraryState()
    library.stop()


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    library = Library(tmp_path / "file" / "assets", ("http://127.0.0.1:9",), lambda _: None)
    assert "Not a directory" in library.state().error


def test_a_link_in_the_place_of_a_folder_of_assets_is_not_followed(box: Start, tmp_path: Path) -> None:
    (tmp_path / "assets").mkdir()
    (tmp_path / "secret").mkdir()
    (tmp_path / "assets" / SPEECH.sha256[:2]).symlink_to(tmp_path / "secret")
    here = box()
    here.library.want([SPEECH])
    wait_for(lambda: here.library.state().error == "the disk fails", "the status says so")
    assert list((tmp_path / "secret").iterdir()) == []


def test_each_asset_is_read_again_each_week_and_one_whose_bit_flipped_is_put_aside_and_fetched_anew(
    box: Start, office: Office, tmp_path: Path
) -> None:
    here = box(Limits(stall=0.4, first_back_off=0.2, leave_free=0, verify_days=1 / 86_400))
    here.library.want([SPEECH])
    path = here.waits_for(SPEECH)
    data = bytearray(path.read_bytes())
    data[1000] ^= 1
    path.write_bytes(data)
    wait_for(lambda: here.library.state().quarantined == 1, "the flipped bit is found")
    assert [aside.read_bytes() for aside in (tmp_path / "assets" / "quarantine").iterdir()] == [bytes(data)]
    assert here.waits_for(SPEECH).read_bytes() == CONTENT
    assert len(office.asked) == 2
    wait_for(lambda: SPEECH.sha256 in here.library.ready(), "it is ready again")


def test_an_asset_that_is_doubted_is_read_again_at_once_and_one_that_is_whole_stays(
    box: Start, office: Office, tmp_path: Path
) -> None:
    here = box(Limits(stall=0.4, first_back_off=0.2, leave_free=0))
    here.library.want([SPEECH, MUSIC])
    broken = here.waits_for(SPEECH)
    here.waits_for(MUSIC)
    broken.write_bytes(bytes(len(CONTENT)))
    for each in (SPEECH, MUSIC, thing(b"unknown")):
        here.library.doubt(each.sha256)
    wait_for(lambda: here.library.state().quarantined == 1, "what is broken is found")
    assert here.waits_for(SPEECH).read_bytes() == CONTENT
    wait_for(lambda: here.library.verified(MUSIC.sha256), "what is whole is seen to be")
    assert sorted(name for name, _ in office.asked) == sorted([SPEECH.sha256, SPEECH.sha256, MUSIC.sha256])


def test_the_weekly_reading_is_slow_and_gives_way_to_what_is_wanted(box: Start, tmp_path: Path) -> None:
    here = box(Limits(stall=0.4, leave_free=0, verify_days=0.1 / 86_400, verify_rate=100_000.0))
    here.library.want([SPEECH])
    here.waits_for(SPEECH)
    began = time.monotonic()
    assert here.library.path(SPEECH.sha256)
    assert time.monotonic() - began < 0.5
    read = Path("/proc/self/io")
    before = int(read.read_text().split()[1])
    time.sleep(1.0)
    assert int(read.read_text().split()[1]) - before < 2 * len(CONTENT)
    here.library.want([MUSIC, SPEECH])
    here.waits_for(MUSIC)


def test_whatever_the_disk_lacks_quarantine_goes_first_then_what_nobody_wants_and_never_what_is_pinned(
    box: Start, tmp_path: Path
) -> None:
    third = os.urandom(1000)
    lay(tmp_path, SPEECH, CONTENT)
    lay(tmp_path, thing(third), third)
    aside = tmp_path / "assets" / "quarantine"
    aside.mkdir()
    (aside / f"{MUSIC.sha256}-1").write_bytes(OTHER)
    here = box(Limits(stall=0.4, first_back_off=0.05, leave_free=2**60))
    assert here.library.state().quarantined == 1
    here.library.want([SPEECH, MUSIC])
    wait_for(lambda: here.library.state().error == "no space", "the status says what is lacking")
    assert list(aside.iterdir()) == []
    assert files(tmp_path) == [SPEECH.sha256]
    assert here.library.ready() == {SPEECH.sha256}


def test_a_link_in_the_place_of_an_asset_is_no_asset(box: Start, office: Office, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_bytes(CONTENT)
    place = tmp_path / "assets" / SPEECH.sha256[:2]
    place.mkdir(parents=True)
    (place / SPEECH.sha256).symlink_to(secret)
    here = box()
    here.library.want([SPEECH])
    assert not here.waits_for(SPEECH).is_symlink()
    assert len(office.asked) == 1
