"""The journal on a real disk: whole or not at all, through kill -9, a full disk, a lock, and a damaged file."""

import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from playlists.models import Number
from playlists.reports import (
    Boot,
    Checkpoint,
    Closed,
    Event,
    Fact,
    Held,
    Paused,
    Press,
    Progress,
    Refusal,
    Refused,
    StoreState,
    Trust,
    UnknownFact,
    Welcomed,
)
from playlists.wire import digest, encode_event
from speaker_node.store import Store, memory_store, open_store
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
    assert [getattr(e.fact, "occurrence", "") for e in store.events()] == ["held-1", "open-1"]
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


def flip(path: Path, wanted: bytes) -> None:
    """One bit of the file flips, in the middle of `wanted`."""
    data = bytearray(path.read_bytes())
    data[data.index(wanted) + len(wanted) // 2] ^= 1
    path.write_bytes(data)


def test_a_bit_that_flips_in_the_journal_is_noticed_and_all_the_rest_is_saved_in_a_new_file(tmp_path: Path) -> None:
    path = tmp_path / "journal"
    store = open_store(path, "node-1")
    store.commit([event(n, f"occurrence-{n}") for n in range(1, 200)], document("plan", 3))
    store.acknowledge(store.stream, 10)
    store.close()
    flip(path, b'"occurrence":"occurrence-77"')
    again = open_store(path, "node-1")
    assert again.fresh
    assert again.stream != store.stream
    assert "1 rows of event are not what was written" in again.notice
    assert again.streams() == ((store.stream, 10), (again.stream, 0))
    assert [e.number for e in again.events()] == [n for n in range(1, 200) if n != 77]
    assert [row.number for row in again.rows(store.stream, 75, 3)] == [76, 78, 79]
    assert again.documents() == (document("plan", 3),)
    assert again.last(store.stream) == 199
    again.close()
    third = open_store(path, "node-1")
    assert (third.fresh, third.notice, third.stream) == (False, "", again.stream)
    third.close()


def test_a_flipped_document_or_mark_is_not_believed(tmp_path: Path) -> None:
    path = tmp_path / "journal"
    store = open_store(path, "node-1")
    store.commit([event(1)], document("plan", 3))
    store.commit([], document("keys", 3))
    store.close()
    flip(path, b"plan 3")
    again = open_store(path, "node-1")
    assert [d.held.kind for d in again.documents()] == ["keys"]
    again.commit([event(1, "later-1")])
    again._connection.execute("UPDATE stream SET acknowledged = 1 WHERE id = ?", (again.stream,))
    again.close()
    third = open_store(path, "node-1")
    assert [e.fact.occurrence for e in third.events()] == ["a-1", "later-1"]  # type: ignore[union-attr]
    assert dict(third.streams())[again.stream] == 0
    third.close()


def test_of_pages_that_were_overwritten_the_others_are_saved(tmp_path: Path) -> None:
    path = tmp_path / "journal"
    store = open_store(path, "node-1")
    for n in range(1, 1000):
        store.commit([event(n, f"occurrence-{n}")])
    store.close()
    data = bytearray(path.read_bytes())
    places = [at for at in range(0, len(data), 4096) if b"occurrence-500" in data[at : at + 4096]]
    for at in places:
        data[at : at + 4096] = os.urandom(4096)
    path.write_bytes(data)
    again = open_store(path, "node-1")
    saved = {e.number for e in again.events()}
    assert 500 not in saved
    assert len(saved) > 900
    assert {1, 999} <= saved
    again.close()


def test_a_journal_of_another_node_is_set_aside_whole_and_nothing_of_it_is_told_or_obeyed(tmp_path: Path) -> None:
    theirs = open_store(tmp_path / "journal", "node-2")
    theirs.commit([event(1)], document("plan", 1))
    theirs.close()
    store = open_store(tmp_path / "journal", "node-1")
    assert store.notice == "a journal of node node-2 was set aside"
    assert (store.fresh, store.events(), store.documents()) == (True, (), ())
    store.close()
    (aside,) = (path for path in tmp_path.glob("journal.foreign-*") if not path.name.endswith("-journal"))
    assert open_store(aside, "node-2").stream == theirs.stream


def test_a_damaged_journal_of_another_node_is_not_salvaged(tmp_path: Path) -> None:
    theirs = open_store(tmp_path / "journal", "node-2")
    theirs.commit([event(1), event(2, "b-1")])
    theirs.close()
    flip(tmp_path / "journal", b'"occurrence":"b-1"')
    store = open_store(tmp_path / "journal", "node-1")
    assert (store.fresh, store.events()) == (True, ())
    store.close()


def test_of_what_was_set_aside_only_the_newest_few_are_kept(tmp_path: Path) -> None:
    for n in range(6):
        (tmp_path / "journal").write_bytes(b"rubbish %d" % n * 100)
        open_store(tmp_path / "journal").close()
    kept = [path for path in tmp_path.glob("journal.damaged-*") if not path.name.endswith("-journal")]
    assert sorted(path.read_bytes()[:9] for path in kept) == [b"rubbish 3", b"rubbish 4", b"rubbish 5"]


def test_a_fact_of_a_kind_that_this_release_does_not_know_is_kept_and_told_as_it_is(store: Store) -> None:
    unknown = Event(number=1, wall=1, mono=1, boot=1, trust=Trust.HELD, fact=UnknownFact(kind="dance"))
    store.commit([unknown])
    store._connection.execute(
        "UPDATE event SET text = ?, sum = row_sum(stream, number, kind, occurrence, ?)",
        (FUTURE, FUTURE),
    )
    assert [row.text for row in store.rows(store.stream, 0, 10)] == [FUTURE]
    store.commit([event(n) for n in range(2, 5)])
    assert store.drop_telemetry(0) == 0
    store.begin()
    assert '"steps":[1,2]' in store.rows(store.stream, 0, 1)[0].text


FUTURE = '{"number":1,"wall":1,"mono":1,"boot":1,"trust":"held","fact":{"kind":"dance","steps":[1,2]}}'


def test_telemetry_goes_oldest_first_proofs_refusals_and_acts_never_and_what_state_needs_stays(store: Store) -> None:
    def numbered(*facts: Fact) -> list[Event]:
        first = store.last(store.stream) + 1
        return [
            Event(number=n, wall=1, mono=1, boot=1, trust=Trust.HELD, fact=fact) for n, fact in enumerate(facts, first)
        ]

    kept: tuple[Fact, ...] = (
        Refused(document="plan", reason=Refusal.OLDER),
        Press(what="stop"),
        Closed(occurrence="a-1", version=1, attempt=1, sounded=1, due=1),
    )
    store.commit(numbered(Boot(boot=1, new_stream=True)))
    for boot in range(2, 40):
        store.commit(numbered(Boot(boot=boot), Paused(occurrence="a-1", by="b-1", frame=1), *kept))
    assert store.drop_telemetry(38 * 3 + 20) == 38 * 2 + 1 - 20
    facts = [e.fact for e in store.events()]
    assert [sum(isinstance(fact, type(each)) for fact in facts) for each in kept] == [38, 38, 38]
    assert facts[0] == Boot(boot=1, new_stream=True)
    boots = [fact.boot for fact in facts if isinstance(fact, Boot)]
    assert boots == [1, *range(boots[1], 40)]
    assert store.gone() == 38 * 2 + 1 - 20
    assert store.untold() == 38 * 3 + 20


def test_a_disk_that_others_filled_still_takes_the_facts_and_the_store_says_low(tmp_path: Path) -> None:
    """On a small tmpfs: the file's own reserve is used when nothing else is left."""
    disk = tmp_path / "disk"
    disk.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=12m", "tmpfs", str(disk)], check=True)
    try:
        store = open_store(disk / "journal", "node-1", 4_000_000)
        assert store.secure() is StoreState.OK
        with (disk / "filler").open("wb", buffering=0) as filler, suppress(OSError):
            while filler.write(bytes(65_536)):
                pass
        assert os.statvfs(disk).f_bavail == 0
        assert store.secure() is StoreState.LOW
        for n in range(1, 2001):
            store.commit([event(n, f"occurrence-{n}" * 10)], document("plan", n))
        store.close()
        again = open_store(disk / "journal", "node-1", 4_000_000)
        assert len(again.events()) == 2000
        (disk / "filler").unlink()
        assert again.secure() is StoreState.OK
        again.close()
    finally:
        subprocess.run(["umount", "-l", str(disk)], check=True)


@pytest.mark.parametrize("rubbish", [b"\0" * 8192, b"not a database, but long enough to be one" * 100])
def test_a_damaged_file_is_set_aside_whole_and_the_node_goes_on(tmp_path: Path, rubbish: bytes) -> None:
    (tmp_path / "journal").write_bytes(rubbish)
    store = open_store(tmp_path / "journal")
    assert store.fresh
    store.commit([event(1)])
    store.close()
    (aside,) = tmp_path.glob("journal.damaged-*")
    assert aside.read_bytes() == rubbish


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


def test_a_commit_is_on_the_disk_by_a_rollback_journal_that_keeps_its_place(tmp_path: Path) -> None:
    store = open_store(tmp_path / "journal")
    store.secure()
    store.commit([event(1)])
    assert store._read("PRAGMA journal_mode")[0][0] == "persist"
    assert store._read("PRAGMA synchronous")[0][0] == 2
    assert (tmp_path / "journal-journal").stat().st_size >= 1_000_000
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
