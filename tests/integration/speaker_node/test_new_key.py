"""`loa-node new-key`: the private half stays where it was made, and is made once."""

from pathlib import Path

import pytest

from playlists import wire
from speaker_node.__main__ import main


def test_it_keeps_the_private_half_to_its_owner_and_prints_the_public_one(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "node.jwk"
    assert main(["new-key", "cum-01", str(file)]) == 0
    key = wire.load_private(file.read_text())
    assert capsys.readouterr().out.strip() == wire.public_x(key)
    assert key.kid == "cum-01"
    assert file.stat().st_mode & 0o777 == 0o600


def test_it_never_writes_over_a_key(tmp_path: Path) -> None:
    file = tmp_path / "node.jwk"
    main(["new-key", "cum-01", str(file)])
    before = file.read_bytes()
    assert main(["new-key", "cum-01", str(file)]) == 1
    assert file.read_bytes() == before
