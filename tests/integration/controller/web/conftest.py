"""A desk of an office at its first start, and one of a commune that is set up."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.support.desk import Desk, open_desk, settled
from tests.support.writing import BOTH, TEXT, said, ticked, with_sessions, writer, zone


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


@pytest.fixture
def sessions(commune: Desk) -> list[str]:
    """Morning, noon and evening from tomorrow on."""
    return with_sessions(commune)


@pytest.fixture
def editor(commune: Desk, sessions: list[str]) -> Iterator[httpx.Client]:
    """The editor's browser, with a text in the library."""
    commune.speech(TEXT)
    with writer(commune) as opened:
        yield opened


@pytest.fixture
def page(commune: Desk, editor: httpx.Client) -> httpx.Response:
    """The page after a first bulletin in two hamlets was saved as a draft: they are the last places."""
    first = editor.get("/decide")
    zones = ticked(first, *(zone(commune, each) for each in BOTH))
    answer = editor.post("/decide", data={**zones, "act": "draft", "title": "Lần trước"})
    assert answer.url.path.startswith("/decide/"), said(answer)
    return editor.get("/decide")
