"""The journal on a real disk: whole or not at all, through kill -9, a full disk, a lock, and a damaged file."""

import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

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
from speaker_node.store.salvage import salvage
from speaker_node.store.store import LOG, MOST_LOG
from speaker_node.store.writeahead import frames
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
    """One bit of the file flips, in the middle of `wanted` where it stands last."""
    data = bytearray(path.read_bytes())
    data[data.rindex(wanted) + len(wanted) // 2] ^= 1
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
    (aside,) = (path for path in tmp_path.glob("journal.foreign-*") if not path.name.endswith("-wal"))
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
    kept = [path for path in tmp_path.glob("journal.damaged-*") if not path.name.endswith("-wal")]
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
            store.commit([event(n, f"occurrence-{n}" * 6)], document("plan", n))
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


HOLDER = """
import sqlite3, sys
other = sqlite3.connect(sys.argv[1], isolation_level=None)
other.execute("BEGIN EXCLUSIVE")
print("held", flush=True)
sys.stdin.read()
"""


def test_what_another_process_holds_is_an_error_within_half_a_second_not_a_wait(tmp_path: Path) -> None:
    path = tmp_path / "journal"
    open_store(path).close()
    command = [sys.executable, "-c", HOLDER, str(path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        assert other.stdin
        assert other.stdout
        assert other.stdout.readline()
        began = time.monotonic()
        with pytest.raises(StoreError, match="locked"):
            open_store(path)
        assert time.monotonic() - began < 0.5
        other.stdin.close()
    open_store(path).close()


def test_while_it_is_open_no_other_process_can_write_it_lock_it_or_take_its_log_for_an_end(tmp_path: Path) -> None:
    store = open_store(tmp_path / "journal")
    store.commit([event(1)])
    look = (
        "import sqlite3,sys; print(sqlite3.connect(sys.argv[1], timeout=0).execute('SELECT * FROM event').fetchall())"
    )
    other = subprocess.run([sys.executable, "-c", look, tmp_path / "journal"], capture_output=True, text=True)
    assert "database is locked" in other.stderr
    store.commit([event(2)])
    store.close()


def test_commits_go_into_a_log_that_keeps_its_place_and_its_size_with_nothing_else_beside_the_file(
    tmp_path: Path,
) -> None:
    store = open_store(tmp_path / "journal", "node-1", 1_000_000)
    assert store.secure() is StoreState.OK
    assert store._read("PRAGMA journal_mode")[0][0] == "wal"
    assert store._read("PRAGMA synchronous")[0][0] == 2
    for n in range(1, 1000):
        store.commit([event(n)], document("plan", n))
    log = tmp_path / "journal-wal"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["journal", "journal-wal"]
    assert log.stat().st_size == LOG
    assert log.stat().st_blocks * 512 >= LOG
    assert (tmp_path / "journal").stat().st_blocks * 512 >= 1_000_000
    store.close()
    assert (log.stat().st_size, any(log.read_bytes())) == (LOG, False), "its place is kept between two starts"


def test_a_log_that_one_commit_made_longer_is_cut_once_it_was_brought_home(tmp_path: Path) -> None:
    store = open_store(tmp_path / "journal")
    store.commit([event(n, "x" * 90) for n in range(1, 16_000)])
    assert (tmp_path / "journal-wal").stat().st_size > MOST_LOG
    store.secure()
    store.commit([event(16_000)])
    assert (tmp_path / "journal-wal").stat().st_size <= LOG
    store.close()


def as_after_a_power_cut(path: Path, folder: Path) -> Path:
    """What the disk holds of a journal that is open."""
    folder.mkdir(exist_ok=True)
    for ending in ("", "-wal"):
        shutil.copy(f"{path}{ending}", folder / f"{path.name}{ending}")
    return folder / path.name


@pytest.fixture
def cut(tmp_path: Path) -> Path:
    """A journal after a power cut: ten commits of ten events and one of a document are in its log, and nowhere else."""
    store = open_store(tmp_path / "journal", "node-1")
    for n in range(1, 101, 10):
        store.commit([event(k, f"occurrence-{k}") for k in range(n, n + 10)], document("plan", n))
    store.commit([], document("plan", 100))
    found = as_after_a_power_cut(tmp_path / "journal", tmp_path / "cut")
    store.close()
    return found


def test_a_bit_that_flips_in_the_log_is_noticed_and_all_behind_it_is_saved(cut: Path) -> None:
    """SQLite alone would take it for the end that a power cut leaves, and drop 30 acknowledged events unseen."""
    flip(Path(f"{cut}-wal"), b'"occurrence":"occurrence-77"')
    store = open_store(cut, "node-1")
    assert "the log is not what was written" in store.notice
    assert [e.number for e in store.events()] == [n for n in range(1, 101) if n != 77]
    assert store.documents() == (document("plan", 100),)
    store.close()


def test_wherever_a_bit_flips_in_the_log_before_its_last_commit_it_is_noticed_and_little_is_lost(
    cut: Path, tmp_path: Path
) -> None:
    log, dice = Path(f"{cut}-wal").read_bytes(), random.Random(7)
    found, frame = frames(cut), 24 + 4096
    last = [place for place, each in enumerate(found) if each.size][-2]
    heads = [dice.randrange(32 + n * frame, 32 + n * frame + 24) for n in range(1, last + 1, 3)]
    for place in [0, 9, 18, 30, *heads, *(dice.randrange(32, 32 + (last + 1) * frame) for _ in range(10))]:
        damaged = bytearray(log)
        damaged[place] ^= 1 << dice.randrange(8)
        again = as_after_a_power_cut(cut, tmp_path / f"again-{place}")
        Path(f"{again}-wal").write_bytes(damaged)
        store = open_store(again, "node-1")
        assert store.notice, place
        assert len(store.events()) >= 70, place
        store.close()


def test_the_torn_end_that_a_power_cut_leaves_is_no_damage_and_takes_nothing_before_it(cut: Path) -> None:
    log = bytearray(Path(f"{cut}-wal").read_bytes())
    used = max(n for n, byte in enumerate(log) if byte)
    log[used - 3000 : used + 1] = bytes(3001)
    Path(f"{cut}-wal").write_bytes(log)
    store = open_store(cut, "node-1")
    assert (store.notice, store.fresh) == ("", False)
    assert [e.number for e in store.events()] == list(range(1, 101))
    assert store.documents() == (document("plan", 91),)
    store.close()


@pytest.mark.parametrize("hot", [False, True])
def test_a_journal_of_an_older_release_goes_on_in_place_and_loses_nothing(tmp_path: Path, hot: bool) -> None:
    """It had a rollback journal, which after a power cut in the middle of a commit has to be played back first."""
    path = tmp_path / "journal"
    store = open_store(path, "node-1")
    store.commit([event(n, f"occurrence-{n}") for n in range(1, 200)], document("plan", 3))
    store.close()
    old = sqlite3.connect(path, isolation_level=None)
    old.execute("PRAGMA journal_mode = PERSIST")
    old.execute("PRAGMA cache_size = 1")
    old.execute("BEGIN IMMEDIATE")
    old.execute("DELETE FROM document")
    if hot:  # its pages are in the file before it was committed
        old.execute("UPDATE event SET text = 'half done' || hex(randomblob(300))")
        path = as_after_a_rollback_cut(path, tmp_path / "cut")
    old.execute("ROLLBACK")
    old.close()
    again = open_store(path, "node-1")
    assert (again.notice, again.fresh, again.stream) == ("", False, store.stream)
    assert [e.number for e in again.events()] == list(range(1, 200))
    assert again.documents() == (document("plan", 3),)
    assert again._read("PRAGMA journal_mode")[0][0] == "wal"
    assert not Path(f"{path}-journal").exists()
    again.close()


def as_after_a_rollback_cut(path: Path, folder: Path) -> Path:
    folder.mkdir()
    for ending in ("", "-journal"):
        shutil.copy(f"{path}{ending}", folder / f"{path.name}{ending}")
    assert b"half done" in (folder / path.name).read_bytes()
    return folder / path.name


def test_a_disk_that_is_read_only_at_the_start_is_read_with_its_log_and_takes_nothing(cut: Path) -> None:
    folder = cut.parent
    subprocess.run(["mount", "--bind", str(folder), str(folder)], check=True)
    try:
        subprocess.run(["mount", "-o", "remount,bind,ro", str(folder)], check=True)
        store = open_store(cut, "node-1")
        assert [e.number for e in store.events()] == list(range(1, 101))
        assert store.documents() == (document("plan", 100),)
        assert (store.notice, store.fresh) == ("", False)
        with pytest.raises(StoreError) as refused:
            store.commit([event(101)])
        assert refused.value.state is StoreState.READ_ONLY
        store.close()
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)
    store = open_store(cut, "node-1")
    assert len(store.events()) == 100
    store.close()


@pytest.mark.parametrize("whose", ["node-1", "node-2"])
def test_a_file_is_set_aside_with_its_log_as_one(cut: Path, whose: str) -> None:
    """What was only in the log is found where the file now lies, not beside the new one."""
    if whose == "node-1":
        flip(Path(f"{cut}-wal"), b'"occurrence":"occurrence-50"')
    store = open_store(cut, whose)
    assert len(store.events()) == (99 if whose == "node-1" else 0)
    store.close()
    (aside,) = (path for path in cut.parent.glob("journal.*-*") if not path.name.endswith("-wal"))
    assert len(salvage(aside).events) == (99 if whose == "node-1" else 100)
    assert salvage(aside).owner == "node-1"


def test_power_that_goes_while_a_damaged_journal_is_replaced_leaves_the_old_or_the_new_never_neither(
    cut: Path, tmp_path: Path
) -> None:
    """At every step that changes a name, until it comes to its end."""
    flip(Path(f"{cut}-wal"), b'"occurrence":"occurrence-77"')
    for step in range(1, 100):
        again = as_after_a_power_cut(cut, tmp_path / f"step-{step}")
        if ended := ends_at_step(again, step):
            break
        store = open_store(again, "node-1")
        assert [e.number for e in store.events()] == [n for n in range(1, 101) if n != 77], step
        store.close()
        assert list(again.parent.glob("journal.damaged-*")), step
        assert not list(again.parent.glob("journal.next*")), step
    assert ended
    assert step > 5


def ends_at_step(path: Path, step: int) -> bool:
    """Whether a process that opens the journal ends before it changes so many names; else it is killed there."""
    child = os.fork()
    if not child:
        left = step

        def die(name: str, _arguments: object) -> None:
            nonlocal left
            left -= name in ("os.link", "os.rename", "os.remove")
            if left == 0:
                os._exit(9)

        sys.addaudithook(die)
        open_store(path, "node-1")
        os._exit(0)
    return os.waitpid(child, 0)[1] == 0


@contextmanager
def writer(path: Path) -> Iterator[BinaryIO]:
    """A process that commits one turn after another and says each; it is killed at the end."""
    said, says = os.pipe()
    child = os.fork()
    if not child:
        store = open_store(path)
        for n in range(store.last(store.stream) + 1, 1_000_000):
            store.commit([event(n, f"a-{n}"), progress(f"a-{n}")], document("plan", n))
            os.write(says, b"%d\n" % n)
        os._exit(1)
    os.close(says)
    with open(said, "rb") as lines:
        try:
            yield lines
        finally:
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)


def test_kill_9_at_any_moment_loses_nothing_committed_and_leaves_no_half(tmp_path: Path) -> None:
    """Fifteen kills; what the writer said is there, and event, progress and document are always of one commit."""
    said = 0
    for round_ in range(15):
        with writer(tmp_path / "journal") as lines:
            for _ in range(round_ % 5 + 1):
                said = int(lines.readline())
            time.sleep(round_ % 7 * 0.002)  # that it dies at any place in a turn
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
for n in range(2, 900):
    try:
        store.commit([event(n, "x" * 90)])
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
