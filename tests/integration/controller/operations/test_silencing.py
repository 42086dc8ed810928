"""Silences: who may set and lift them, receipts, whom to call before the session, what falls silent."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy.orm import Session

from controller.domain.silences import SilenceId, Why
from controller.domain.values import AreaId, NodeId, Places
from controller.operations import areas, nodes, silencing
from controller.operations.errors import Conflict, Invalid, NotAllowed, NotFound
from controller.operations.receipts import SilenceView, Stage
from controller.storage.engine import transact
from controller.storage.tables import SilenceToldRow
from playlists.models import Kind
from tests.support.answering import PLAN, status
from tests.support.commune import at, daily
from tests.support.staffed import Staffed

NOON_TOMORROW = at("2026-11-25 12:00")


def hush(
    staffed: Staffed, who: str = "head", area: str = "h2", begin: datetime | None = None,
    end: datetime = NOON_TOMORROW, kinds: tuple[Kind, ...] = (), why: Why = Why.FUNERAL, note: str = "",
) -> SilenceId:  # fmt: skip
    start, areas = begin or staffed.clock.now, [staffed.areas[area]]
    return SilenceId(silencing.place_silence(staffed.office, staffed.by(who), areas, start, end, kinds, why, note))


def told(staffed: Staffed, silence: SilenceId, sequence: int, *named: str) -> None:
    """As the exchange notes it: with these plans it went out."""
    until = silencing.silence(staffed.office, staffed.by("auditor"), silence).view.silence.until
    rows = [
        SilenceToldRow(silence_id=silence, node_id=node, until_at=until, epoch=1, sequence=sequence) for node in named
    ]

    def unit(session: Session) -> None:
        for row in rows:
            session.merge(row)

    transact(staffed.office.engine, unit)


def seen(staffed: Staffed, who: str = "auditor") -> tuple[SilenceView, ...]:
    return silencing.silences(staffed.office, staffed.by(who))


def test_a_head_makes_the_own_hamlet_quiet_and_the_commune_sees_who_when_and_why(staffed: Staffed) -> None:
    hush(staffed, note="cụ Tư mất")
    (view,) = seen(staffed)
    assert (view.places, view.by, view.stage) == (("Thôn 2",), "head", Stage.NOW)
    assert view.nodes == {"n2"}
    assert (view.silence.why, view.silence.note, view.silence.end) == (Why.FUNERAL, "cụ Tư mất", NOON_TOMORROW)
    assert ("place_silence", "head") in staffed.audit()


def test_a_head_makes_nobody_elses_hamlet_quiet_and_none_for_more_than_72_hours(staffed: Staffed) -> None:
    for foreign in ("h1", "commune", "other"):
        with pytest.raises(NotFound):
            hush(staffed, area=foreign)
    with pytest.raises(Invalid) as caught:
        hush(staffed, end=staffed.clock.now + timedelta(hours=72, seconds=1))
    assert caught.value.problems[0].reason == "too_long"
    hush(staffed, end=staffed.clock.now + timedelta(hours=72))
    hush(staffed, "officer", end=staffed.clock.now + timedelta(hours=73))
    hush(staffed, "editor", "commune", end=staffed.clock.now + timedelta(days=31))
    with pytest.raises(Invalid):
        hush(staffed, "editor", "commune", end=staffed.clock.now + timedelta(days=31, seconds=1))


@pytest.mark.parametrize("who", ["technician", "auditor", "admin"])
def test_who_may_not_make_quiet_sets_and_lifts_none(who: str, staffed: Staffed) -> None:
    made = hush(staffed)
    with pytest.raises(NotAllowed):
        hush(staffed, who)
    with pytest.raises(NotAllowed):
        silencing.lift_silence(staffed.office, staffed.by(who), made)


def test_what_is_wrong_is_said_at_its_field(staffed: Staffed) -> None:
    now = staffed.clock.now
    for wrong, reason in (
        ({"end": now}, "end_before_start"),
        ({"begin": now - timedelta(hours=3), "end": now - timedelta(hours=1)}, "past"),
        ({"kinds": (Kind.NOTICE,)}, "bad_kind"),
        ({"why": Why.OTHER}, "empty"),
    ):
        with pytest.raises(Invalid) as caught:
            hush(staffed, **wrong)
        assert caught.value.problems[0].reason == reason
    with pytest.raises(Invalid) as caught:
        silencing.place_silence(staffed.office, staffed.by("head"), [], now, NOON_TOMORROW, (), Why.EXAMS)
    assert caught.value.problems[0].reason == "no_place"


def test_a_branch_above_lifts_it_and_one_below_does_not(staffed: Staffed) -> None:
    of_head, of_commune = hush(staffed), hush(staffed, "editor", "commune", why=Why.MOURNING)
    with pytest.raises(NotFound):
        silencing.lift_silence(staffed.office, staffed.by("head"), of_commune)
    silencing.lift_silence(staffed.office, staffed.by("approver"), of_head)
    with pytest.raises(Conflict):
        silencing.lift_silence(staffed.office, staffed.by("head"), of_head)
    stages = {view.silence.id: view.stage for view in seen(staffed)}
    assert stages == {of_head: Stage.LIFTED, of_commune: Stage.NOW}
    with pytest.raises(NotFound):
        silencing.lift_silence(staffed.office, staffed.by("stranger"), of_commune)


def test_a_receipt_is_a_status_that_holds_the_plan_of_that_number_or_a_later_one(staffed: Staffed) -> None:
    made, now = hush(staffed, "editor", "commune"), staffed.clock.now
    engine = staffed.office.engine
    for node, sequence in (("n1", 49), ("n2", 50), ("n3", 51)):
        status(engine, node, now, [(PLAN, node, sequence)])
    (view,) = seen(staffed)
    assert view.received == frozenset(), "no plan has carried it yet"
    told(staffed, made, 50, "n1", "n2", "n3")
    detail = silencing.silence(staffed.office, staffed.by("auditor"), made)
    assert detail.view.received == {"n2", "n3"}
    assert [each.node for each in detail.waiting] == ["n1"]


def test_a_lifted_silence_asks_for_its_receipt_anew(staffed: Staffed) -> None:
    made = hush(staffed)
    told(staffed, made, 50, "n2")
    status(staffed.office.engine, "n2", staffed.clock.now, [(PLAN, "n2", 50)])
    assert seen(staffed)[0].received == {"n2"}
    staffed.clock.advance(minutes=5)
    silencing.lift_silence(staffed.office, staffed.by("head"), made)
    assert seen(staffed)[0].received == frozenset()
    told(staffed, made, 60, "n2")
    status(staffed.office.engine, "n2", staffed.clock.now, [(PLAN, "n2", 60)])
    assert seen(staffed)[0].received == {"n2"}


def test_before_the_session_those_without_a_receipt_stand_there_with_whom_to_call(staffed: Staffed) -> None:
    staffed.approved(places=Places(areas=(staffed.areas["commune"],)))
    staffed.owe()
    made = hush(staffed, "editor", "commune")
    told(staffed, made, 50, "n1", "n2", "n3")
    status(staffed.office.engine, "n1", staffed.clock.now, [(PLAN, "n1", 50)])
    unreceived = silencing.unreceived
    assert unreceived(staffed.office, staffed.by("editor")) == (), "nothing sounds within the hour"
    staffed.clock.now = at("2026-11-24 16:00")
    found = unreceived(staffed.office, staffed.by("editor"))
    assert [each.contact.node for each in found] == ["n2", "n3"]
    assert {each.sounds_at for each in found} == {at("2026-11-24 17:00")}
    assert [head.name for head in found[0].contact.heads] == ["head"]
    assert [each.contact.node for each in unreceived(staffed.office, staffed.by("head"))] == ["n2"]
    staffed.clock.now = at("2026-11-24 17:02")
    assert unreceived(staffed.office, staffed.by("editor")) == ()


def test_a_silence_of_music_calls_nobody_out_for_a_notice(staffed: Staffed) -> None:
    staffed.approved()
    staffed.owe()
    hush(staffed, "editor", "commune", kinds=(Kind.MUSIC,))
    staffed.clock.now = at("2026-11-24 16:30")
    assert silencing.unreceived(staffed.office, staffed.by("editor")) == ()


def fallen(staffed: Staffed, made: SilenceId, who: str = "editor") -> list[tuple[str, tuple[AreaId, ...], bool]]:
    found = silencing.silence(staffed.office, staffed.by(who), made).fallen
    return [(f"{each.starts_at:%d %H:%M}", each.hamlets, each.own) for each in found]


def test_what_falls_silent_is_named_with_the_hamlets_also_after_the_lifting(staffed: Staffed) -> None:
    staffed.approved(recurrence=daily("08:00", "17:00"))
    made = hush(staffed)
    h2 = (staffed.areas["h2"],)
    assert fallen(staffed, made) == [("24 10:00", h2, True), ("25 01:00", h2, True)], "UTC"
    assert fallen(staffed, made, "head") == [("24 10:00", h2, False), ("25 01:00", h2, False)]
    staffed.clock.now = at("2026-11-24 18:00")
    silencing.lift_silence(staffed.office, staffed.by("head"), made)
    assert fallen(staffed, made) == [("24 10:00", h2, True)]


def test_a_node_that_serves_two_hamlets_is_quiet_for_both_and_the_other_hamlet_is_told(staffed: Staffed) -> None:
    homes = {staffed.areas["h2"]: 100, staffed.areas["h3"]: 40}
    nodes.change_node(staffed.office, staffed.by("admin"), NodeId("n2"), "Loa 2", staffed.areas["h2"], homes)
    hush(staffed)
    (view,) = seen(staffed)
    assert view.others == ("Thôn 3",)
    assert view.nodes == {"n2"}


def test_strangers_see_none_and_what_is_long_over_is_not_listed(staffed: Staffed) -> None:
    made = hush(staffed)
    assert seen(staffed, "stranger") == ()
    with pytest.raises(NotFound):
        silencing.silence(staffed.office, staffed.by("stranger"), made)
    staffed.clock.now = NOON_TOMORROW + timedelta(minutes=1)
    assert [view.stage for view in seen(staffed)] == [Stage.PAST]
    staffed.clock.advance(days=32)
    assert seen(staffed) == ()


def test_a_silence_of_places_of_which_one_was_removed_is_still_read_and_lifted(staffed: Staffed) -> None:
    spare = areas.add_area(staffed.office, staffed.by("admin"), staffed.areas["commune"], "Thôn 9", "thôn")
    named = [AreaId(spare), staffed.areas["h1"]]
    made = SilenceId(
        silencing.place_silence(
            staffed.office, staffed.by("editor"), named, staffed.clock.now, NOON_TOMORROW, (), Why.EXAMS
        )
    )
    areas.remove_area(staffed.office, staffed.by("admin"), AreaId(spare))
    detail = silencing.silence(staffed.office, staffed.by("editor"), made)
    assert (detail.view.places, detail.view.mine) == (("Thôn 1",), True)
    silencing.lift_silence(staffed.office, staffed.by("editor"), made)
    assert seen(staffed)[0].stage is Stage.LIFTED
