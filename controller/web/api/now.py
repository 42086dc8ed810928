"""What acts at once: play now, stop, mute and its lifting."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter
from pydantic import Field

from controller.domain.values import AreaId, BroadcastId, OccurrenceId, ProgrammeId, ZoneId
from controller.operations import playing_now, quiet
from controller.web.api.decisions import Ids, Moment, PlaylistBody
from controller.web.api.fields import Answer, Body, Id, IdPath, Line, Made
from controller.web.identity import WebPort, Writer

router = APIRouter(tags=["now"])

Zones = Annotated[tuple[Id, ...], Field(max_length=100)]


class PlayNowBody(Body):
    """A playlist for zones at once."""

    area: Id
    programme: Id
    title: Line
    playlist: PlaylistBody
    zones: Zones


class PlayNow(PlayNowBody):
    """A playlist for zones at once. `after`: it waits for what is on air instead of interrupting."""

    after: bool = False


class PlayApproved(Body):
    """Zones in which an approved broadcast is to be played at once."""

    zones: Zones
    after: bool = False


class Mute(Body):
    """Until when all is quiet (two hours unless `until` or `span` is said), and where (all of one's branches)."""

    until: Moment | None = None
    span: quiet.Span | None = None
    areas: Ids | None = None


class Zoned(Answer):
    """The zones concerned."""

    zones: list[str]


@router.post("/play-now", status_code=201)
def play_now(body: PlayNow, actor: Writer, web: WebPort) -> Made:
    """Plays at once; the act is the approval. Answers with the occurrence's id."""
    made = playing_now.play_now(
        web.office, actor, AreaId(body.area), ProgrammeId(body.programme), body.title,
        tuple(each.value() for each in body.playlist), [ZoneId(zone) for zone in body.zones], body.after,
    )  # fmt: skip
    return Made(id=made)


@router.post("/broadcasts/{broadcast}/play-now", status_code=201)
def play_approved_now(broadcast: IdPath, body: PlayApproved, actor: Writer, web: WebPort) -> Made:
    """Plays at once what an approver approved, where it was approved for."""
    zones = [ZoneId(zone) for zone in body.zones]
    made = playing_now.play_approved_now(web.office, actor, BroadcastId(broadcast), zones, body.after)
    return Made(id=made)


@router.post("/occurrences/{occurrence}/stop", status_code=204)
def stop(occurrence: IdPath, actor: Writer, web: WebPort) -> None:
    """Stops an airing that sounds."""
    quiet.stop(web.office, actor, OccurrenceId(occurrence))


@router.post("/mutes", status_code=201)
def mute(body: Mute, actor: Writer, web: WebPort) -> Zoned:
    """Makes all quiet for a while."""
    areas = None if body.areas is None else [AreaId(area) for area in body.areas]
    return Zoned(zones=quiet.mute(web.office, actor, body.until, areas, body.span))


@router.post("/mutes/lift")
def lift(actor: Writer, web: WebPort) -> Zoned:
    """Lifts the mutes in one's own branches."""
    return Zoned(zones=quiet.lift(web.office, actor))
