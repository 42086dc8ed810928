"""The catalogues: the msgid is the English text, `vi/LC_MESSAGES/loa.po` holds the Vietnamese.

The catalogue is compiled in memory when a program starts, so there is no compiled file to forget or to commit.
"""

from __future__ import annotations

import gettext
from collections.abc import Mapping
from functools import cache
from io import BytesIO
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

FOLDER = Path(__file__).parent
FIRST = "vi"
LANGUAGES = ("vi", "en")
"""The languages that people may choose; the first is what nobody needs to ask for."""


def catalogue_file(language: str) -> Path:
    """Where the catalogue of a language lies; English needs none."""
    return FOLDER / language / "LC_MESSAGES" / "loa.po"


@cache
def translations(language: str) -> gettext.NullTranslations:
    """The texts of a language; those of the first language where it is unknown."""
    if language not in LANGUAGES:
        return translations(FIRST)
    if not catalogue_file(language).exists():
        return gettext.NullTranslations()
    with catalogue_file(language).open("rb") as file:
        catalogue = read_po(file, locale=language, domain="loa")
    compiled = BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)


def sentence(language: str, message: str, params: Mapping[str, object] | None = None) -> str:
    """A message (English, with named places like `{name}`) in a language, its places filled in."""
    text = translations(language).gettext(message) if message else ""
    return text.format(**params) if params else text


def N_(msgid: str) -> str:  # noqa: N802 - the name that gettext's tools know
    """Marks a text for the catalogues; it is looked up later, in the reader's language."""
    return msgid
