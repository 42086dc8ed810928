"""Every sentence of the contract on verdicts that applies, as a row of a table."""

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from controller.domain.values import AreaId, BroadcastId, Field, Lane, NodeId, OccurrenceId, Owed, ZoneId
from controller.domain.verdicts import (
    LEVEL_DBFS,
    STOP_LEEWAY_MS,
    Gone,
    GoneCause,
    Hearing,
    History,
    Kind,
    Lack,
    Mark,
    Proof,
    Taken,
    Told,
    Verdict,
    disproved,
    judge,
    of_hamlet,
)
from playlists.models import Kind as ProgrammeKind
from playlists.models import Millis, Number, Priority
from playlists.reports import Cause, Evidence

START = 1_000_000
DUE = 100_000
ENDS = START + 1_000_000
LATER = ENDS + 1
OWED = Owed(
    NodeId("n1"), OccurrenceId("b-1000000"), 3, BroadcastId("b"), Millis(START), Millis(START), Millis(START + 5000),
    Millis(ENDS), date(2026, 11, 24), DUE, ("a" * 64,), Lane.PLAN, None, "office", Number(epoch=1, sequence=10),
    AreaId("commune"), (), (), "Loa", "Tin", "Bản tin", ProgrammeKind.NOTICE, Field.GENERAL, Priority.NORMAL,
)  # fmt: skip
IN_SHEET = replace(OWED, lane=Lane.SHEET, zone=ZoneId("z"))


def proof(sounded: int = DUE, cause: Cause | None = None, **changes: object) -> Proof:
    made = Proof("s1", 20, 3, sounded, DUE, cause, (Evidence.FRAMES,), ("a" * 64,), -20.0)
    return replace(made, **changes)  # type: ignore[arg-type]


def verdict(*proofs: Proof, gone: Gone | None = None, now: int = LATER, **history: object) -> Verdict:
    return judge(OWED, History(proofs, **history), Millis(now), gone)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("sounded", "cause", "kind", "told"),
    [
        (100_000, None, Kind.PLAYED, None),
        (95_000, Cause.POWER, Kind.PLAYED, None),
        (94_999, Cause.POWER, Kind.PARTLY, Cause.POWER),
        (1, Cause.DEVICE, Kind.PARTLY, Cause.DEVICE),
        (0, Cause.ASSET, Kind.MISSED, Cause.ASSET),
        (0, Cause.QUIET, Kind.MISSED, Cause.QUIET),
        (0, Cause.CLOCK, Kind.MISSED, Cause.CLOCK),
        (0, Cause.JOURNAL_NEW, Kind.MISSED, Cause.JOURNAL_NEW),
        (0, Cause.PRE_EMPTED, Kind.PRE_EMPTED, Cause.PRE_EMPTED),
        (40_000, Cause.PRE_EMPTED, Kind.PRE_EMPTED, Cause.PRE_EMPTED),
        (97_000, Cause.PRE_EMPTED, Kind.PLAYED, None),
        (90_000, None, Kind.PARTLY, Cause.PLAYER),
    ],
)
def test_the_share_of_the_seconds_due_gives_the_verdict_and_its_cause(
    sounded: int, cause: Cause | None, kind: Kind, told: Cause | None
) -> None:
    found = verdict(proof(sounded, cause))
    assert (found.kind, found.cause, found.sounded, found.final) == (kind, told, sounded, True)


def test_seconds_below_the_stated_level_are_none() -> None:
    assert verdict(proof(loudness=LEVEL_DBFS - 0.1)).kind is Kind.MISSED
    assert verdict(proof(loudness=LEVEL_DBFS)).kind is Kind.PLAYED
    assert verdict(proof(loudness=None)).kind is Kind.PLAYED


def test_the_seconds_are_of_the_best_attempt() -> None:
    assert verdict(proof(10_000, Cause.POWER), proof(98_000, number=30)).kind is Kind.PLAYED
    found = verdict(proof(10_000, Cause.POWER), proof(30_000, Cause.DEVICE, number=30))
    assert (found.sounded, found.cause) == (30_000, Cause.DEVICE)


