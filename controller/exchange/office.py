"""What documents are signed with: who signs, in which epoch, for which commune, after which documents."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from controller.exchange.commune import Commune
from controller.exchange.documents import Current, Name
from controller.exchange.ports import Signer

Standing = Mapping[Name, Current]
"""The newest document under each name."""


@dataclass(frozen=True, slots=True)
class Office:
    """Who signs, in which epoch, for which commune."""

    signer: Signer
    epoch: int
    commune: Commune

    @property
    def issuers(self) -> tuple[str, ...]:
        """The issuers whose keys we hold."""
        return tuple(key.issuer for key in self.signer.keys)

    def kid(self, issuer: str) -> str:
        """The key that signs for an issuer; KeyError for one that is not ours."""
        return {key.issuer: key.kid for key in self.signer.keys}[issuer]
