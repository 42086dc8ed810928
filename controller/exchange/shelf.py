"""What should lie at the broker and what, as far as we know, does; pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from controller.exchange.documents import PLAN, SHEET, Current, Name
from playlists import wire
from playlists.topics import Lane, Topics


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A message to carry. `document` is the row of a retained document; an urgent one goes before all others."""

    topic: str
    payload: bytes
    retained: bool = False
    document: int | None = None
    urgent: bool = False


class Shelf:
    """The newest signed documents, and by what was published or seen which of them the broker holds."""

    def __init__(self, topics: Topics) -> None:
        self._topics = topics
        self._there: dict[str, str] = {}
        # What we published and the broker has not brought back yet, by topic, oldest first.
        self._coming: dict[str, list[str]] = {}
        self._names: dict[str, Name] = {}
        self.standing: dict[Name, Current] = {}

    def put(self, documents: Iterable[Current]) -> None:
        """These are the newest now."""
        for document in documents:
            self.standing[document.name] = document
            self._names[self.topic(document.name)] = document.name

    def topic(self, name: Name) -> str:
        """Where a document lies."""
        kind, to, issuer = name
        return self._topics.node(to, Lane.PLAN) if kind == PLAN else self._topics.alert(to, issuer)

    def forget(self) -> None:
        """A new connection: nothing is known of what the broker holds."""
        self._there.clear()
        self._coming.clear()

    def seen(self, topic: str, payload: bytes) -> bool:
        """The broker holds this; whether it is our newest document. Where none of ours lies, nothing is remembered.

        An echo of our own while a later one of ours is on its way says nothing: the later one will lie there.
        """
        if topic in self._names and not self._overtaken(topic, digest := wire.digest(payload)):
            self._there[topic] = digest
        return self._lies(topic)

    def published(self, topic: str, payload: bytes) -> None:
        """This was handed to the broker."""
        self._there[topic] = wire.digest(payload)
        self._coming.setdefault(topic, []).append(self._there[topic])

    def lost(self, topic: str) -> None:
        """The broker refused it, or may have."""
        self._there.pop(topic, None)
        self._coming.pop(topic, None)

    def lies(self, name: Name) -> bool:
        """Whether the broker holds the newest document of that name."""
        return self._lies(self.topic(name))

    def to_publish(self) -> list[Outgoing]:
        """What differs from what the broker holds: sheets first, then plans, those signed earlier first."""
        missing = [
            each for topic, name in self._names.items() if not self._lies(topic) for each in [self.standing[name]]
        ]
        missing.sort(key=lambda each: (each.name[0] != SHEET, each.id))
        return [self.outgoing(each) for each in missing]

    def outgoing(self, document: Current) -> Outgoing:
        """A document as the message that carries it."""
        urgent = document.name[0] == SHEET
        return Outgoing(self.topic(document.name), document.signed, retained=True, document=document.id, urgent=urgent)

    def _overtaken(self, topic: str, digest: str) -> bool:
        """Whether this is an echo, and not of the last that we published there; a broker keeps a topic's order."""
        coming = self._coming.get(topic, [])
        if digest not in coming:
            return False
        del coming[: coming.index(digest) + 1]
        return bool(coming)

    def _lies(self, topic: str) -> bool:
        name = self._names.get(topic)
        return name is not None and self._there.get(topic) == self.standing[name].digest
