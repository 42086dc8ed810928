"""One airing as it stands."""

from __future__ import annotations

from datetime import datetime

from controller.operations.airing import Opened
from controller.operations.rights import Right
from controller.web.api.answers.broadcasts import ItemAnswer, VersionAnswer
from controller.web.api.answers.ledger import OccurrenceAnswer
from controller.web.api.fields import Answer
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
