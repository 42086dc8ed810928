"""What the machine's own watch keeps over a power cut, in two files of one block each, written in turn and in place: a
torn write leaves the other, and costs the card one block."""

from __future__ import annotations

import json
import os
import zlib
from dataclasses import asdict, dataclass, field
from pathlib import Path

from speaker_node.host.modem import Card
from speaker_node.host.usage import Usage

BLOCK = 4096


@dataclass(frozen=True, slots=True)
class Kept:
    """The last instant at which the node was sure of the time (ms UTC; 0: never), what it used, what the operator said
    and when it was asked."""

    alive: int = 0
    usage: Usage = field(default_factory=Usage)
    card: Card = field(default_factory=Card)
    asked: int = 0


class Slots:
    """The two files in a folder. One thread at a time."""

    def __init__(self, folder: Path) -> None:
        self._paths = (folder / "machine-0", folder / "machine-1")
        found = [(serial, kept) for serial, kept in map(_read, self._paths) if kept is not None]
        self._serial, self.kept = max(found, key=lambda each: each[0], default=(0, Kept()))

    def write(self, kept: Kept) -> None:
        """On the disk when it returns; OSError where it cannot be written."""
        self._serial += 1
        text = json.dumps({"serial": self._serial, **asdict(kept)}).encode()
        data = b"%08x %s" % (zlib.crc32(text), text)
        flags = os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW
        descriptor = os.open(self._paths[self._serial % 2], flags, 0o600)
        try:
            os.pwrite(descriptor, data.ljust(BLOCK, b"\n"), 0)
            os.fdatasync(descriptor)
        finally:
            os.close(descriptor)
        self.kept = kept


def _read(path: Path) -> tuple[int, Kept | None]:
    """Serial and record of a file; none where it is torn, or not there."""
    try:
        check, _, text = path.read_bytes()[: 2 * BLOCK].rstrip(b"\n").partition(b" ")
        if int(check, 16) != zlib.crc32(text):
            return 0, None
        fields = json.loads(text)
        serial = int(fields.pop("serial"))
        usage, card = Usage(**fields.pop("usage")), Card(**fields.pop("card"))
        return serial, Kept(usage=usage, card=card, **fields)
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return 0, None
