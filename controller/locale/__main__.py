"""`python -m controller.locale` brings the catalogues up to date with the code; `--check` only says what they lack."""

from __future__ import annotations

import argparse
import ast
import sys
import unicodedata
from collections.abc import Iterator
from pathlib import Path
from string import Formatter

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

from controller.locale import LANGUAGES, catalogue_file

SOURCE = Path(__file__).parent.parent
_HEADER = r"""msgid ""
msgstr ""
"Project-Id-Version: Loa\n"
"Language: LANGUAGE\n"
"MIME-Version: 1.0\n"
"Content-Type: text/plain; charset=utf-8\n"
"Content-Transfer-Encoding: 8bit\n"

"""
_MARKED = {"N_": (0,), "Problem": (2,), "say": (0,), "Rule": (3, 4)}
"""Calls that hold messages, and as which arguments; a name `message` holds one too."""


def extracted() -> Catalog:
    """Every message of the code and the templates, with where it stands."""
    found = Catalog(project="Loa", charset="utf-8")
    for path in sorted(SOURCE.rglob("*.py")):
        for line, message in _in_code(ast.parse(path.read_text(encoding="utf-8"))):
            found.add(message, None, [(str(path.relative_to(SOURCE.parent)), line)])
    templates = extract_from_dir(SOURCE, [("**/templates/**.html", "jinja2")], keywords={"_": None})
    for name, line, text, _, _ in templates:
        found.add(str(text), None, [(f"controller/{name}", line)])
    return found


def catalogue(language: str) -> Catalog:
    """A language's catalogue as it lies on disk."""
    with catalogue_file(language).open("rb") as file:
        return read_po(file, locale=language, domain="loa")


def complaints(language: str, wanted: Catalog) -> Iterator[str]:
    """What a catalogue lacks, has too much, or has in another form than NFC."""
    held = catalogue(language)
    for message in wanted:
        if message.id and not _translated(held.get(message.id, message.context)):
            yield f"{language}: no text for {message.id!r} ({_place(message)})"
    for message in held:
        if message.id and message.id not in wanted:
            yield f"{language}: {message.id!r} is no longer used"
        yield from (f"{language}: {message.id!r} is not NFC" for text in _texts(message) if not _nfc(text))
        if message.id and any(_places(text) != _places(str(message.id)) for text in _texts(message) if text):
            yield f"{language}: {message.id!r} is translated with other places to fill"


def update(language: str, wanted: Catalog) -> None:
    """Take over the messages of the code; texts that are still used stay, others go."""
    held = catalogue(language)
    held.update(wanted, no_fuzzy_matching=True, update_creation_date=False)
    held.obsolete.clear()
    with catalogue_file(language).open("wb") as file:
        file.write(_HEADER.replace("LANGUAGE", language).encode())
        write_po(file, held, width=120, sort_output=True, omit_header=True, no_location=True)


def main(arguments: list[str] | None = None) -> int:
    """0 when every catalogue is complete."""
    parser = argparse.ArgumentParser(prog="python -m controller.locale", description=__doc__)
    parser.add_argument("--check", action="store_true", help="change nothing, end with 1 where something is lacking")
    wanted = extracted()
    known = [language for language in LANGUAGES if catalogue_file(language).exists()]
    if not parser.parse_args(arguments).check:
        for language in known:
            update(language, wanted)
    found = [complaint for language in known for complaint in complaints(language, wanted)]
    for complaint in found:
        print(complaint, file=sys.stderr)
    return 1 if found else 0


def _in_code(tree: ast.Module) -> Iterator[tuple[int, str]]:
    for node in ast.walk(tree):
        held: list[ast.expr] = []
        match node:
            case ast.Call(func=ast.Name(id=name), args=arguments) if name in _MARKED:
                held = [arguments[place] for place in _MARKED[name] if place < len(arguments)]
            case ast.Assign(targets=[ast.Name(id="message")], value=value):
                held = [value]
        for each in held:
            if isinstance(each, ast.Constant) and isinstance(each.value, str) and each.value:
                yield each.lineno, each.value


def _translated(message: Message | None) -> bool:
    return message is not None and bool(message.string) and not message.fuzzy and all(_texts(message))


def _texts(message: Message) -> list[str]:
    return [message.string] if isinstance(message.string, str) else list(message.string or ())


def _places(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name}


def _nfc(text: str) -> bool:
    return unicodedata.is_normalized("NFC", text)


def _place(message: Message) -> str:
    return ", ".join(f"{name}:{line}" for name, line in message.locations[:2])


if __name__ == "__main__":
    raise SystemExit(main())
