"""Who looks at a page: when, where, in which language."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from controller.locale import sentence
from controller.web.words import State

Listen = Callable[[str, str], tuple[str, ...]]
"""(node, occurrence) → the addresses of its recordings, oldest first; none where nothing was recorded."""


@dataclass(frozen=True)
class Eye:
    """Who looks, when, where, what can be listened to; `site`: the address under which people reach the pages."""

    now: datetime
    zone: ZoneInfo
    language: str
    listen: Listen
    site: str = ""

    def say(self, message: str, **params: object) -> str:
        """A message in the reader's language."""
        return sentence(self.language, message, params)

    def state(self, sign: str, word: str, tone: str = "none") -> State:
        """A state whose word is a message."""
        return State(sign, self.say(word), tone)
