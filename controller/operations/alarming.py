"""Alarms: raised, agreed to by a second person, extended, corrected, ended; drills beside them.

The act is the approval. What is asked for here goes out with the next look of the exchange, one sheet per zone.
"""

from collections.abc import Sequence

from sqlalchemy import select

from controller.domain import alarms
from controller.domain.alarms import ALL_CLEAR, CORRECTION, Asked, Slots
from controller.domain.problems import Problem
from controller.domain.tree import named_areas, tier
from controller.domain.values import AreaId, OccurrenceId, PlaylistItem, ZoneId, to_ms
from controller.operations.acting import Act, operation
from controller.operations.alarm_rows import (
    AlarmWish,
    alarm_row,
    live_alarms,
    move,
    nodes_in,
    owner_of,
    policy_minutes,
    recorded_ms,
    require,
    require_room,
    say,
    second_wait,
    times_of,
    waits,
    zones_of,
)
from controller.operations.broadcasts import places_named
from controller.operations.errors import Conflict, Invalid, NotAllowed
from controller.operations.playing_now import require_unmuted
from controller.operations.quiet import closing_of, stop_play_now
from controller.operations.rights import Right, may, only_as_head
from controller.storage.tables import OwedRow, PlayNowRow
from playlists.models import Kind

_OVER = Problem("", "not_running", "This does not sound any more.")


@operation(Right.ALARM)
def raise_alarm(act: Act, wish: AlarmWish) -> str:
    """An alarm; gives the occurrence's id.

    Where the same words sound already, theirs is given: two presses are one alarm. Where they wait for a second person,
    the second press is that person's yes. A hamlet's head gives a PIN, and prepared words only.
    """
    return _raise(act, Kind.ALARM, wish)


@operation(Right.ALARM)
def raise_drill(act: Act, wish: AlarmWish) -> str:
    """A drill: a message of its own that says so before and after. It goes through no mute."""
    return _raise(act, Kind.DRILL, wish)


@operation(Right.ALARM)
def confirm_alarm(act: Act, occurrence: OccurrenceId) -> None:
    """The second person says yes: it goes out at once."""
    row = _waiting(act, occurrence)
    _confirm(act, row)
    act.record("confirm_alarm", "occurrence", occurrence, owner_of(act, row))


@operation(Right.ALARM)
def refuse_alarm(act: Act, occurrence: OccurrenceId, why: str = "") -> None:
    """The second person says no: it does not go out."""
    row = _waiting(act, occurrence)
    stop_play_now(act, row)
    row.second_by, row.second_at = act.actor.person, act.now
    act.record("refuse_alarm", "occurrence", occurrence, owner_of(act, row), why=why)


@operation(Right.ALARM)
def extend_alarm(act: Act, occurrence: OccurrenceId, minutes: int | None = None) -> None:
    """An alarm or a drill sounds on for so many minutes from now; its closing words move along."""
    row = alarm_row(act, occurrence)
    minutes = policy_minutes(act, owner_of(act, row)) if minutes is None else minutes
    if not alarms.SHORTEST_MIN <= minutes <= alarms.LONGEST_MIN:
        message = "An alarm sounds for 5 to 120 minutes; it can be extended."
        raise Invalid(Problem("minutes", "out_of_range", message))
    before = times_of(row)
    if before is None or _is_over(act, row) or not row.every_ms:
        raise Conflict(_OVER)
    times = alarms.extended(before, to_ms(act.now), minutes * 60_000)
    if times is None:
        raise Conflict(Problem("minutes", "too_long", "It has sounded for 12 hours: raise it anew."))
    move(row, times)
    for each in closing_of(act, row):
        move(each, alarms.closing_at(times.ends_at))
    for owed in act.session.scalars(select(OwedRow).where(OwedRow.occurrence_id == occurrence)):
        owed.start_by_ms, owed.ends_at_ms = times.start_by, times.ends_at
    act.record("extend_alarm", "occurrence", occurrence, owner_of(act, row), minutes=minutes)


@operation(Right.STOP)
def stop_alarm(act: Act, occurrence: OccurrenceId) -> None:
    """An alarm, a drill or what answers one ends at once, and no words follow."""
    row = alarm_row(act, occurrence)
    stop_play_now(act, row)
    act.record("stop", "occurrence", occurrence, owner_of(act, row))


@operation(Right.ALARM)
def correct_alarm(
    act: Act,
    occurrence: OccurrenceId,
    message: str = CORRECTION,
    slots: Slots | None = None,
    playlist: tuple[PlaylistItem, ...] = (),
) -> str:
    """An alarm ends, and where it has sounded the correction is said; gives the correction's id."""
    row = alarm_row(act, occurrence)
    made = _answer(act, Kind.CORRECTION, message, [row], slots or {}, playlist)
    act.record("correct_alarm", "occurrence", made, owner_of(act, row), answers=[occurrence], message=message)
    return made


@operation(Right.ALARM)
def all_clear(act: Act, occurrences: Sequence[OccurrenceId]) -> str:
    """Báo yên: alarms end, and where they have sounded the all-clear is said; gives the all-clear's id."""
    act.permit_somewhere()
    rows = [alarm_row(act, occurrence, "occurrences") for occurrence in dict.fromkeys(occurrences)]
    made = _answer(act, Kind.ALL_CLEAR, ALL_CLEAR, rows, {}, ())
    act.record("all_clear", "occurrence", made, owner_of(act, rows[0]), answers=list(occurrences))
    return made


