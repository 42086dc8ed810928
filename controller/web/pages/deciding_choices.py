"""How the form of deciding names what can be chosen: sessions of days, times of their own, late rules."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, time

from controller.domain.values import Late, LateKind, SessionId
from controller.web.pages.deciding_typed import Typed, day_of, times_of


@dataclass(frozen=True)
class When:
    """The first day, and either a session or times of its own; None and () for what is not understood."""

    day: date | None
    session: SessionId | None = None
    times: tuple[time, ...] = ()

    @property
    def at(self) -> time | None:
        """The first of its own times."""
        return self.times[0] if self.times else None


def when_of(typed: Typed, today: date) -> When:
    """What is chosen of the times: one of the offered, or a day and time of its own."""
    said = typed.get("when", "")
    if said == "own":
        return When(day_of(typed.get("day", ""), today), times=times_of(typed.get("time", "")))
    place, _, day = (typed.get("slot", ""), "", typed.get("day", "")) if said == "slot" else said.partition(" ")
    if place.startswith("@"):
        return When(day_of(day, today), times=times_of(place[1:]))
    return When(day_of(day, today), session=SessionId(place) if place else None)


def slot(session: SessionId, day: date) -> str:
    """How the form names a session of a day."""
    return f"{session} {day.isoformat()}"


def own_slot(at: time, day: date) -> str:
    """How the form names an offered time of its own."""
    return f"@{at:%H:%M} {day.isoformat()}"


def late_of(said: str) -> Late:
    """The late rule of a choice of the form: `whole 9000`, `join` or `skip`."""
    kind, _, seconds = said.partition(" ")
    if kind not in set(LateKind):
        return Late()
    return Late(LateKind(kind), int(seconds) if seconds.isdecimal() and len(seconds) < 8 else 0)


def late_choice(late: Late) -> str:
    """How the form names a late rule."""
    return f"{late.kind.value} {late.within_s}" if late.kind is LateKind.WHOLE else late.kind.value
