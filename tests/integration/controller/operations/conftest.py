"""A staffed office for each test."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.alarmed import Alarmed, alarmed_office
from tests.support.staffed import Staffed, staffed_office


@pytest.fixture
def staffed(tmp_path: Path) -> Iterator[Staffed]:
    """Set up, with people, hamlets, nodes and audio."""
    with staffed_office(tmp_path) as made:
        yield made


@pytest.fixture
def alarmed(tmp_path: Path) -> Iterator[Alarmed]:
    """A staffed office whose sheets are signed."""
    with alarmed_office(tmp_path) as made:
        yield made
