"""A card that takes the log but not the file, or that gives an error where a commit should be on it for sure."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playlists.reports import Boot, Closed, StoreState, Trust
from speaker_node.node.journal import TRY_AGAIN_NS, Journal
from speaker_node.store import memory_store, open_store
from speaker_node.store.store import HOME_AFTER, MOST_LOG
from speaker_node.values import Moment
from tests.support.ailing import ailing

SECOND = 1_000_000_000


def at(seconds: int) -> Moment:
    return Moment(1_800_000_000_000 + seconds * 1000, seconds * SECOND, Trust.HELD)


def closing_fact(number: int) -> Closed:
    return Closed(occurrence=f"o-{number}", version=1, attempt=1, sounded=1, due=1)


@contextmanager
def on_a_card(folder: Path) -> Iterator[tuple[Path, Journal]]:
    """What makes the card ill, and a journal on it."""
    with ailing(folder / "card", folder / "disk") as ctl:
        journal = Journal(lambda: open_store(folder / "card" / "store.db", "node-1", 100_000), memory_store)
        journal.boot(Boot(boot=1), at(0))
        journal.look(0)
        assert journal.state is StoreState.OK
        yield ctl, journal
        journal.close()


def heard(journal: Journal) -> list[str]:
    return [event.fact.occurrence for event in journal.load()[0] if isinstance(event.fact, Closed)]


def test_a_log_that_cannot_be_brought_home_is_told_stays_bounded_and_later_all_of_it_is_kept_once(
    tmp_path: Path,
) -> None:
    with on_a_card(tmp_path) as (ctl, journal):
        ctl.write_text("home\n")
        for n in range(1, 2 * HOME_AFTER):
            journal.write([closing_fact(n)], at(4 * n))
            journal.look(at(4 * n).mono)
            journal.recover(at(4 * n).mono)
        assert (journal.ok, journal.state) == (False, StoreState.FAILED)
        assert "I/O" in journal.error
        assert (tmp_path / "disk" / "store.db-wal").stat().st_size <= MOST_LOG
        ctl.write_text("\n")
        assert journal.recover(at(2000).mono)
        assert heard(journal) == [f"o-{n}" for n in range(1, 2 * HOME_AFTER)]
        assert len(journal.streams()) == 2


def test_a_commit_that_the_card_refused_and_kept_none_the_less_is_there_once(tmp_path: Path) -> None:
    """The log holds it when it is read again; the fact was written to memory meanwhile, under another number."""
    with on_a_card(tmp_path) as (ctl, journal):
        journal.write([closing_fact(1)], at(1))
        ctl.write_text("sync\n")
        journal.write([closing_fact(2)], at(2))
        assert (journal.ok, journal.state) == (False, StoreState.FAILED)
        ctl.write_text("\n")
        assert journal.recover(TRY_AGAIN_NS + at(2).mono)
        assert heard(journal) == ["o-1", "o-2"]
        first, second = journal.streams()
        assert [row.number for row in journal.rows(first[0], 0, 9)] == [1, 2]
        assert [row.number for row in journal.rows(second[0], 0, 9)] == [1]
