"""Broadcasts, owed rows, sheets and verdicts, kept and found again."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from controller.domain.owed import owed_of_plan
from controller.domain.planning import Begun, listener_at, outlook, plan
from controller.domain.values import (
    AreaId,
    Broadcast,
    BroadcastId,
    FromDay,
    InSession,
    Late,
    LateKind,
    NamedStarts,
    NodeId,
    Owed,
    Places,
    Recurrence,
    Repeat,
    SessionId,
    Start,
    VersionState,
    ZoneId,
    from_ms,
    to_ms,
)
from controller.domain.verdicts import GoneCause, Kind, Lack
from controller.storage import queries, results
from controller.storage.engine import reading, transact
from controller.storage.mapping import owed_columns, owed_value, version_columns, version_value
from controller.storage.tables import (
    AreaPeriodRow,
    AreaRow,
    AssetRow,
    BroadcastRow,
    DocumentRow,
    EventRow,
    MuteRow,
    NodeRow,
    OwedRow,
    PersonRow,
    ProgrammeRow,
    ProofRow,
    ServesRow,
    StreamRow,
    VersionRow,
    WithdrawalRow,
    ZoneHamletRow,
    ZoneRow,
)
from playlists.models import Millis, Number, Priority
from playlists.reports import Accepted, Event, Trust
from tests.support.commune import (
    HCM,
    N1,
    N2,
    NOON,
    PROGRAMME,
    assets,
    at,
    broadcast,
    content,
    daily,
    item,
    sha,
    tree,
    version,
)

NOW = to_ms(NOON)
FIRST = to_ms(at("2026-11-24 17:00"))
OCCURRENCE = f"bulletin01-{FIRST}"


def plant(session: Session) -> None:
    """The commune of the unit tests, with its people, audio and programme."""
    commune = tree()
    for area in commune.areas.values():
        tongues = list(area.languages) or None
        session.add(
            AreaRow(
                id=area.id, kind=area.kind, time_zone=area.time_zone, languages=tongues, settings={}, created_at=NOON
            )
        )
        session.flush()
        session.add(AreaPeriodRow(area_id=area.id, from_day=date(2026, 1, 1), parent_id=area.parent, name=area.name))
    for node in commune.nodes.values():
        key = {"x": node.id}
        session.add(
            NodeRow(id=node.id, name=node.name, home_hamlet_id=node.home, public_key=key, settings={}, enrolled_at=NOON)
        )
        session.flush()
        session.add_all(ServesRow(node_id=node.id, hamlet_id=s.hamlet, homes=s.homes) for s in node.serves)
    for zone in commune.zones.values():
        name = None if zone.area else zone.name
        session.add(ZoneRow(id=zone.id, name=name, area_id=zone.area, owner_area_id=zone.owner, created_at=NOON))
        session.flush()
        session.add_all(ZoneHamletRow(zone_id=zone.id, hamlet_id=hamlet) for hamlet in zone.hamlets)
    for name in ("editor", "approver"):
        session.add(PersonRow(id=name, username=name, name=name, language="vi", created_at=NOON))
    for asset in assets().values():
        session.add(AssetRow(sha256=asset.sha256, bytes=asset.bytes, frames=asset.frames, made_at=NOON))
    session.add(
        ProgrammeRow(
            id=PROGRAMME.id, area_id=PROGRAMME.area, name=PROGRAMME.name, kind="notice", field="general", defaults={},
            created_at=NOON,
        )
    )  # fmt: skip
    session.flush()


def keep(session: Session, made: Broadcast) -> None:
    session.add(
        BroadcastRow(
            id=made.id, programme_id=PROGRAMME.id, area_id=made.owner, lane=made.lane.value, created_by="editor",
            created_at=NOON, withdrawn_at=made.withdrawn_at,
        )
    )  # fmt: skip
    session.flush()
    session.add_all(VersionRow(broadcast_id=made.id, **version_columns(each)) for each in made.versions)
    session.flush()


def owed(node: NodeId = N1) -> tuple[Owed, ...]:
    made, commune = broadcast(), tree()
    listener = listener_at(commune.nodes[node], commune, assets())
    found = plan(listener, outlook([made], HCM, NOON, commune, assets()), (), NOON, "f" * 64)
    numbered = found.model_copy(update={"number": Number(epoch=1, sequence=7)})
    return owed_of_plan(numbered, listener, {made.id: made})


@pytest.fixture
def ledger(engine: Engine) -> Engine:
    """The commune with one broadcast, of which two nodes owe a month."""

    def unit(session: Session) -> None:
        plant(session)
        keep(session, broadcast())
        session.add_all(OwedRow(**owed_columns(each)) for node in (N1, N2) for each in owed(node))

    transact(engine, unit)
    return engine


def test_the_tree_is_found_as_it_was_planted(ledger: Engine) -> None:
    with reading(ledger) as session:
        assert queries.tree_at(session, NOON) == tree()
        assert queries.tree_at(session, datetime(2025, 1, 1, tzinfo=UTC)).areas == {}


NAMED = replace(content(), playlist=None, places=None, recurrence=None, start=Start(starts_at=Millis(5)))
CALENDAR = Recurrence(
    Repeat.MONTH_DAYS,
    date(2026, 1, 1),
    daily("05:30", "17:00").times,
    date(2026, 9, 1),
    (),
    (1, 31),
    (date(2026, 1, 1),),
)


@pytest.mark.parametrize(
    "kept",
    [
        version(),
        version(2, NAMED, NamedStarts((Millis(1), Millis(2)))),
        version(3, content(start=Start(skip=True)), FromDay(date(2026, 1, 1), ends_named=True)),
        version(
            4,
            content(
                playlist=(item("a", tyz="b"), item("c")),
                places=Places((AreaId("commune"),), (AreaId("h1"),), (ZoneId("z-low"),)),
                recurrence=CALENDAR,
                priority=Priority.PRIORITY,
                rank=-3,
                late=Late(LateKind.WHOLE, 900),
                last_true_day=date(2026, 12, 31),
                session=InSession(SessionId("evening"), 7),
            ),
            state=VersionState.RETURNED,
        ),
        replace(version(5), decided_by=None, carried_from=4, approved_until=date(2026, 12, 1)),
    ],
    ids=["plain", "named starts", "from a day", "everything", "carried and standing"],
)
def test_a_version_is_read_back_as_it_was_written(engine: Engine, kept: object) -> None:
    def unit(session: Session) -> None:
        plant(session)
        keep(session, broadcast(kept))  # type: ignore[arg-type]

    transact(engine, unit)
    with reading(engine) as session:
        assert [version_value(row) for row in session.scalars(select(VersionRow))] == [kept]


def test_a_broadcast_is_found_by_its_id_with_its_versions(ledger: Engine) -> None:
    with reading(ledger) as session:
        assert queries.broadcasts(session) == (broadcast(),)
        assert queries.broadcast(session, broadcast().id) == broadcast()
        assert queries.broadcast(session, BroadcastId("nothing")) is None


def test_assets_are_found_by_hash_or_all(ledger: Engine) -> None:
    with reading(ledger) as session:
        assert queries.assets(session) == assets()
        assert set(queries.assets(session, [sha("a"), sha("z")])) == {sha("a")}


def test_an_owed_row_is_read_back_as_it_was_frozen(ledger: Engine) -> None:
    with reading(ledger) as session:
        rows = session.scalars(select(OwedRow).where(OwedRow.node_id == N1).order_by(OwedRow.starts_at_ms))
        assert tuple(owed_value(row) for row in rows) == owed()


def change(engine: Engine, occurrence: str, **columns: object) -> None:
    def unit(session: Session) -> None:
        for row in session.scalars(select(OwedRow).where(OwedRow.occurrence_id == occurrence)):
            for name, value in columns.items():
                setattr(row, name, value)

    transact(engine, unit)


def test_what_has_begun_is_what_was_still_wanted_at_its_start(ledger: Engine) -> None:
    second = f"bulletin01-{FIRST + 86_400_000}"
    change(ledger, OCCURRENCE, gone_at=from_ms(FIRST + 5000), gone_cause="stopped")
    change(ledger, second, gone_at=from_ms(FIRST), gone_cause="dropped")
    now = Millis(FIRST + 2 * 86_400_000)
    with reading(ledger) as session:
        found = queries.begun(session, N1, Millis(0), now)
        known = queries.owed_of(session, N1, Millis(0))
    assert [each.nominal for each in found] == [FIRST, FIRST + 2 * 86_400_000]
    assert found[0] == Begun(broadcast().id, 1, Millis(FIRST), Millis(FIRST))
    assert [cause for _, cause in sorted(known, key=lambda pair: pair[0].starts_at)][:3] == [
        GoneCause.STOPPED,
        GoneCause.DROPPED,
        None,
    ]


def test_withdrawals_and_mutes_of_a_zone_are_those_in_force(ledger: Engine) -> None:
    def unit(session: Session) -> None:
        common = {"zone_id": "z-commune", "issuer": "office", "by": "editor", "at": NOON}
        session.add(WithdrawalRow(occurrence_id="x-1", cause="stopped", until_ms=NOW + 1, **common))
        session.add(WithdrawalRow(occurrence_id="x-2", cause="stopped", until_ms=NOW, **common))
        session.add(MuteRow(until_ms=NOW + 1, **common))
        session.add(MuteRow(until_ms=NOW + 9, lifted_at=NOON, lifted_by="editor", **common))

    transact(ledger, unit)
    zone = ZoneId("z-commune")
    with reading(ledger) as session:
        assert [each.occurrence for each in queries.withdrawals(session, zone, "office", NOW)] == ["x-1"]
        assert [each.until for each in queries.mutes(session, zone, "office", NOW)] == [NOW + 1]
        assert queries.mutes(session, ZoneId("z-h1"), "office", NOW) == ()


def proof(node: NodeId, sounded: int = 60_000, version: int = 1, number: int = 3) -> ProofRow:
    return ProofRow(
        node_id=node, stream="s1", number=number, occurrence_id=OCCURRENCE, version=version, attempt=1,
        sounded_ms=sounded, due_ms=60_000, loudness=-20.0, start_error_us=300, evidence=["frames"], cause=None,
        started_at_ms=FIRST, closed_at_ms=FIRST + 60_000, assets=[sha("a")],
    )  # fmt: skip


def verdicts(engine: Engine, now: int) -> dict[str, tuple[Kind, object]]:
    with reading(engine) as session:
        found = results.occurrences(session, Millis(FIRST), Millis(FIRST + 1), Millis(now))
    return {each.owed.node: (each.verdict.kind, each.verdict.cause) for one in found for each in one.nodes}


def test_each_node_has_its_verdict_on_an_airing(ledger: Engine) -> None:
    assert set(verdicts(ledger, FIRST - 1).values()) == {(Kind.PENDING, None)}
    transact(ledger, lambda session: session.add(proof(N1)))
    assert verdicts(ledger, FIRST + 70_000) == {N1: (Kind.PLAYED, None), N2: (Kind.PENDING, None)}
    assert verdicts(ledger, FIRST + 900_000)[N2] == (Kind.UNREPORTED, None)
    with reading(ledger) as session:
        found = results.occurrence(session, owed()[0].occurrence, Millis(FIRST + 70_000))
    assert found is not None
    assert (found.id, found.title, found.due, len(found.nodes)) == (OCCURRENCE, "Tiêm phòng", 60_000, 2)
    assert [row.start_error_us for row in found.nodes[0].proofs] == [300]


def test_an_answer_given_before_changes_with_what_is_told_later(ledger: Engine) -> None:
    over = FIRST + 70_000
    transact(ledger, lambda session: session.add(proof(N1, sounded=20_000)))
    assert verdicts(ledger, over)[N1][0] is Kind.PARTLY
    transact(ledger, lambda session: session.add(proof(N1, number=9)))
    assert verdicts(ledger, over)[N1][0] is Kind.PLAYED
    change(ledger, OCCURRENCE, gone_at=from_ms(FIRST + 30_000), gone_cause="withdrawn")
    with reading(ledger) as session:
        (found,) = results.occurrences(session, Millis(FIRST), Millis(FIRST + 1), Millis(over))
    assert found.nodes[0].verdict.marks == ("withdrawn_too_late",)


def taken(node: NodeId, number: int, window_start: int) -> list[object]:
    """An ACCEPTED of a plan, and the plan."""
    document = Number(epoch=1, sequence=window_start)
    fact = Accepted(document="plan", to=node, issuer="office", number=document, digest="0" * 64)
    event = Event(number=number, wall=FIRST, mono=0, boot=1, trust=Trust.HELD, fact=fact)
    row = EventRow(
        node_id=node, stream="s1", number=number, kind="accepted", body=event.model_dump_json().encode(),
        received_at=from_ms(window_start),
    )  # fmt: skip
    plan_row = DocumentRow(
        kind="plan", to=node, issuer="office", epoch=1, sequence=window_start, digest="0" * 64, content_sha256="0" * 64,
        window_start_ms=window_start, signed_bytes=b"x", signed_at=NOON, adopted=False,
    )  # fmt: skip
    stream = StreamRow(
        node_id=node, stream="s1", number=number, gone=[], boot=1, told=0, begun_at=NOON, received_at=NOON
    )
    return [row, plan_row, stream]


def test_a_later_plan_accepted_without_a_word_before_it_proves_that_nothing_sounded(ledger: Engine) -> None:
    later = FIRST + 3 * 86_400_000
    transact(ledger, lambda session: session.add_all(taken(N2, 40, later)))
    assert verdicts(ledger, later)[N2] == (Kind.MISSED, Lack.LINK_OR_POWER)
    assert verdicts(ledger, later)[N1] == (Kind.UNREPORTED, None)
    start = EventRow(
        node_id=N2, stream="s1", number=39, kind="start", occurrence_id=OCCURRENCE, body=b"{}", received_at=NOON
    )
    transact(ledger, lambda session: session.add(start))
    assert verdicts(ledger, later)[N2] == (Kind.UNREPORTED, None)


def test_dropped_events_before_it_keep_it_open(ledger: Engine) -> None:
    later = FIRST + 3 * 86_400_000

    def unit(session: Session) -> None:
        session.add_all(taken(N2, 40, later))
        session.flush()
        session.get_one(StreamRow, (N2, "s1")).gone = [[3, 9]]

    transact(ledger, unit)
    assert verdicts(ledger, later)[N2] == (Kind.UNREPORTED, None)


def test_of_two_versions_the_newest_counts_and_the_old_proof_is_judged_against_it(ledger: Engine) -> None:
    newer = replace(owed()[0], version=2)
    change(ledger, OCCURRENCE, gone_at=NOON, gone_cause="replaced")

    def unit(session: Session) -> None:
        session.add(OwedRow(**owed_columns(newer)))
        session.add(proof(N1))

    transact(ledger, unit)
    with reading(ledger) as session:
        (found,) = results.occurrences(session, Millis(FIRST), Millis(FIRST + 1), Millis(FIRST + 70_000))
    (first, second) = found.nodes
    assert (first.owed.version, first.verdict.kind, first.verdict.marks) == (2, Kind.PLAYED, ("old_version",))
    assert second.owed.version == 1


def test_a_month_of_airings_is_read_in_order_and_only_of_the_broadcast_asked_for(ledger: Engine) -> None:
    with reading(ledger) as session:
        end = to_ms(NOON + timedelta(days=60))
        found = results.occurrences(session, NOW, end, NOW)
        assert results.occurrences(session, NOW, end, NOW, BroadcastId("other")) == ()
    assert len(found) == 31
    assert [each.starts_at for each in found] == sorted(each.starts_at for each in found)
