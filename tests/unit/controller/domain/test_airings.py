"""Which version governs which start."""

from dataclasses import replace
from datetime import date, timedelta

from controller.domain.airings import Airing, airing_of, airings
from controller.domain.values import (
    Broadcast,
    Content,
    FromDay,
    NamedStarts,
    Places,
    Start,
    Version,
    VersionState,
    to_ms,
)
from playlists.models import Millis
from tests.support.commune import H1, at, broadcast, content, daily, item, version

BEGIN, END = at("2026-11-24 00:00"), at("2026-11-28 00:00")


def aired(made: Broadcast) -> list[str]:
    return [f"{_local(each)} v{each.version}" for each in airings(made, BEGIN, END)]


def _local(airing: Airing) -> str:
    days, ms = divmod(airing.starts_at - to_ms(BEGIN), 86_400_000)
    return f"{24 + days} {ms // 3_600_000:02d}:{ms // 60_000 % 60:02d}"


def named(number: int, *moments: str, approved: str = "2026-11-20 08:00", **changes: object) -> Version:
    scope = NamedStarts(tuple(to_ms(at(each)) for each in moments))
    said = replace(Content("Riêng hôm nay", "Asia/Ho_Chi_Minh"), **changes)  # type: ignore[arg-type]
    return version(number, said, scope, decided_at=at(approved))


def test_an_approved_version_airs_every_start_of_its_recurrence() -> None:
    assert aired(broadcast()) == ["24 17:00 v1", "25 17:00 v1", "26 17:00 v1", "27 17:00 v1"]


def test_only_approved_versions_air() -> None:
    for state in (VersionState.DRAFT, VersionState.SUBMITTED, VersionState.RETURNED):
        assert aired(broadcast(version(1, state=state))) == []


def test_a_later_from_day_takes_over_on_its_day() -> None:
    later = version(2, content(recurrence=daily("06:00")), FromDay(date(2026, 11, 26)))
    assert aired(broadcast(version(), later)) == ["24 17:00 v1", "25 17:00 v1", "26 06:00 v2", "27 06:00 v2"]


def test_the_past_does_not_change_when_a_version_is_approved_after_a_start() -> None:
    later = version(2, content(recurrence=daily("17:00"), title="Mới"), decided_at=at("2026-11-25 17:00"))
    late = version(2, content(recurrence=daily("17:00")), decided_at=at("2026-11-25 17:00") + timedelta(milliseconds=1))
    assert aired(broadcast(version(), later))[1:3] == ["25 17:00 v2", "26 17:00 v2"]
    assert aired(broadcast(version(), late))[1:3] == ["25 17:00 v1", "26 17:00 v2"]


def test_while_a_newer_version_waits_the_last_approved_one_airs() -> None:
    waiting = version(2, content(recurrence=daily("06:00")), state=VersionState.SUBMITTED)
    assert aired(broadcast(version(), waiting)) == aired(broadcast())


def test_a_named_start_changes_only_what_it_holds() -> None:
    skip = named(2, "2026-11-25 17:00", start=Start(skip=True))
    move = named(3, "2026-11-26 17:00", start=Start(starts_at=to_ms(at("2026-11-26 18:30"))))
    words = named(4, "2026-11-27 17:00", playlist=(item("b"),), places=Places(hamlets=(H1,)))
    made = broadcast(version(), skip, move, words)
    assert aired(made) == ["24 17:00 v1", "26 18:30 v3", "27 17:00 v4"]
    found = airings(made, BEGIN, END)
    assert found[1].nominal == to_ms(at("2026-11-26 17:00")), "a move keeps the id"
    assert (found[1].playlist, found[1].places) == (found[0].playlist, found[0].places)
    assert (found[2].playlist, found[2].places) == ((item("b"),), Places(hamlets=(H1,)))


def test_a_named_start_that_no_version_gives_airs_nothing() -> None:
    assert aired(broadcast(version(), named(2, "2026-11-25 09:00", playlist=(item("b"),)))) == aired(broadcast())


def test_the_newest_of_two_that_name_a_start_counts() -> None:
    first = named(2, "2026-11-25 17:00", start=Start(skip=True))
    second = named(3, "2026-11-25 17:00", playlist=(item("c"),))
    assert "25 17:00 v3" in aired(broadcast(version(), first, second))


def test_from_a_day_on_leaves_named_starts_and_all_ends_them() -> None:
    skip = named(2, "2026-11-26 17:00", start=Start(skip=True))
    after = version(3, content(title="Từ nay"), FromDay(date(2026, 11, 25)))
    everything = version(3, content(title="Tất cả"), FromDay(date(2026, 11, 25), ends_named=True))
    assert "26 17:00 v3" not in aired(broadcast(version(), skip, after))
    assert "26 17:00 v3" in aired(broadcast(version(), skip, everything))


def test_an_airing_moved_into_the_window_from_outside_is_found() -> None:
    move = named(2, "2026-11-29 17:00", start=Start(starts_at=to_ms(at("2026-11-27 09:00"))))
    assert "27 09:00 v2" in aired(broadcast(version(), move))


def test_nothing_airs_after_the_last_true_day() -> None:
    assert aired(broadcast(version(1, content(last_true_day=date(2026, 11, 25))))) == ["24 17:00 v1", "25 17:00 v1"]


def test_an_airing_is_found_again_as_its_version_decided_it() -> None:
    words = named(2, "2026-11-25 17:00", playlist=(item("b"),))
    made = broadcast(version(), words, version(3, content(recurrence=daily("06:00"))))
    nominal = to_ms(at("2026-11-25 17:00"))
    first, second = airing_of(made, 1, nominal), airing_of(made, 2, nominal)
    assert [each and each.playlist for each in (first, second)] == [(item("a"),), (item("b"),)]
    assert airing_of(made, 9, Millis(nominal)) is None


def test_a_moment_before_approval_is_never_planned() -> None:
    made = broadcast(version(1, content(recurrence=daily("17:00")), decided_at=at("2026-11-24 17:00:01")))
    assert aired(made)[0] == "25 17:00 v1"


def test_no_start_is_planned_once_a_standing_approval_is_revoked_and_those_before_stay() -> None:
    ended = replace(version(1), approved_until=date(2026, 12, 31), approval_ended_at=at("2026-11-26 12:00"))
    found = airings(broadcast(ended), at("2026-11-24 00:00"), at("2026-11-30 00:00"))
    assert [each.starts_at for each in found] == [to_ms(at(f"2026-11-{day} 17:00")) for day in (24, 25)]
