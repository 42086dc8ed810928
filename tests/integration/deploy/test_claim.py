"""Whose a demo's folder is: each refusal says in words why, and what helps."""

import json
import os
from pathlib import Path

import pytest

from deploy.demo.claim import FolderError, claim, set_up_before


def refusal(folder: Path) -> str:
    with pytest.raises(FolderError) as refused:
        claim(folder)
    return str(refused.value)


def test_a_new_folder_is_made_and_is_for_its_owner_only(tmp_path: Path) -> None:
    with claim(tmp_path / "far" / "demo"):
        assert (tmp_path / "far" / "demo").stat().st_mode & 0o777 == 0o700


def test_one_demo_at_a_time(tmp_path: Path) -> None:
    with claim(tmp_path / "demo"):
        assert "runs in" in refusal(tmp_path / "demo")
    with claim(tmp_path / "demo"):
        pass


def test_a_folder_of_something_else_stays_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("mine")
    assert "thesis.txt" in refusal(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


def test_a_folder_of_somebody_else_is_refused_by_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 54321)
    assert "not to user 54321" in refusal(tmp_path)


def test_what_is_no_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert "is no folder" in refusal(tmp_path / "file")
    assert "is no folder" in refusal(tmp_path / "file" / "below")


@pytest.mark.parametrize("text", ["{", "[]", json.dumps({"commune": "x", "villages": {}})])
def test_a_commune_of_another_layout_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "commune.json").write_text(text)
    with pytest.raises(FolderError, match="another version"):
        set_up_before(tmp_path)


def test_a_new_folder_has_no_commune(tmp_path: Path) -> None:
    assert set_up_before(tmp_path) is None
