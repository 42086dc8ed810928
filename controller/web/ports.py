"""What the web asks of the world beside operations: the studio that makes assets, the folder that keeps them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from controller.operations.acting import Office
from controller.operations.ports import MadeAsset


class Original(Protocol):
    """An upload as it was given, in the media folder."""

    @property
    def sha256(self) -> str: ...
    @property
    def path(self) -> Path: ...


class Made(MadeAsset, Protocol):
    """A finished asset with the name of its upload and the upload itself."""

    @property
    def name(self) -> str: ...
    @property
    def original(self) -> Original: ...


@dataclass(frozen=True)
class Studio:
    """Makes assets and finds them again.

    `make(upload, name)` raises domain Refused for the upload and OSError for the machine; `speak(text, voice, wav)`
    and `cut(source, name, begin, end)`, which makes an asset of some seconds of a stored file, likewise. `making` is
    where unfinished uploads lie; `largest` bounds them in bytes.
    """

    make: Callable[[Path, str], Made]
    cut: Callable[[Path, str, float, float], Made]
    speak: Callable[[str, str, Path], None]
    asset: Callable[[str], Path | None]
    original: Callable[[str], Path | None]
    making: Path
    largest: int
    voices: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Web:
    """All that pages and API work with. `address` is how people reach them; `recordings`: node → its sink's folder;
    `uploads`: the folder of what nodes bring.

    `secret` never stands in the database: what is kept there of a request is keyed with it.
    """

    office: Office
    studio: Studio
    address: str
    secret: bytes
    uploads: Path
    recordings: Mapping[str, Path] = field(default_factory=dict)

    @property
    def secure(self) -> bool:
        """Whether people come by HTTPS."""
        return self.address.startswith("https://")
