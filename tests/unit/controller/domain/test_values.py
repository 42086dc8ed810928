"""Moments and the wire's milliseconds."""

from datetime import timedelta, timezone

import pytest

from controller.domain.values import EPOCH, LATEST, from_ms, to_ms
from playlists.values import LARGEST


@pytest.mark.parametrize("ms", [0, 1, 1_795_500_000_123, to_ms(LATEST)])
def test_milliseconds_become_the_moment_they_name_and_back(ms: int) -> None:
    assert from_ms(ms) == EPOCH + timedelta(milliseconds=ms)
    assert to_ms(from_ms(ms)) == ms


def test_any_number_of_the_wire_is_a_moment_in_every_time_zone() -> None:
    assert from_ms(LARGEST) == LATEST
    for hours in (-12, 14):
        from_ms(LARGEST).astimezone(timezone(timedelta(hours=hours)))
