"""A desk of an office at its first start, and one of a commune that is set up."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.desk import Desk, open_desk, settled


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    """Nobody is known yet."""
    with open_desk(tmp_path) as opened:
        yield opened


@pytest.fixture
def commune(desk: Desk) -> Desk:
    """Tân Phú with its staff and hamlets."""
    return settled(desk)
