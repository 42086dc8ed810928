"""The office's time as the bar says it."""

from datetime import UTC, datetime

from controller.web.pages.rendering import NOWHERE, when_of


def test_the_bar_says_the_local_day_with_its_lunar_date_and_the_day_after() -> None:
    said = when_of(datetime(2026, 11, 24, 16, 59, 59, tzinfo=UTC), NOWHERE, "vi")
    assert said.clock == "23:59"
    assert said.day == "Thứ Ba 24/11/2026 (16/10 ÂL)"
    assert said.tomorrow == "Thứ Tư 25/11/2026 (17/10 ÂL)"
    assert said.passed == 86_399_000


def test_at_midnight_the_day_is_new() -> None:
    said = when_of(datetime(2026, 11, 24, 17, 0, tzinfo=UTC), NOWHERE, "en")
    assert (said.clock, said.passed) == ("00:00", 0)
    assert said.day == "Wednesday 25/11/2026 (lunar 17/10)"