def test_over_several_streams_any_proof_outweighs_missed() -> None:
    found = verdict(proof(0, Cause.JOURNAL_NEW, stream="s2", number=1), proof())
    assert (found.kind, found.sounded) == (Kind.PLAYED, DUE)


def test_a_repeated_emergency_is_played_from_one_whole_pass() -> None:
    assert verdict(proof(3 * DUE, Cause.ENDED)).kind is Kind.PLAYED


@pytest.mark.parametrize(
    ("stopped_after", "sounded", "kind"),
    [
        (50_000, 50_000, Kind.PLAYED),
        (50_000, 47_000, Kind.PLAYED),
        (50_000, 20_000, Kind.PARTLY),
        (50_000, 0, Kind.MISSED),
        (STOP_LEEWAY_MS, 0, Kind.WITHDRAWN),
        (STOP_LEEWAY_MS, 900, Kind.PLAYED),
    ],
)
def test_a_stop_by_the_office_ends_what_is_owed(stopped_after: int, sounded: int, kind: Kind) -> None:
    gone = Gone(Millis(START + stopped_after), GoneCause.STOPPED)
    found = verdict(proof(sounded, Cause.POWER), gone=gone)
    assert found.kind is kind
    assert Mark.STOPPED in found.marks


def test_a_stop_at_the_box_ends_what_is_owed() -> None:
    found = verdict(proof(7_000, Cause.STOPPED))
    assert (found.kind, found.due, found.marks) == (Kind.PLAYED, 7_000, (Mark.STOPPED,))
    assert verdict(proof(0, Cause.STOPPED)).kind is Kind.WITHDRAWN


def test_another_version_with_the_same_hashes_counts_by_its_seconds_and_is_marked_old() -> None:
    found = verdict(proof(version=2))
    assert (found.kind, found.marks) == (Kind.PLAYED, (Mark.OLD_VERSION,))


def test_another_version_with_other_hashes_is_missed_for_a_late_plan_and_keeps_the_old_seconds() -> None:
    found = verdict(proof(version=2, assets=("b" * 64,)))
    assert (found.kind, found.cause, found.sounded, found.marks) == (
        Kind.MISSED,
        Cause.PLAN_LATE,
        DUE,
        (Mark.OLD_VERSION,),
    )


def test_other_words_under_the_number_that_is_owed_are_missed_like_those_of_another_version() -> None:
    found = verdict(proof(assets=("b" * 64,)))
    assert (found.kind, found.cause, found.sounded, found.marks) == (
        Kind.MISSED,
        Cause.PLAN_LATE,
        DUE,
        (Mark.OLD_VERSION,),
    )
    assert verdict(proof(0, Cause.POWER, assets=("b" * 64,))).cause is Cause.POWER
    assert judge(IN_SHEET, History((proof(assets=("b" * 64,)),)), Millis(LATER)).kind is Kind.PLAYED


def test_a_clip_that_comes_twice_is_told_once() -> None:
    twice = replace(OWED, hashes=("a" * 64, "b" * 64, "a" * 64))
    found = judge(twice, History((proof(assets=("a" * 64, "b" * 64)),)), Millis(LATER))
    assert (found.kind, found.marks) == (Kind.PLAYED, ())


BEFORE, DURING = Millis(START - 1), Millis(START + 50_000)


@pytest.mark.parametrize("cause", [GoneCause.DROPPED, GoneCause.QUIET, GoneCause.WITHDRAWN])
def test_what_was_taken_back_before_the_start_but_sounded_is_marked(cause: GoneCause) -> None:
    found = verdict(proof(), gone=Gone(BEFORE, cause))
    assert (found.kind, found.marks) == (Kind.PLAYED, (Mark.THOUGH_DROPPED,))
    assert verdict(proof(0, Cause.WITHDRAWN), gone=Gone(BEFORE, cause)).kind is Kind.WITHDRAWN


def test_withdrawn_later_is_withdrawn_with_its_seconds() -> None:
    found = verdict(proof(50_000, Cause.WITHDRAWN), gone=Gone(DURING, GoneCause.WITHDRAWN))
    assert (found.kind, found.sounded, found.cause) == (Kind.WITHDRAWN, 50_000, None)


