"""The message book: the prepared messages of a commune, which every node holds before they are needed."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from functools import cached_property
from typing import Annotated, Literal

from pydantic import Field

from playlists.models import Asset, AssetItem, Row
from playlists.values import Ident, Kind, Language, SlotValue, Value

NO_SPEECH: Language = "zxx"
"""The language of a clip that is no speech (BCP 47): an attention tone sounds once, whatever is spoken after it."""


class Clip(Row):
    """A pinned recording: of fixed words (`value` empty), or of one value of a slot, in one language."""

    name: Ident
    value: SlotValue = ""


class Part(Value):
    """A stretch of a prepared message: fixed words by their clip's name, or a slot that the officer fills."""

    name: Ident
    slot: bool = False


class PreparedMessage(Value):
    """What one tile says: once the `opening` (clips without speech), then the parts, whole, in each language.

    `kind` is the only kind of entry that may carry it, so that no flag turns a drill into an alarm.
    """

    name: Ident
    kind: Kind
    opening: Annotated[tuple[Ident, ...], Field(max_length=4)] = ()
    parts: Annotated[tuple[Part, ...], Field(min_length=1, max_length=16)]


class MessageBook(Value):
    """Prepared messages and their clips: (name, slot value, language) → asset."""

    kind: Literal["book"] = "book"
    messages: Annotated[tuple[PreparedMessage, ...], Field(max_length=64)] = ()
    clips: Annotated[tuple[Clip, ...], Field(max_length=2000)] = ()

    @cached_property
    def _clips(self) -> Mapping[tuple[str, str, str], Clip]:
        return {(clip.name, clip.value, clip.language): clip for clip in self.clips}

    def message(self, name: str, kind: Kind) -> PreparedMessage | None:
        """A prepared message by its name, if it is of this kind."""
        return next((each for each in self.messages if each.name == name and each.kind is kind), None)

    def languages(self, message: PreparedMessage) -> tuple[str, ...]:
        """The languages in which its fixed words are whole, in the order in which the book first names them."""
        spoken = dict.fromkeys(clip.language for clip in self.clips if clip.language != NO_SPEECH)
        fixed = [part.name for part in message.parts if not part.slot]
        return tuple(language for language in spoken if all((name, "", language) in self._clips for name in fixed))

    def items(
        self, name: str, kind: Kind, slots: Iterable[tuple[str, str]], languages: Collection[str]
    ) -> tuple[AssetItem, ...]:
        """The message as these languages say it, whole in one before the next; none if the book has no such message.

        A language in which its fixed words are not whole is left out; none is whole: the book's first that is. A slot
        without its clip is left out: what can be said is said.
        """
        message = self.message(name, kind)
        if message is None:
            return ()
        wanted = self._wanted(message, languages)
        return tuple(_item(clip) for clip in self._said(message, dict(slots), wanted))

    def _said(self, message: PreparedMessage, slots: Mapping[str, str], languages: Iterable[str]) -> Iterator[Clip]:
        keys = [(name, "", NO_SPEECH) for name in message.opening]
        for language in languages:
            keys += [(part.name, slots.get(part.name, "") if part.slot else "", language) for part in message.parts]
        yield from (self._clips[key] for key in keys if key in self._clips)

    def cores(self, name: str, kind: Kind, languages: Collection[str]) -> tuple[frozenset[str], ...]:
        """Of each language in which it is said, the assets without which it says nothing: its fixed words."""
        message = self.message(name, kind)
        if message is None:
            return ()
        fixed = [part.name for part in message.parts if not part.slot]
        found = (
            frozenset(self._clips[name, "", language].sha256 for name in fixed)
            for language in self._wanted(message, languages)
        )
        return tuple(filter(None, found))

    def lacks(self, name: str, kind: Kind, slots: Iterable[tuple[str, str]], languages: Collection[str]) -> list[str]:
        """What keeps the message from being said whole: its name, or a slot that no clip fills in some language."""
        message = self.message(name, kind)
        if message is None:
            return [name]
        said = dict(slots)
        return [
            part.name
            for part in message.parts
            if part.slot and any((part.name, said.get(part.name, ""), each) not in self._clips for each in languages)
        ]

    def assets(self) -> tuple[Asset, ...]:
        """Every clip's asset, each once."""
        return _assets(self.clips)

    def needed(self, languages: Collection[str]) -> tuple[Asset, ...]:
        """What a node that speaks these languages may ever say of it, each once: the messages' own words first, then
        every value of their slots."""
        fixed: list[Clip] = []
        filled: list[Clip] = []
        for message in self.messages:
            wanted = self._wanted(message, languages)
            fixed += self._said(message, {}, wanted)
            slots = {part.name for part in message.parts if part.slot}
            filled += (clip for clip in self.clips if clip.name in slots and clip.language in wanted)
        return _assets((*fixed, *filled))

    def _wanted(self, message: PreparedMessage, languages: Collection[str]) -> list[str]:
        """The languages in which these say it: those of them that are whole; none is: the book's first that is."""
        whole = self.languages(message)
        return [each for each in dict.fromkeys(languages) if each in whole] or list(whole[:1])


def _assets(clips: Iterable[Clip]) -> tuple[Asset, ...]:
    return tuple({clip.sha256: Asset.model_validate(clip.model_dump()) for clip in clips}.values())


def _item(clip: Clip) -> AssetItem:
    return AssetItem(rows=(Row(sha256=clip.sha256, bytes=clip.bytes, frames=clip.frames, language=clip.language),))
