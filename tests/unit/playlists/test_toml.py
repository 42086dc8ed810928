"""Settings text: each complaint names file, line, key and reason."""

import pytest
from pydantic import BaseModel, ConfigDict, Field

from playlists.toml import SettingsError, line_of, parse


class Table(BaseModel):
    """A table that takes no other key."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")


class Inner(Table):
    size: int = Field(1, ge=1)


class Outer(Table):
    name: str
    inner: Inner = Inner()
    many: list[Inner] = []


def complaint(text: str) -> str:
    with pytest.raises(SettingsError) as caught:
        parse(text, "box.toml", Outer, {})
    return str(caught.value)


def test_good_text_becomes_the_frozen_value() -> None:
    assert parse('name = "a"\n[inner]\nsize = 3\n', "box.toml", Outer, {}) == Outer(name="a", inner=Inner(size=3))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('name = "a"\nnmae = "b"\n', "box.toml:2: nmae: unknown key"),
        ("# note\n\nname = 5\n", "box.toml:3: name: Input should be a valid string"),
        ('name = "a"\n[inner]\nsize = 0\n', "box.toml:3: inner.size: Input should be greater than or equal to 1"),
        ('name = "a"\ninner.size = 0\n', "box.toml:2: inner.size: Input should be greater than or equal to 1"),
        ('name = "a"\ninner = {size = 0}\n', "box.toml:2: inner.size: Input should be greater than or equal to 1"),
        ('name = "a"\n  [ inner ]\n  "size" = "x"\n', "box.toml:3: inner.size: Input should be a valid integer"),
        ('name = "a"\n[[many]]\nsize = 0\n', "box.toml:2: many.0.size: Input should be greater"),
        ("[inner]\nsize = 2\n", "box.toml: name: missing"),
        ('name = "a"\nname = "b"\n', "box.toml:2: Cannot overwrite a value"),
        ("name = \n", "box.toml:1: Invalid value"),
        ('name = "a"\n[inner', "box.toml:2: "),
        ("", "box.toml: name: missing"),
    ],
)
def test_what_cannot_be_used_is_named_by_line_and_reason(text: str, words: str) -> None:
    assert complaint(text).startswith(words)


def test_every_complaint_is_told_in_one_go() -> None:
    assert complaint("x = 1\n[inner]\ny = 2\n").splitlines() == [
        "box.toml: name: missing",
        "box.toml:3: inner.y: unknown key",
        "box.toml:1: x: unknown key",
    ]


def test_a_missing_key_is_told_where_its_table_stands() -> None:
    assert line_of('a = 1\n[broker]\nhost = "h"\n', ("broker", "port")) == 2
