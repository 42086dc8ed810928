"""What should lie at the broker, and what does."""

from dataclasses import replace

from controller.exchange.documents import Current
from controller.exchange.shelf import Shelf
from playlists import wire
from playlists.models import Number
from playlists.topics import Topics
from tests.support.fleet import T0

PLAN, SHEET = "loa/1/xa/node/n0/plan", "loa/1/xa/zone/z/alert/office"


def document(row: int, kind: str, to: str, signed: bytes) -> Current:
    number = Number(epoch=1, sequence=row)
    return Current(row, (kind, to, "office"), number, wire.digest(signed), "c", "k1", signed, T0)


def shelf() -> Shelf:
    made = Shelf(Topics("xa"))
    made.put([document(1, "plan", "n0", b"plan"), document(2, "sheet", "z", b"sheet")])
    return made


def test_what_the_broker_does_not_hold_is_to_be_published_sheets_first() -> None:
    found = shelf().to_publish()
    assert [(each.topic, each.payload, each.retained, each.urgent) for each in found] == [
        (SHEET, b"sheet", True, True),
        (PLAN, b"plan", True, False),
    ]


def test_what_was_published_or_seen_is_not_published_again() -> None:
    made = shelf()
    made.published(SHEET, b"sheet")
    assert made.seen(PLAN, b"plan")
    assert made.to_publish() == []


def test_a_newer_document_is_to_be_published() -> None:
    made = shelf()
    for each in made.to_publish():
        made.published(each.topic, each.payload)
    made.put([replace(document(3, "plan", "n0", b"newer"))])
    assert [each.payload for each in made.to_publish()] == [b"newer"]


def test_what_somebody_wrote_over_or_the_broker_refused_is_to_be_published_again() -> None:
    made = shelf()
    for each in made.to_publish():
        made.published(each.topic, each.payload)
    assert not made.seen(PLAN, b"rubbish")
    made.lost(SHEET)
    assert [each.topic for each in made.to_publish()] == [SHEET, PLAN]


def newer(made: Shelf) -> Shelf:
    """Its plan was published, and a newer one after it, before either came back."""
    made.published(SHEET, b"sheet")
    made.published(PLAN, b"plan")
    made.put([document(3, "plan", "n0", b"newer")])
    made.published(PLAN, b"newer")
    return made


def test_an_echo_of_what_was_overtaken_is_not_what_lies_there() -> None:
    made = newer(shelf())
    assert made.seen(PLAN, b"plan")
    assert made.to_publish() == []
    assert made.seen(PLAN, b"newer")
    assert made.to_publish() == []


def test_an_old_one_of_ours_that_somebody_writes_again_is_written_over() -> None:
    made = newer(shelf())
    for each in (b"plan", b"newer", b"plan"):
        made.seen(PLAN, each)
    assert [each.payload for each in made.to_publish()] == [b"newer"]


def test_an_echo_that_never_comes_hides_nothing_that_comes_after_a_later_one() -> None:
    made = newer(shelf())
    for each in (b"newer", b"plan"):
        made.seen(PLAN, each)
    assert [each.payload for each in made.to_publish()] == [b"newer"]


def test_what_was_on_its_way_when_a_connection_ended_does_not_come_back_on_the_next() -> None:
    made = newer(shelf())
    made.forget()
    made.seen(PLAN, b"plan")
    assert [each.payload for each in made.to_publish()] == [b"sheet", b"newer"]


def test_a_new_connection_knows_nothing_of_the_broker() -> None:
    made = shelf()
    made.published(PLAN, b"plan")
    made.forget()
    assert len(made.to_publish()) == 2


def test_topics_that_are_not_ours_are_not_remembered() -> None:
    made = shelf()
    assert not made.seen("loa/1/xa/node/stranger/plan", b"x")
    assert len(made.to_publish()) == 2
