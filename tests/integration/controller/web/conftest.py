"""A desk of an office at its first start, and one of a commune that is set up."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.desk import Desk, open_desk, settled


@pytest.fixture(scope="session")
def model(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Desk]:
    """A commune that was set up once, to be copied: its folder, and who and what stands in it."""
    folder = tmp_path_factory.mktemp("commune")
    with open_desk(folder) as desk:
        return folder, settled(desk)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    """Nobody is known yet."""
    with open_desk(tmp_path) as opened:
        yield opened


@pytest.fixture
def commune(tmp_path: Path, model: tuple[Path, Desk]) -> Iterator[Desk]:
    """Tân Phú with its staff and hamlets, one's own copy."""
    folder, known = model
    shutil.copytree(folder, tmp_path, dirs_exist_ok=True)
    with open_desk(tmp_path) as opened:
        yield opened.knowing(known)
