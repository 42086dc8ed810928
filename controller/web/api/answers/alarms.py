"""Alarms as the API tells them."""

from __future__ import annotations

from datetime import datetime

from controller.operations.alarms_now import AlarmView
from controller.web.api.answers.quieting import HeadAnswer
from controller.web.api.fields import Answer


class HamletAnswer(Answer):
    """A hamlet: `not_reached`, `sent`, `accepted`, `sounding` or `sounded`; seconds from the press to the sound."""

    area: str
    name: str
    state: str
    seconds: float | None
    nodes: tuple[str, ...]
    heads: tuple[HeadAnswer, ...]


class AlarmAnswer(Answer):
    """An alarm, a drill, or what answers one. `stage`: waiting, going_out, sounding, over or stopped.

    `warn`: ten or three, the minutes before its hard end at which the officer is told. `own`: one may act on it.
    """

    occurrence: str
    kind: str
    message: str
    title: str
    slots: dict[str, str]
    area: str
    zones: tuple[str, ...]
    by: str
    asked_at: datetime
    stage: str
    waits_until: datetime | None
    second_by: str | None
    starts_at: datetime | None
    ends_at: datetime | None
    stopped_at: datetime | None
    ended_by: str | None
    warn: int | None
    own: bool
    answers: tuple[str, ...]
    hamlets: tuple[HamletAnswer, ...]

    @classmethod
    def of(cls, view: AlarmView) -> AlarmAnswer:
        """An alarm."""
        return cls(
            occurrence=view.occurrence, kind=view.kind.value, message=view.message, title=view.title,
            slots=dict(view.slots), area=view.area, zones=view.zones, by=view.by, asked_at=view.asked_at,
            stage=view.stage.value, waits_until=view.waits_until, second_by=view.second_by, starts_at=view.starts_at,
            ends_at=view.ends_at, stopped_at=view.stopped_at, ended_by=view.ended_by, warn=view.warn, own=view.own,
            answers=view.answers, hamlets=tuple(HamletAnswer.model_validate(each) for each in view.hamlets),
        )  # fmt: skip
