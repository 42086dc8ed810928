"""What a hostile owner of a broker can make of what he hears: forged, mutated, replayed, truncated, swapped, spliced.

He hears every genuine document and has no key of ours. None of what a Forger makes may be taken by the node.
"""

from __future__ import annotations

import base64
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from joserfc.jwk import OKPKey

from playlists import wire
from playlists.models import AlertSheet, KeySet, Number, Plan, Request, Value, Welcome
from playlists.topics import Lane
from tests.support.office import Office

LANES = (Lane.PLAN, Lane.MSG, Lane.ALERT)


@dataclass(frozen=True)
class Heard:
    """Genuine documents: what the node holds now, older ones that were for it, those for others, and answers to
    questions that it no longer asks."""

    held: Sequence[bytes]
    old: Sequence[bytes]
    others: Sequence[bytes]
    answers: Sequence[bytes]

    @property
    def all(self) -> Sequence[bytes]:
        """Every one of them."""
        return (*self.held, *self.old, *self.others, *self.answers)


@dataclass(frozen=True)
class Forged:
    """A message that must not be taken; `way`: how it was made."""

    way: str
    lane: Lane
    data: bytes


class Forger:
    """Endless forgeries for one node, the same for the same seed; the names are read off the wire. `repeats`: among
    them what the node holds already, which it hears again without a word."""

    def __init__(
        self, seed: int, heard: Heard, site: str, node: str, zone: str, names: Mapping[str, str], repeats: bool = False
    ) -> None:
        self._chance, self._heard, self._node, self._zone = random.Random(seed), heard, node, zone
        root, key = wire.new_key(names["root"]), wire.new_key(names["office"])
        self._liar = Office(site=site, root=root, key=key, emergency=wire.new_key(names["office-emergency"]))
        self._ways: Mapping[str, Callable[[], bytes]] = {
            "forged": self._forged,
            "mutated": self._mutated,
            "truncated": self._truncated,
            "spliced": self._spliced,
            "old number": lambda: self._one(heard.old),
            "of another node": lambda: self._one(heard.others),
            "wrong nonce": lambda: self._one(heard.answers),
            "rubbish": self._rubbish,
        }
        if not heard.answers:
            self._ways = {way: make for way, make in self._ways.items() if way != "wrong nonce"}
        if repeats:
            self._ways = {**self._ways, "replayed": lambda: self._one(heard.held)}

    def next(self) -> Forged:
        """One more, on whatever topic of the node's."""
        way = self._chance.choice(list(self._ways))
        return Forged(way, self._chance.choice(LANES), self._ways[way]())

    def _one(self, several: Sequence[bytes]) -> bytes:
        return self._chance.choice(several)

    def _forged(self) -> bytes:
        """Whole and well made, signed by keys that bear the names of ours."""
        liar, now = self._liar, self._chance.randrange(0, 2**42)
        liar.sequence = self._chance.randrange(1, 2**52)
        number = Number(epoch=self._chance.randrange(1, 2**20), sequence=liar.sequence)
        nonce, word = f"{self._chance.getrandbits(64):016x}", f"{self._chance.getrandbits(64):016x}"
        issuer = self._chance.choice(("office", "office-emergency"))
        value: Value = self._chance.choice(
            (
                lambda: liar.plan(now, to=self._node, number=number),
                lambda: liar.sheet(now, to=self._zone, issuer=issuer, mute_until=now + 3_600_000),
                lambda: liar.key_set(),
                lambda: Welcome(to=self._node, nonce=nonce, time=now, stream=word),
                lambda: Request(to=self._node, nonce=nonce, id=word, expires_at=now, action="test_tone"),
            )
        )()
        return liar.sign(value, self._signer(value))

    def _signer(self, value: Value) -> OKPKey:
        liar = self._liar
        right = liar.root if isinstance(value, KeySet) else liar.key
        return right if self._chance.random() < 0.8 else self._chance.choice((liar.root, liar.key, liar.emergency))

    def _mutated(self) -> bytes:
        """A genuine one in which one to three characters are others."""
        data = bytearray(self._one(self._heard.all))
        before = bytes(data)
        while bytes(data) == before:
            for _ in range(self._chance.randint(1, 3)):
                data[self._chance.randrange(len(data))] = self._chance.randrange(256)
        return bytes(data)

    def _truncated(self) -> bytes:
        data = self._one(self._heard.all)
        return data[: self._chance.randrange(1, len(data))]

    def _spliced(self) -> bytes:
        """Header, payload and signature of genuine ones, but not of the same."""
        while True:
            parts = [self._one(self._heard.all).split(b".")[place] for place in range(3)]
            made = b".".join(parts)
            if made not in self._heard.all:
                return made

    def _rubbish(self) -> bytes:
        return self._chance.randbytes(self._chance.randint(1, 400))


def sorted_out(documents: Sequence[bytes], node: str, zones: Sequence[str], site: str) -> Heard:
    """Genuine documents in the order in which they were heard, by what they are to a node."""
    newest: dict[tuple[str, str, str], bytes] = {}
    old: list[bytes] = []
    others: list[bytes] = []
    answers: list[bytes] = []
    for data in documents:
        value = wire.decode_document(unverified(data))
        to = getattr(value, "to", "")
        if isinstance(value, Plan | AlertSheet | KeySet) and to in (node, *zones, site):
            slot = (value.kind, to, getattr(value, "issuer", ""))
            old += [newest[slot]] if slot in newest and newest[slot] != data else []
            newest[slot] = data
        elif to != node:
            others.append(data)
        elif isinstance(value, Welcome | Request):
            answers.append(data)
    return Heard(tuple(newest.values()), old, others, answers)


def unverified(data: bytes) -> bytes:
    """The payload of signed bytes, whoever signed them."""
    packed = data.split(b".")[1]
    return wire.inflate(base64.urlsafe_b64decode(packed + b"=" * (-len(packed) % 4)))
