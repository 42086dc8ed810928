"""A log that strangers cannot fill."""

import logging
from datetime import timedelta

import pytest

from controller.exchange.quietly import Quietly
from tests.support.fleet import T0


def test_the_same_is_said_once_a_minute_with_how_often_it_was(caplog: pytest.LogCaptureFixture) -> None:
    quietly = Quietly(logging.getLogger("test"))
    for second in range(90):
        quietly.warn("refused", f"at {second}", T0 + timedelta(seconds=second))
    assert [record.getMessage() for record in caplog.records] == [
        "refused (1 times): at 0",
        "refused (60 times): at 60",
    ]


def test_other_things_are_said_at_once(caplog: pytest.LogCaptureFixture) -> None:
    quietly = Quietly(logging.getLogger("test"))
    quietly.warn("one", "", T0)
    quietly.warn("two", "", T0)
    assert len(caplog.records) == 2