def test_withdrawn_later_but_played_from_the_share_on_was_too_late() -> None:
    found = verdict(proof(95_000, Cause.WITHDRAWN), gone=Gone(DURING, GoneCause.WITHDRAWN))
    assert (found.kind, found.marks) == (Kind.PLAYED, (Mark.WITHDRAWN_TOO_LATE,))


def test_a_version_that_was_replaced_is_judged_by_its_seconds() -> None:
    assert verdict(proof(), gone=Gone(BEFORE, GoneCause.REPLACED)).marks == ()


@pytest.mark.parametrize(
    ("now", "kind"), [(START - 1, Kind.PENDING), (ENDS - 1, Kind.PENDING), (ENDS, Kind.UNREPORTED)]
)
def test_without_a_closing_fact_it_is_pending_then_unreported_and_never_final(now: int, kind: Kind) -> None:
    for told in ((), (Told("s1", 5),)):
        found = verdict(now=now, told=told)
        assert (found.kind, found.final, found.sounded) == (kind, False, 0)


def test_what_was_taken_back_before_its_start_and_is_not_proved_is_withdrawn_but_not_finally() -> None:
    found = verdict(gone=Gone(BEFORE, GoneCause.WITHDRAWN))
    assert (found.kind, found.final) == (Kind.WITHDRAWN, False)
    assert verdict(gone=Gone(DURING, GoneCause.WITHDRAWN)).kind is Kind.UNREPORTED


def plan_taken(window_start: int = ENDS, number: int = 50, stream: str = "s1") -> Taken:
    return Taken(stream, number, Lane.PLAN, "n1", "office", Number(epoch=1, sequence=99), Millis(window_start))


def sheet_taken(sequence: int = 11, **changes: object) -> Taken:
    made = Taken("s1", 50, Lane.SHEET, "z", "office", Number(epoch=1, sequence=sequence))
    return replace(made, **changes)  # type: ignore[arg-type]


def test_a_later_plan_whose_window_begins_after_its_end_proves_that_nothing_sounded() -> None:
    found = verdict(taken=(plan_taken(),))
    assert (found.kind, found.cause, found.final) == (Kind.MISSED, Lack.LINK_OR_POWER, True)
    assert verdict(taken=(plan_taken(ENDS - 1),)).kind is Kind.UNREPORTED


def test_a_later_sheet_without_the_entry_proves_it_too() -> None:
    assert disproved(IN_SHEET, History(taken=(sheet_taken(),)))


@pytest.mark.parametrize(
    "taken",
    [
        sheet_taken(sequence=10),
        sheet_taken(entries=frozenset({IN_SHEET.occurrence})),
        sheet_taken(to="other"),
        sheet_taken(issuer="office-emergency"),
        plan_taken(),
    ],
    ids=["the same sheet", "it still holds it", "another zone", "another issuer", "a plan"],
)
def test_what_proves_nothing_about_a_sheets_airing(taken: Taken) -> None:
    assert not disproved(IN_SHEET, History(taken=(taken,)))


def test_a_fact_told_before_the_later_document_keeps_it_open() -> None:
    assert not disproved(OWED, History(told=(Told("s1", 49),), taken=(plan_taken(),)))
    assert disproved(OWED, History(told=(Told("s1", 51),), taken=(plan_taken(),)))
    assert disproved(OWED, History(told=(Told("s2", 1),), taken=(plan_taken(),)))


def test_dropped_events_before_it_prove_nothing() -> None:
    gaps = {"s1": ((5, 9),)}
    assert not disproved(OWED, History(taken=(plan_taken(),), gone=gaps))
    assert disproved(OWED, History(taken=(plan_taken(stream="s2"),), gone=gaps))


def test_withdrawn_and_proved_silent_is_withdrawn_for_good() -> None:
    found = verdict(gone=Gone(DURING, GoneCause.WITHDRAWN), taken=(plan_taken(),))
    assert (found.kind, found.final) == (Kind.WITHDRAWN, True)


