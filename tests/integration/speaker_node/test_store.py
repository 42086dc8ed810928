"""The journal on a real disk: whole or not at all, through kill -9, a full disk, a lock, and a damaged file."""

import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from playlists.models import Number
from playlists.reports import Boot, Checkpoint, Closed, Event, Held, Progress, Trust, Welcomed
from playlists.wire import digest, encode_event
from speaker_node.store import Store, journal_mode, memory_store, open_store
from speaker_node.values import StoredDocument, StoreError


def event(number: int, occurrence: str = "a-1") -> Event:
    fact = Closed(occurrence=occurrence, version=1, attempt=1, sounded=1, due=1)
    return Event(number=number, wall=1, mono=1, boot=1, trust=Trust.HELD, fact=fact)


def local(fact: Progress | Checkpoint) -> Event:
    return Event(number=0, wall=1, mono=1, boot=1, trust=Trust.HELD, fact=fact)


def progress(occurrence: str) -> Event:
    return local(Progress(occurrence=occurrence, attempt=1, position=1, taken=1, sounded=1))


def document(kind: str, sequence: int) -> StoredDocument:
    data = f"{kind} {sequence}".encode()
    number = Number(epoch=1, sequence=sequence)
    return StoredDocument(Held(kind=kind, to="node-1", issuer="office", number=number, digest=digest(data)), data)


