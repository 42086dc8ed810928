"""A controller is killed with -9 at every named step: nothing that it answered, told or acknowledged is lost."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.fault.kills.book import Book
from tests.fault.kills.lives import Life, any_life, forked, fresh
from tests.fault.kills.site import make_site
from tests.fault.kills.steps import ONCE, STEPS, Aim

SEED, ROUNDS = 31, 60


@pytest.fixture
def book(tmp_path: Path) -> Book:
    """A site nobody was killed in yet."""
    return Book(make_site(tmp_path / "site"))


def steps_of(book: Book) -> list[tuple[str, str]]:
    """Every step that a life of these dice passes."""
    end = forked(book, Life(SEED, 0, rounds=ROUNDS))
    assert (end.code, book.add(end.said), book.lost()) == (0, [], [])
    (passed,) = (fact["passed"] for fact in book.said(end.said) if "passed" in fact)
    return [(unit, point) for unit, point, _ in passed if unit]


@pytest.mark.timeout(300)
def test_nothing_acknowledged_is_lost_whichever_named_step_it_dies_at(book: Book, tmp_path: Path) -> None:
    steps = steps_of(book)
    named = {(unit, point) for unit, points in {**STEPS, **ONCE}.items() for point in points}
    assert set(steps) == named, "each unit of work is among them, and no step is aimed at that nobody passes"
    another = Book(make_site(tmp_path / "another"))
    for turn, (unit, point) in enumerate(steps):
        place = another if unit == "keys" or turn % 2 else book
        end = forked(place, Life(SEED, turn + 1, Aim(unit, point), rounds=ROUNDS))
        assert (end.code in (0, -9), place.add(end.said), place.lost()) == (True, [], []), (unit, point)


@pytest.mark.timeout(120)
def test_nothing_acknowledged_is_lost_whenever_it_dies(book: Book) -> None:
    ends = [forked(book, any_life(seed, seed)) for seed in range(20)]
    assert [wrong for end in ends for wrong in book.add(end.said)] == []
    assert book.lost() == []
    assert sum(end.killed for end in ends) >= 5


@pytest.mark.timeout(120)
def test_a_controller_started_anew_is_killed_as_well(book: Book) -> None:
    end = fresh(book, Life(3, 0, Aim("", "commit", 6)))
    assert (end.killed, book.add(end.said), book.lost()) == (True, [], [])


LOSSES = {
    "an audit entry": "DELETE FROM audit WHERE act = 'create_broadcast'",
    "an event": "DELETE FROM event WHERE number = 1",
    "a document": "UPDATE document SET signed_bytes = x'00' WHERE published_at IS NOT NULL",
    "a silence": "DELETE FROM silence_area; DELETE FROM silence",
}


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> tuple[Book, bytes]:
    """A site and what one life in it said."""
    book = Book(make_site(tmp_path_factory.mktemp("lived") / "site"))
    return book, forked(book, Life(SEED, 0, rounds=ROUNDS)).said


@pytest.mark.parametrize("statement", LOSSES.values(), ids=LOSSES)
def test_the_look_afterwards_sees_each_loss(statement: str, lived: tuple[Book, bytes], tmp_path: Path) -> None:
    book, said = lived
    whole = book.site.database.read_bytes()
    try:
        with closing(sqlite3.connect(book.site.database)) as database:
            database.executescript(statement)
        look = Book(book.site)
        assert look.add(said) == []
        assert look.lost() != []
    finally:
        book.site.database.write_bytes(whole)