def _raise(act: Act, kind: Kind, wish: AlarmWish) -> str:
    head = _permit(act, wish)
    lasts = policy_minutes(act, wish.area) if wish.minutes is None else wish.minutes
    every = alarms.USUAL_EVERY_S if wish.every_s is None else wish.every_s
    asked = Asked(kind, wish.message, wish.slots, lasts, every, recorded_ms(act, wish.area, wish.playlist))
    require(act, asked, wish.zones)
    if kind is Kind.DRILL:
        require_unmuted(act, set(nodes_in(act.tree, wish.zones)))
    left = wish.zones
    if not wish.playlist:
        known, left = _same(act, asked, wish.zones)
        if known is not None and not left:
            return _join(act, known, wish)
    require_room(act, left)
    made = say(act, asked, wish.area, left, wish.playlist, None if head else second_wait(act, wish.area))
    said = {"message": wish.message, "slots": dict(wish.slots), "zones": list(left), "minutes": lasts}
    if kind is Kind.DRILL:
        act.record("raise_drill", "occurrence", made, wish.area, **said, pinned=wish.pinned)
    else:
        act.record("raise_alarm", "occurrence", made, wish.area, **said, pinned=wish.pinned)
    return made


def _permit(act: Act, wish: AlarmWish) -> bool:
    """Whether the person may is asked; whether they act as a hamlet's head is answered."""
    act.permit(wish.area, "area")
    named = named_areas(places_named(act, wish.zones))
    act.permit_sound(wish.area, named)
    head = only_as_head(act.tree, act.grants, Right.ALARM, (wish.area, *named))
    if head and wish.playlist:
        raise NotAllowed(Problem("playlist", "prepared_only", "A head raises prepared messages only."))
    if head and not wish.pinned:
        raise NotAllowed(Problem("pin", "pin_wanted", "A head raises an alarm with the own PIN."))
    return head


def _same(act: Act, asked: Asked, zones: tuple[ZoneId, ...]) -> tuple[PlayNowRow | None, tuple[ZoneId, ...]]:
    """The alarm of the same words that lives in some of these zones, and the zones in which it is not heard yet."""
    left, found = zones, None
    for row in live_alarms(act):
        same = (row.message, dict(row.slots or ())) == (asked.message, dict(asked.slots))
        if not same or row.kind != asked.kind.value or (waits(row) and not _may_confirm(act, row)):
            continue
        heard = nodes_in(act.tree, zones_of(act, row))
        rest = tuple(zone for zone in left if not nodes_in(act.tree, [zone]) <= heard)
        if len(rest) < len(left):
            left, found = rest, found or row
    return found, left


def _join(act: Act, row: PlayNowRow, wish: AlarmWish) -> str:
    if waits(row) and row.asked_by != act.actor.person:
        _confirm(act, row)
    said = {"message": wish.message, "zones": list(wish.zones)}
    act.record("join_alarm", "occurrence", row.occurrence_id, wish.area, **said)
    return row.occurrence_id


def _confirm(act: Act, row: PlayNowRow) -> None:
    if row.asked_by == act.actor.person:
        raise NotAllowed(Problem("", "same_person", "The second person is somebody else."))
    row.second_by, row.second_at = act.actor.person, act.now


def _may_confirm(act: Act, row: PlayNowRow) -> bool:
    return may(act.tree, act.grants, Right.ALARM, owner_of(act, row))


def _waiting(act: Act, occurrence: OccurrenceId) -> PlayNowRow:
    row = alarm_row(act, occurrence)
    if not waits(row):
        raise Conflict(Problem("", "not_waiting", "This waits for nobody any more."))
    return row


def _answer(
    act: Act,
    kind: Kind,
    message: str,
    rows: Sequence[PlayNowRow],
    slots: Slots,
    playlist: tuple[PlaylistItem, ...],
) -> OccurrenceId:
    """Ends what is answered and says the answer, in the name of the highest of its areas."""
    if not rows:
        raise Invalid(Problem("occurrences", "empty", "Say which alarms are meant, at most eight."))
    if any(not row.every_ms for row in rows):
        raise Invalid(Problem("occurrences", "wrong_kind", "Only an alarm or a drill is ended or corrected."))
    owner: AreaId = min((owner_of(act, row) for row in rows), key=lambda area: tier(act.tree, area))
    zones = tuple(sorted({zone for row in rows for zone in zones_of(act, row)}))
    answers = tuple(row.occurrence_id for row in rows)
    usual = (policy_minutes(act, owner), alarms.USUAL_EVERY_S)
    asked = Asked(kind, message, slots, *usual, recorded_ms(act, owner, playlist), answers)
    require(act, asked, zones)
    for row in rows:
        for each in (row, *closing_of(act, row)):
            if not _is_over(act, each):
                stop_play_now(act, each)
    return say(act, asked, owner, zones, playlist)


def _is_over(act: Act, row: PlayNowRow) -> bool:
    return row.stopped_at is not None or (row.ends_at_ms is not None and row.ends_at_ms <= to_ms(act.now))