@pytest.fixture(params=["disk", "memory"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    """One suite for both: what stands in while the disk cannot be written behaves as the disk does."""
    opened = open_store(tmp_path / "journal") if request.param == "disk" else memory_store()
    yield opened
    opened.close()


def test_what_was_committed_is_there_in_order_with_its_exact_texts(store: Store) -> None:
    store.commit([event(1), progress("a-1")])
    store.commit([event(2)], document("plan", 5))
    assert [e.number for e in store.events()] == [1, 0, 2]
    assert [row.text for row in store.rows(store.stream, 0, 10)] == [encode_event(event(1)), encode_event(event(2))]
    assert store.rows(store.stream, 1, 10)[0].number == 2
    assert len(store.rows(store.stream, 0, 1)) == 1
    assert store.documents() == (document("plan", 5),)
    assert store.last(store.stream) == 2


def test_a_newer_document_takes_the_place_of_its_kind_recipient_and_issuer(store: Store) -> None:
    for sequence in (1, 2):
        store.commit([], document("plan", sequence))
        store.commit([], document("keys", sequence))
    assert sorted(store.documents(), key=lambda d: d.held.kind) == [document("keys", 2), document("plan", 2)]


def test_a_commit_that_fails_leaves_nothing_of_it(store: Store) -> None:
    store.commit([event(1)])
    with pytest.raises(StoreError):
        store.commit([event(2), event(1)], document("plan", 1))
    assert [e.number for e in store.events()] == [1]
    assert store.documents() == ()
    store.commit([event(2)])


def test_rows_stay_until_acknowledged_and_until_no_document_names_their_occurrence(store: Store) -> None:
    store.commit([event(1, "told-1"), progress("told-1"), event(2, "held-1"), event(3, "open-1"), progress("open-1")])
    store.acknowledge(store.stream, 2)
    store.prune({"held-1"})
    assert [getattr(e.fact, "occurrence", "") for e in store.events()] == ["held-1", "open-1", "open-1"]
    assert store.last(store.stream) == 3


def test_of_single_facts_the_last_stays(store: Store) -> None:
    facts: list[Boot | Welcomed] = [
        Boot(boot=1),
        Welcomed(stream="s"),
        Boot(boot=2),
        Welcomed(stream="s", elsewhere=("x",)),
    ]
    store.commit([Event(number=n, wall=1, mono=1, boot=1, trust=Trust.HELD, fact=f) for n, f in enumerate(facts, 1)])
    store.commit([local(Checkpoint(wall=1)), local(Checkpoint(wall=2))])
    store.acknowledge(store.stream, 4)
    store.prune(())
    assert [e.fact for e in store.events()] == [facts[2], facts[3], Checkpoint(wall=2)]


def test_the_boot_that_began_the_stream_and_those_that_interrupted_what_stays_are_kept(store: Store) -> None:
    boots = [Boot(boot=n, new_stream=n == 1) for n in range(1, 6)]
    rows = [Event(number=n, wall=1, mono=1, boot=n, trust=Trust.HELD, fact=f) for n, f in enumerate(boots, 1)]
    store.commit([*rows[:3], progress("open-1"), *rows[3:]])
    store.acknowledge(store.stream, 5)
    store.prune({"open-1"})
    assert [e.fact for e in store.events() if isinstance(e.fact, Boot)] == [boots[0], *boots[3:]]
    store.prune(())
    assert [e.fact for e in store.events() if isinstance(e.fact, Boot)] == [boots[0], boots[4]]


def test_numbers_are_never_given_twice_even_if_the_office_went_back_after_pruning(store: Store) -> None:
    store.commit([event(1), event(2)])
    store.acknowledge(store.stream, 2)
    store.prune(())
    store.acknowledge(store.stream, 0)
    assert store.last(store.stream) == 2


def test_a_stream_of_which_nothing_is_kept_beyond_a_number_has_nothing_left_to_tell(store: Store) -> None:
    store.commit([event(1, "kept-1"), event(2, "told-1"), event(3, "told-2")])
    store.acknowledge(store.stream, 3)
    store.prune({"kept-1"})
    store.acknowledge(store.stream, 0)
    assert store.streams() == ((store.stream, 0),)
    store.acknowledge(store.stream, 1)
    assert store.streams() == ((store.stream, 3),)


def test_what_lived_in_memory_is_taken_over_and_its_stream_goes_on(tmp_path: Path) -> None:
    disk, spare = open_store(tmp_path / "journal"), memory_store()
    disk.commit([event(1)], document("plan", 1))
    spare.commit([event(1, "b-1"), progress("b-1")], document("sheet", 2))
    disk.adopt(spare)
    disk.commit([event(2, "c-1")])
    disk.close()
    again = open_store(tmp_path / "journal")
    assert again.stream == spare.stream
    assert [s for s, _ in again.streams()][-1] == spare.stream
    assert [getattr(e.fact, "occurrence", "") for e in again.events()] == ["a-1", "b-1", "b-1", "c-1"]
    assert {d.held.kind for d in again.documents()} == {"plan", "sheet"}
    assert again.last(spare.stream) == 2
    again.close()
    spare.close()


def test_a_document_in_memory_does_not_take_the_place_of_a_newer_one_on_the_disk(tmp_path: Path) -> None:
    disk, spare = open_store(tmp_path / "journal"), memory_store()
    disk.commit([], document("sheet", 5))
    spare.commit([], document("sheet", 4))
    disk.adopt(spare)
    assert disk.documents() == (document("sheet", 5),)
    disk.close()
    spare.close()


def test_a_stream_keeps_its_name_until_the_file_is_new(tmp_path: Path) -> None:
    first = open_store(tmp_path / "journal")
    first.close()
    second = open_store(tmp_path / "journal")
    second.close()
    other = open_store(tmp_path / "other")
    other.close()
    assert first.fresh
    assert not second.fresh
    assert first.stream == second.stream != other.stream


@pytest.mark.parametrize("rubbish", [b"\0" * 8192, b"not a database, but long enough to be one" * 100])
def test_a_damaged_file_is_set_aside_whole_and_the_node_goes_on(tmp_path: Path, rubbish: bytes) -> None:
    (tmp_path / "journal").write_bytes(rubbish)
    store = open_store(tmp_path / "journal")
    assert store.fresh
    store.commit([event(1)])
    store.close()
    assert [path.read_bytes() for path in tmp_path.glob("journal.damaged-*")] == [rubbish]


def test_pages_that_were_overwritten_are_found_at_the_start(tmp_path: Path) -> None:
    store = open_store(tmp_path / "journal")
    store.commit([event(n, f"occurrence-{n}") for n in range(1, 500)])
    store.close()
    data = bytearray((tmp_path / "journal").read_bytes())
    for page in range(1, len(data) // 4096):
        data[page * 4096 : page * 4096 + 512] = os.urandom(512)
    (tmp_path / "journal").write_bytes(data)
    store = open_store(tmp_path / "journal")
    assert store.fresh
    store.close()


def test_a_lock_by_another_process_is_an_error_within_half_a_second_not_a_wait(tmp_path: Path) -> None:
    store = open_store(tmp_path / "journal")
    other = sqlite3.connect(tmp_path / "journal", isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    with pytest.raises(StoreError, match="locked"):
        store.commit([event(1)])
    other.execute("ROLLBACK")
    store.commit([event(1)])
    other.close()
    store.close()


def test_sqlite_s_write_ahead_log_is_used_only_where_it_is_safe(tmp_path: Path) -> None:
    assert journal_mode((3, 40, 1)) == "TRUNCATE"
    assert journal_mode((3, 51, 2)) == "TRUNCATE"
    assert journal_mode((3, 51, 3)) == "WAL"
    store = open_store(tmp_path / "journal")
    mode = store._read("PRAGMA journal_mode")[0][0]
    assert mode.upper() == journal_mode(sqlite3.sqlite_version_info)
    assert store._read("PRAGMA synchronous")[0][0] == 2
    store.close()


WRITER = """
import sys
from pathlib import Path
from tests.integration.speaker_node.test_store import document, event, progress
from speaker_node.store import open_store
store = open_store(Path(sys.argv[1]))
for n in range(store.last(store.stream) + 1, 1_000_000):
    store.commit([event(n, f"a-{n}"), progress(f"a-{n}")], document("plan", n))
    print(n, flush=True)
"""


def test_kill_9_at_any_moment_loses_nothing_committed_and_leaves_no_half(tmp_path: Path) -> None:
    """Thirty kills; what the writer said is there, and event, progress and document are always of one commit."""
    said = 0
    for round_ in range(30):
        with subprocess.Popen(
            [sys.executable, "-c", WRITER, str(tmp_path / "journal")], stdout=subprocess.PIPE
        ) as writer:
            assert writer.stdout
            for _ in range(round_ % 5 + 1):
                said = int(writer.stdout.readline())
            writer.kill()
            said = max([said, *(int(line) for line in writer.stdout if line.endswith(b"\n"))])
        store = open_store(tmp_path / "journal")
        assert not store.fresh
        last = store.last(store.stream)
        assert last >= said
        assert [e.number for e in store.events() if e.number] == list(range(1, last + 1))
        assert len(store.events()) == 2 * last
        assert store.documents() == (document("plan", last),)
        store.close()


FULL = """
import resource, signal, sys
from pathlib import Path
from tests.integration.speaker_node.test_store import document, event
from speaker_node.store import open_store
from speaker_node.values import StoreError
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
path = Path(sys.argv[1])
store = open_store(path)
store.commit([event(1)], document("plan", 1))
resource.setrlimit(resource.RLIMIT_FSIZE, (path.stat().st_size, resource.RLIM_INFINITY))
failed = 0
for n in range(2, 400):
    try:
        store.commit([event(n, "x" * 200)])
    except StoreError:
        failed = n
        break
assert failed, "the disk never filled"
assert [e.number for e in store.events()] == list(range(1, failed))
assert store.documents() == (document("plan", 1),)
resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
store.commit([event(failed)])
assert store.last(store.stream) == failed
"""


def test_a_full_disk_is_an_error_what_is_there_can_be_read_and_writing_goes_on_when_there_is_room(
    tmp_path: Path,
) -> None:
    subprocess.run([sys.executable, "-c", FULL, str(tmp_path / "journal")], check=True, timeout=30)
