"""What a connection to the broker tells of itself."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Connected:
    """The broker accepted connection `connection`."""

    connection: str
    session_present: bool
    protocol: str


@dataclass(frozen=True, slots=True)
class Disconnected:
    """Connection `connection` ended, or never came to be (`was_up` False)."""

    connection: str
    reason: str
    was_up: bool


@dataclass(frozen=True, slots=True)
class Message:
    """A message of connection `connection`; `mid` is what `acknowledge` takes."""

    connection: str
    topic: str
    payload: bytes
    retained: bool
    mid: int
    qos: int


@dataclass(frozen=True, slots=True)
class Published:
    """The broker answered a publish of this connection; refused ones say why."""

    connection: str
    token: int
    refused: str | None


@dataclass(frozen=True, slots=True)
class Subscribed:
    """The broker answered a subscription; `refused` are the filters that it did not grant."""

    connection: str
    refused: tuple[str, ...]


Happening = Connected | Disconnected | Message | Published | Subscribed
