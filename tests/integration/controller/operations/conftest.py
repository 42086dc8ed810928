"""A staffed office for each test."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.staffed import Staffed, staffed_office


@pytest.fixture
def staffed(tmp_path: Path) -> Iterator[Staffed]:
    """Set up, with people, hamlets, nodes and audio."""
    with staffed_office(tmp_path) as made:
        yield made
