"""What the exchange asks of the world."""

from __future__ import annotations

from typing import Protocol

from joserfc.jwk import OKPKey

from playlists.models import Key, Value


class Signer(Protocol):
    """The door behind which the office's keys lie."""

    @property
    def key_set(self) -> bytes:
        """The key set as root signed it."""

    @property
    def key_set_digest(self) -> str:
        """The name by which a plan calls the key set."""

    @property
    def keys(self) -> tuple[Key, ...]:
        """The public keys of the key set."""

    def public(self, kid: str) -> OKPKey | None:
        """The public half of one of our own keys."""

    def sign(self, value: Value, issuer: str) -> bytes:
        """The signed document; KeyError for an issuer that is not ours."""
