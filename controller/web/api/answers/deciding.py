"""What saving would give."""

from __future__ import annotations

from datetime import date, datetime

from controller.operations.deciding import Look
from controller.web.api.fields import Answer
from controller.web.problems import field


class ShownAnswer(Answer):
    """An airing as it would be."""

    occurrence: str
    starts_at: datetime
    ends_at: datetime


class TakenAnswer(Answer):
    """Another airing that is there; of a foreign one only its time and node. `mine`: it may be replaced."""

    starts_at: datetime
    node_name: str
    other: str | None
    title: str | None
    mine: bool


class AudienceAnswer(Answer):
    """Who hears it: the hamlets meant, others that hear too, homes counted once, nodes that are silent now."""

    hamlets: tuple[str, ...]
    others: tuple[str, ...]
    homes: int
    nodes: tuple[str, ...]
    silent: tuple[str, ...]
    unheard: tuple[str, ...]


class LackingAnswer(Answer):
    """A day that a month does not have: there it is skipped."""

    day: int
    month: int
    year: int
    leap: bool


class HolidayAnswer(Answer):
    """A public holiday, or a day on which work is done for another."""

    day: date
    name: str
    swapped: bool


class LookAnswer(Answer):
    """What saving would give; `carried`: it would be approved at once; `beside`: the others of the first session."""

    airings: list[ShownAnswer]
    problems: list[dict[str, str]]
    clashes: list[TakenAnswer]
    beside: list[TakenAnswer]
    audience: AudienceAnswer
    lacking: list[LackingAnswer]
    holidays: list[HolidayAnswer]
    carried: bool

    @classmethod
    def of(cls, look: Look, language: str) -> LookAnswer:
        """A look, its problems in a language."""
        return cls(
            airings=[ShownAnswer.model_validate(each) for each in look.airings],
            problems=[field(each, language) for each in look.problems],
            clashes=[TakenAnswer.model_validate(each) for each in look.clashes],
            beside=[TakenAnswer.model_validate(each) for each in look.beside],
            audience=AudienceAnswer.model_validate(look.audience),
            lacking=[LackingAnswer.model_validate(each) for each in look.lacking],
            holidays=[HolidayAnswer.model_validate(each) for each in look.holidays],
            carried=look.carried,
        )
