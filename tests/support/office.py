"""An office for tests of the node: keys, a key set, and documents signed as the real one signs them."""

from dataclasses import dataclass, field
from typing import Any

from joserfc.jwk import OKPKey

from playlists import wire
from playlists.models import (
    AlertSheet,
    Asset,
    AssetItem,
    Interval,
    Issuer,
    Key,
    KeySet,
    NodeSettings,
    Number,
    Plan,
    PlannedBroadcast,
    PlannedVersion,
    Right,
    Row,
    SheetEntry,
    Value,
)

DAY = 86_400_000
SITE, NODE, ZONE = "xa-vi-du", "node-1", "thon-1"


def asset_item(asset: Asset, language: str = "vi") -> AssetItem:
    """An item that sounds one asset."""
    return AssetItem(rows=(Row(sha256=asset.sha256, bytes=asset.bytes, frames=asset.frames, language=language),))


def broadcast(id_: str, items: tuple[AssetItem, ...], *starts: int, **fields: Any) -> PlannedBroadcast:
    """A planned broadcast with one version; `late`, `whole` and `allowance` go to the version."""
    of_version = {name: fields.pop(name) for name in ("late", "whole", "allowance") if name in fields}
    version = PlannedVersion(number=1, items=items, starts=starts, **of_version)
    return PlannedBroadcast(id=id_, versions=(version,), **fields)


@dataclass
class Office:
    """One site's office with its three keys. Every document gets a number above the one before."""

    site: str = SITE
    sequence: int = 1000
    root: OKPKey = field(default_factory=lambda: wire.new_key("root"))
    key: OKPKey = field(default_factory=lambda: wire.new_key("office"))
    emergency: OKPKey = field(default_factory=lambda: wire.new_key("office-emergency"))

    @property
    def root_key(self) -> Key:
        """Root's public half as a node holds it."""
        return Key(kid="root", x=wire.public_x(self.root), issuer="root", rights=())

    def number(self) -> Number:
        """The next number."""
        self.sequence += 1
        return Number(epoch=1, sequence=self.sequence)

    def key_set(self, *more: Key, **fields: Any) -> KeySet:
        """The office's keys and their rights."""
        routine = (Right.PLAN, Right.MESSAGE, Right.ROUTINE_SHEET)
        keys = (
            Key(kid="office", x=wire.public_x(self.key), issuer="office", rights=routine),
            Key(
                kid="office-emergency",
                x=wire.public_x(self.emergency),
                issuer="office-emergency",
                rights=(Right.EMERGENCY_SHEET,),
            ),
        )
        given: dict[str, Any] = {"to": self.site, "number": self.number(), "keys": keys + more}
        return KeySet(**given | fields)

    def plan(self, now: int, *broadcasts: PlannedBroadcast, **fields: Any) -> Plan:
        """A plan for NODE with ZONE, its window around `now` (ms UTC)."""
        issuers = tuple(Issuer(id=name, zones=(ZONE,)) for name in ("office", "office-emergency"))
        given: dict[str, Any] = {
            "to": NODE,
            "number": self.number(),
            "window": Interval(start=now - 2 * DAY, end=now + 31 * DAY),
            "key_set": "0" * 64,
            "settings": NodeSettings(),
            "zones": (ZONE,),
            "issuers": issuers,
            "broadcasts": broadcasts,
        }
        return Plan(**given | fields)

    def sheet(self, now: int, *entries: SheetEntry, **fields: Any) -> AlertSheet:
        """A sheet of `office` for ZONE."""
        given: dict[str, Any] = {
            "to": ZONE,
            "issuer": "office",
            "number": self.number(),
            "issued_at": now,
            "occurrences": entries,
        }
        return AlertSheet(**given | fields)

    def sign(self, value: Value, key: OKPKey | None = None) -> bytes:
        """Signed by root for a key set, else by `office`, unless another key is given."""
        return wire.sign(value, key or (self.root if isinstance(value, KeySet) else self.key))