@pytest.mark.parametrize(
    ("hearings", "kind", "marks"),
    [
        (((Evidence.EAR, Hearing.HEARD),), Kind.HEARD, ()),
        (((Evidence.EAR, Hearing.TOO_QUIET),), Kind.PARTLY, ()),
        (((Evidence.EAR, Hearing.SILENT),), Kind.SILENT, ()),
        (((Evidence.EAR, Hearing.SOMETHING_ELSE),), Kind.PLAYED, (Mark.SOMETHING_ELSE,)),
        (((Evidence.EAR, Hearing.SILENT), (Evidence.PERSON, Hearing.HEARD)), Kind.HEARD, ()),
        (((Evidence.PERSON, Hearing.SILENT), (Evidence.EAR, Hearing.HEARD)), Kind.SILENT, ()),
    ],
)
def test_what_was_heard_on_the_spot_rules(
    hearings: tuple[tuple[Evidence, Hearing], ...], kind: Kind, marks: tuple[Mark, ...]
) -> None:
    found = verdict(proof(), hearings=hearings)
    assert (found.kind, found.marks) == (kind, marks)


def test_frames_alone_are_never_heard() -> None:
    assert verdict(proof()).kind is Kind.PLAYED
    assert verdict(proof()).evidence is Evidence.FRAMES


def test_a_hearing_makes_no_sound_of_what_was_missed() -> None:
    assert verdict(proof(0, Cause.DEVICE), hearings=((Evidence.EAR, Hearing.HEARD),)).kind is Kind.MISSED


def of(kind: Kind, sounded: int = 0) -> Verdict:
    return Verdict(kind, sounded, DUE, kind not in (Kind.PENDING, Kind.UNREPORTED))


@pytest.mark.parametrize(
    ("kinds", "expected"),
    [
        ((Kind.PLAYED, Kind.PLAYED), Kind.PLAYED),
        ((Kind.PLAYED, Kind.HEARD), Kind.PLAYED),
        ((Kind.PLAYED, Kind.MISSED), Kind.PARTLY),
        ((Kind.PLAYED, Kind.PARTLY), Kind.PARTLY),
        ((Kind.MISSED, Kind.MISSED), Kind.MISSED),
        ((Kind.PLAYED, Kind.PENDING), Kind.PENDING),
        ((Kind.PLAYED, Kind.UNREPORTED), Kind.UNREPORTED),
        ((Kind.WITHDRAWN, Kind.MISSED), Kind.MISSED),
    ],
)
def test_a_hamlet_with_several_nodes_is_played_if_all_are_else_by_its_parts(
    kinds: tuple[Kind, ...], expected: Kind
) -> None:
    found = of_hamlet([of(kind) for kind in kinds])
    assert found is not None
    assert found.kind is expected
    assert of_hamlet([]) is None


PROOFS = st.lists(
    st.builds(
        proof,
        st.integers(0, 200_000),
        st.none() | st.sampled_from(Cause),
        version=st.integers(1, 4),
        loudness=st.none() | st.floats(-90, 0),
        assets=st.sampled_from([("a" * 64,), ("b" * 64,)]),
    ),
    max_size=4,
).map(tuple)
GONE = st.none() | st.builds(Gone, st.integers(0, 2 * ENDS).map(Millis), st.sampled_from(GoneCause))


@given(PROOFS, GONE, st.integers(0, 3 * ENDS), st.booleans())
def test_never_raises_same_in_same_out_and_played_only_with_seconds(
    proofs: tuple[Proof, ...], gone: Gone | None, now: int, taken: bool
) -> None:
    documents = (plan_taken(),) if taken else ()
    found = verdict(*proofs, gone=gone, now=now, taken=documents)
    assert found == verdict(*proofs, gone=gone, now=now, taken=documents)
    assert found.kind not in (Kind.PLAYED, Kind.PARTLY) or found.sounded > 0
    assert found.kind not in (Kind.HEARD, Kind.SILENT)
    assert found.final or not proofs


@given(PROOFS)
def test_a_further_proof_never_takes_seconds_away(proofs: tuple[Proof, ...]) -> None:
    assert verdict(*proofs, proof(1)).sounded >= verdict(proof(1)).sounded
