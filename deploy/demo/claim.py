"""The demo's folder: one owner, one demo at a time, and nothing in it but a demo."""

import fcntl
import os
import pwd
from pathlib import Path
from typing import TextIO

from deploy.demo.commune import Commune, kept_commune

LOCK, SECRETS, COMMUNE = ".lock", "secrets.json", "commune.json"


class FolderError(Exception):
    """The folder cannot be the demo's; the text says why and what helps."""


def claim(folder: Path) -> TextIO:
    """Make the folder if it is not there, and hold it until what is given back is closed, or the process ends."""
    _make(folder)
    _owned(folder)
    _a_demos(folder)
    held = (folder / LOCK).open("a+", encoding="utf-8")
    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        held.close()
        raise FolderError(f"a demo runs in {folder} already: end it, or give another folder") from None
    return held


def set_up_before(folder: Path) -> Commune | None:
    """The commune of an earlier run in a folder; None in a new one."""
    try:
        return kept_commune(folder / COMMUNE)
    except (ValueError, TypeError) as error:
        raise FolderError(f"{folder} is of another version of the demo ({error}): give an empty folder") from error


def _make(folder: Path) -> None:
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except (FileExistsError, NotADirectoryError):
        raise FolderError(f"{folder} is no folder") from None
    except OSError as error:
        raise FolderError(f"{folder} cannot be made: {error.strerror}") from error


def _owned(folder: Path) -> None:
    owner = folder.stat().st_uid
    if owner != os.geteuid():
        raise FolderError(f"{folder} belongs to {_name(owner)}, not to {_name(os.geteuid())}: give another folder")
    if not os.access(folder, os.R_OK | os.W_OK | os.X_OK):
        raise FolderError(f"{folder} cannot be written")


def _a_demos(folder: Path) -> None:
    present = {path.name for path in folder.iterdir()} - {LOCK}
    if present and SECRETS not in present:
        raise FolderError(f"{folder} holds other things than a demo ({min(present)}): give an empty folder")


def _name(user: int) -> str:
    try:
        return pwd.getpwuid(user).pw_name
    except KeyError:
        return f"user {user}"
