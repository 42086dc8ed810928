"""What an airing is now, and its result hamlet by hamlet."""

from dataclasses import replace
from datetime import date

import pytest

from controller.domain.planning import outlook
from controller.domain.sessions import Book
from controller.domain.values import AreaId, Broadcast, FromDay, Lane, NamedStarts, NodeId, OccurrenceId, Start, to_ms
from controller.domain.values import VersionState as Life
from controller.domain.verdicts import Kind
from controller.domain.week import AiringState, Ledger, Outcome, Tally, outcome, seen
from playlists.models import Kind as ProgrammeKind
from playlists.models import Millis, Priority
from tests.support.commune import (
    COMMUNE,
    H1,
    H2,
    H3,
    HCM,
    N1,
    N2,
    N23,
    NOON,
    assets,
    at,
    broadcast,
    content,
    tree,
    version,
)

START = to_ms(at("2026-11-24 17:00"))
OCCURRENCE = OccurrenceId(f"bulletin01-{START}")
SKIPS = content(playlist=None, places=None, recurrence=None, start=Start(skip=True))


def tally(verdict: Kind, *hamlets: AreaId, node: NodeId = N1, begun: bool = False, gone: bool = False) -> Tally:
    return Tally(node, 1, hamlets or (H1,), (1, 1), gone, begun, verdict)


def ledger(*nodes: Tally, **changes: object) -> Ledger:
    made = Ledger(
        OCCURRENCE,
        broadcast().id,
        COMMUNE,
        1,
        START,
        START,
        60_000,
        Lane.PLAN,
        "Tiêm phòng",
        "Bản tin",
        ProgrammeKind.NOTICE,
        Priority.NORMAL,
        nodes,
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def state(made: Broadcast, now: int, *owed: Ledger) -> dict[str, AiringState]:
    """Of the airings of the day, by their local time."""
    ahead = outlook([made], HCM, NOON, tree(), assets())
    found = seen(ahead, owed, Book(), Millis(now))
    mine = (each for each in found if each.occurrence == OCCURRENCE)
    return {each.occurrence: each.state for each in mine}


def only(made: Broadcast, now: int, *owed: Ledger) -> AiringState | None:
    return next(iter(state(made, now, *owed).values()), None)


def test_a_hamlet_with_two_nodes_is_played_if_both_are_and_a_node_of_two_hamlets_counts_in_both() -> None:
    both = (tally(Kind.PLAYED, H2, node=N2), tally(Kind.HEARD, H2, H3, node=N23))
    assert outcome(both) == Outcome(2, 2, 0, 0)
    one = (tally(Kind.MISSED, H2, node=N2), tally(Kind.PLAYED, H2, H3, node=N23))
    assert outcome(one) == Outcome(2, 1, 1, 0)


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        (Kind.PLAYED, Outcome(1, 1, 0, 0)),
        (Kind.HEARD, Outcome(1, 1, 0, 0)),
        (Kind.PARTLY, Outcome(1, 0, 1, 0)),
        (Kind.PRE_EMPTED, Outcome(1, 0, 1, 0)),
        (Kind.MISSED, Outcome(1, 0, 0, 1)),
        (Kind.SILENT, Outcome(1, 0, 0, 1)),
        (Kind.WITHDRAWN, Outcome(0, 0, 0, 0)),
        (Kind.UNREPORTED, Outcome(1, 0, 0, 0)),
    ],
)
def test_every_verdict_counts_where_it_belongs(kind: Kind, expected: Outcome) -> None:
    assert outcome([tally(kind)]) == expected


def test_it_is_planned_then_on_air_then_past() -> None:
    waits = ledger(tally(Kind.PENDING))
    assert only(broadcast(), START - 1, waits) is AiringState.PLANNED
    assert only(broadcast(), START + 60_999, waits) is AiringState.ON_AIR
    assert only(broadcast(), START + 61_000, waits) is AiringState.PAST
    assert only(broadcast(), START + 90_000, ledger(tally(Kind.PENDING, begun=True))) is AiringState.ON_AIR
    assert only(broadcast(), START + 1, ledger(tally(Kind.PLAYED))) is AiringState.PAST
    assert only(broadcast(), START + 1) is AiringState.PAST


def test_what_was_taken_back_on_all_nodes_is_withdrawn() -> None:
    assert only(broadcast(), START + 1, ledger(tally(Kind.WITHDRAWN))) is AiringState.WITHDRAWN
    assert only(broadcast(withdrawn_at=NOON), START - 1) is AiringState.WITHDRAWN


def test_a_skip_that_is_approved_is_said() -> None:
    skip = version(2, SKIPS, NamedStarts((START,)))
    assert only(broadcast(version(), skip), START - 1) is AiringState.SKIPPED
    open_skip = version(2, SKIPS, NamedStarts((START,)), state=Life.SUBMITTED)
    ahead = outlook([broadcast(version(), open_skip)], HCM, NOON, tree(), assets())
    (found,) = [each for each in seen(ahead, (), Book(), Millis(START - 1)) if each.occurrence == OCCURRENCE]
    assert (found.state, found.changing) == (AiringState.PLANNED, True)


@pytest.mark.parametrize(
    ("life", "expected"),
    [
        (Life.DRAFT, AiringState.DRAFT),
        (Life.SUBMITTED, AiringState.WAITING),
        (Life.RETURNED, AiringState.RETURNED),
    ],
)
def test_what_is_not_approved_says_how_it_stands_and_has_lapsed_at_its_start(life: Life, expected: AiringState) -> None:
    made = broadcast(version(state=life))
    assert only(made, START - 1) is expected
    assert only(made, START) is AiringState.LAPSED


def test_what_was_dropped_and_sounded_all_the_same_is_shown_and_what_did_not_is_not() -> None:
    later = broadcast(version(1, scope=FromDay(date(2026, 12, 1))))
    assert only(later, START + 1, ledger(tally(Kind.PLAYED, gone=True))) is AiringState.PAST
    assert only(later, START + 1, ledger(tally(Kind.WITHDRAWN, gone=True))) is None
    assert only(later, START + 1, ledger(tally(Kind.UNREPORTED), lane=Lane.SHEET)) is AiringState.PAST
