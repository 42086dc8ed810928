"""The settings: one file, one frozen value; what is wrong stops the start with file, line and reason."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from controller.settings import SettingsError, load


def write(folder: Path, text: str) -> Path:
    path = folder / "controller.toml"
    path.write_text(text, encoding="utf-8")
    return path


def complaint(path: Path) -> str:
    with pytest.raises(SettingsError) as caught:
        load(path)
    return str(caught.value)


def test_a_short_file_is_enough(tmp_path: Path) -> None:
    settings = load(write(tmp_path, 'site = "xa"\ndata = "data"\n'))
    assert settings.data == tmp_path / "data"
    assert settings.database_url == f"sqlite:///{tmp_path}/data/loa.db"
    assert settings.web.base == "http://127.0.0.1:8080"


def test_settings_are_frozen(tmp_path: Path) -> None:
    settings = load(write(tmp_path, 'site = "xa"\ndata = "data"\n'))
    with pytest.raises(ValidationError):
        settings.site = "other"  # type: ignore[misc]


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ('site = "xa"\ndata = "d"\n\n[web]\nprot = 80\n', 5, "web.prot: unknown key"),
        ('site = "xa"\ndata = "d"\n[web]\nport = "80"\n', 4, "web.port: Input should be a valid integer"),
        ('site = "xa"\ndata = "d"\n[web]\nport = 99999\n', 4, "web.port: Input should be less than or equal to 65535"),
        ('# our commune\nsite = "Xã Một"\ndata = "d"\n', 2, "site: String should match pattern"),
        ('site = "xa"\ndata = "d"\n[speaker]\nx = 1\n', 3, "speaker: unknown key"),
        ('site = "xa"\ndata = "d"\n[broker]\npassword_file = "gone"\n', 4, "broker.password_file: no such file"),
        ('site = "xa"\ndata = "d"\n[broker]\nprotocol = "4"\n', 4, "broker.protocol: Input should be 'auto', '5'"),
        ('site = "xa"\ndata = \n', 2, "Invalid value"),
    ],
)
def test_an_unknown_key_or_a_bad_value_names_file_line_and_reason(
    tmp_path: Path, text: str, line: int, words: str
) -> None:
    path = write(tmp_path, text)
    assert complaint(path).startswith(f"{path}:{line}: ")
    assert words in complaint(path)


def test_a_missing_key_is_named(tmp_path: Path) -> None:
    path = write(tmp_path, 'site = "xa"\n')
    assert complaint(path) == f"{path}: data: missing"


def test_all_complaints_come_at_once(tmp_path: Path) -> None:
    assert len(complaint(write(tmp_path, 'site = ""\ndata = "d"\nsiet = 1\n')).splitlines()) == 2


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    assert complaint(tmp_path / "none.toml") == f"{tmp_path}/none.toml: No such file or directory"


def test_the_password_comes_from_its_file(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("s3cret\n")
    settings = load(write(tmp_path, 'site = "xa"\ndata = "d"\n[broker]\npassword_file = "secret"\n'))
    assert settings.broker.password == "s3cret"
