"""What a diagnosis is made of: the case, the rows of the table, the sentence that comes out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

from controller.domain.facts import NodeFacts, OfficeLink, is_silent
from controller.domain.habits import Habits
from controller.domain.signs import FaultKind

Params = Mapping[str, str]


class Tone(StrEnum):
    """How it is shown: nobody hears this node, something is at risk, nothing is known, all is well, quiet by will."""

    BAD = "bad"
    WARN = "warn"
    UNKNOWN = "unknown"
    GOOD = "good"
    QUIET = "quiet"


@dataclass(frozen=True, slots=True)
class Sentence:
    """A text (English, the msgid) with what fills its places."""

    message: str
    params: Params = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """What is the matter, what that rests on, and what to do (None: nothing). `rule` names the row."""

    rule: str
    tone: Tone
    sentence: Sentence
    evidence: tuple[Sentence, ...] = ()
    act: Sentence | None = None


@dataclass(frozen=True, slots=True)
class Crowd:
    """The nodes that fell silent together with this one: how many of how many in the area, and what they share.

    `operator`: that of all of them, where no node of another is among them; `low_voltage`: how many told it before.
    """

    area: str
    since: datetime
    nodes: int
    of: int
    operator: str = ""
    low_voltage: int = 0


@dataclass(frozen=True, slots=True)
class Case:
    """All that the sentence may rest on. `zone`: of the node; `quiet_until`: a silence is in force, until then.

    `unwatched_since`: nobody at the office has looked since then. `mended`: what was wrong a moment ago, from–to.
    """

    facts: NodeFacts
    link: OfficeLink
    now: datetime
    zone: ZoneInfo
    crowd: Crowd | None = None
    habits: Habits = field(default_factory=Habits)
    quiet_until: datetime | None = None
    unwatched_since: datetime | None = None
    mended: Mapping[FaultKind, tuple[datetime, datetime]] = field(default_factory=dict)

    @property
    def silent(self) -> bool:
        """Whether it is past its bound."""
        return is_silent(self.facts, self.link, self.now)

    @property
    def heard(self) -> datetime:
        """Its last word; only asked of a node that was heard."""
        assert self.facts.heard_at is not None
        return self.facts.heard_at

    def at(self, moment: datetime) -> str:
        """`04:52`, with the day where it is not today."""
        local, today = moment.astimezone(self.zone), self.now.astimezone(self.zone).date()
        return f"{local:%H:%M}" if local.date() == today else f"{local:%H:%M} {local:%d/%m/%Y}"


@dataclass(frozen=True, slots=True)
class Found:
    """That a row holds: what fills its sentence, and what it rests on."""

    params: Params = field(default_factory=dict)
    evidence: tuple[Sentence, ...] = ()


@dataclass(frozen=True, slots=True)
class Rule:
    """A row: when it holds, what is then said, and what to do."""

    name: str
    tone: Tone
    holds: Callable[[Case], Found | None]
    message: str
    act: str = ""


def say(message: str, **params: object) -> Sentence:
    """A sentence with what fills its places."""
    return Sentence(message, {name: str(value) for name, value in params.items()})
