"""An original, and a library in which it lies in the delivery profile."""

from pathlib import Path

import pytest

from speaker_node.values import Cue
from tests.support.sounding import Library, Samples, speechlike

SECONDS = 30


@pytest.fixture(scope="session")
def original() -> Samples:
    """What was uploaded."""
    return speechlike(SECONDS)


@pytest.fixture(scope="session")
def library(tmp_path_factory: pytest.TempPathFactory) -> Library:
    """Assets by hash."""
    return Library(tmp_path_factory.mktemp("library"))


@pytest.fixture(scope="session")
def asset(library: Library, original: Samples) -> Cue:
    """The original in the delivery profile."""
    return library.add(original)


@pytest.fixture
def asset_path(library: Library, asset: Cue) -> Path:
    """Where its file lies."""
    assert asset.sha256
    return library.folder / asset.sha256[:2] / asset.sha256
