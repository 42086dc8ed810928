"""One airing as it stands."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from controller.operations.airing import Opened
from controller.operations.editing import EditLook
from controller.operations.rights import Right
from controller.web.api.answers.broadcasts import ItemAnswer, VersionAnswer, scope_answer
from controller.web.api.answers.deciding import LookAnswer
from controller.web.api.answers.ledger import OccurrenceAnswer
from controller.web.api.fields import Answer
from controller.web.problems import field
from controller.web.recordings import Recordings

_WORDS = {
    Right.SUBMIT: "edit",
    Right.WITHDRAW: "withdraw",
    Right.STOP: "stop",
    Right.APPROVE: "approve",
    Right.PLAY_NOW_APPROVED: "play_now",
}


class AiringAnswer(Answer):
    """An airing: what is heard where and when, by which version, and what became of it.

    `newer`: the version that would govern it once approved. `may`: what the asker may do.
    """

    id: str
    broadcast: str
    area: str
    programme: str
    title: str
    state: str
    nominal: datetime
    starts_at: datetime
    ends_at: datetime
    playlist: list[ItemAnswer]
    hamlets: list[str]
    version: VersionAnswer | None
    newer: VersionAnswer | None
    result: OccurrenceAnswer | None
    may: list[str]

    @classmethod
    def of(cls, seen: Opened, recordings: Recordings) -> AiringAnswer:
        """An airing as it was opened."""
        shown = seen.airing
        return cls(
            id=seen.occurrence, broadcast=seen.broadcast.id, area=seen.broadcast.owner,
            programme=seen.broadcast.programme.id, title=seen.title, state=seen.state.value,
            nominal=seen.nominal, starts_at=seen.starts_at, ends_at=seen.ends_at,
            playlist=[ItemAnswer.model_validate(each) for each in (shown.playlist if shown else ())],
            hamlets=list(seen.hamlets),
            version=None if seen.version is None else VersionAnswer.of(seen.version),
            newer=None if seen.newer is None else VersionAnswer.of(seen.newer),
            result=None if seen.result is None else OccurrenceAnswer.of(seen.result, recordings),
            may=sorted(word for right, word in _WORDS.items() if right in seen.may),
        )  # fmt: skip


class ShiftedAnswer(Answer):
    """Another airing that would start at another moment; no names where it is foreign."""

    broadcast: str | None
    title: str | None
    before: datetime
    after: datetime


class EditLookAnswer(Answer):
    """What saving an edit would give. `look` and `scope` are null where it makes no version; `today`: today's remaining
    starts, which `rest` includes; `instead`: a waiting version whose place it would take."""

    problems: list[dict[str, str]]
    look: LookAnswer | None
    scope: dict[str, Any] | None
    shifted: list[ShiftedAnswer]
    today: list[datetime]
    instead: int | None

    @classmethod
    def of(cls, seen: EditLook, language: str) -> EditLookAnswer:
        """A look at an edit, its problems in a language."""
        return cls(
            problems=[field(each, language) for each in seen.problems],
            look=None if seen.look is None else LookAnswer.of(seen.look, language),
            scope=None if seen.scope is None else scope_answer(seen.scope),
            shifted=[ShiftedAnswer.model_validate(each) for each in seen.shifted],
            today=list(seen.today),
            instead=seen.instead,
        )
