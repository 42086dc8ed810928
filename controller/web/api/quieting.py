"""Silences with their receipts, and what became of a withdrawn broadcast."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter
from pydantic import Field

from controller.domain.silences import SilenceId, Why
from controller.domain.values import AreaId, BroadcastId
from controller.operations import silencing, withdrawing
from controller.web.api.answers.quieting import SilenceAnswer, SilenceDetail, UnreceivedAnswer, WithdrawnAnswer
from controller.web.api.decisions import Ids, Moment
from controller.web.api.fields import Body, IdPath, Line, Made
from controller.web.identity import Reader, WebPort, Writer
from playlists.models import Kind

router = APIRouter(tags=["quiet"])


class NewSilence(Body):
    """Where, from when to when, of what (no kinds: all routine) and why it is to be quiet."""

    areas: Ids
    begin: Moment
    end: Moment
    kinds: Annotated[tuple[Kind, ...], Field(max_length=8)] = ()
    why: Why
    note: Line = ""


@router.get("/silences")
def silences(actor: Reader, web: WebPort) -> list[SilenceAnswer]:
    """The silences that touch one's branches, with their receipts."""
    return [SilenceAnswer.of(each) for each in silencing.silences(web.office, actor)]


@router.post("/silences", status_code=201)
def place_silence(body: NewSilence, actor: Writer, web: WebPort) -> Made:
    """Makes places of one's branches quiet."""
    areas = [AreaId(area) for area in body.areas]
    made = silencing.place_silence(web.office, actor, areas, body.begin, body.end, body.kinds, body.why, body.note)
    return Made(id=made)


@router.get("/silences/{silence}")
def silence(silence: IdPath, actor: Reader, web: WebPort) -> SilenceDetail:
    """One silence: its receipts, and what falls silent."""
    return SilenceDetail.of(silencing.silence(web.office, actor, SilenceId(silence)))


@router.post("/silences/{silence}/lift", status_code=204)
def lift_silence(silence: IdPath, actor: Writer, web: WebPort) -> None:
    """Ends a silence early."""
    silencing.lift_silence(web.office, actor, SilenceId(silence))


@router.get("/unreceived-silences")
def unreceived(actor: Reader, web: WebPort) -> list[UnreceivedAnswer]:
    """The nodes that would sound within the hour into a silence of which no receipt is known."""
    return [UnreceivedAnswer.of(each) for each in silencing.unreceived(web.office, actor)]


@router.get("/broadcasts/{broadcast}/withdrawn")
def withdrawn(broadcast: IdPath, actor: Reader, web: WebPort) -> WithdrawnAnswer:
    """A withdrawn broadcast with its nodes in three lists: played, will not, may still."""
    return WithdrawnAnswer.of(withdrawing.three_lists(web.office, actor, BroadcastId(broadcast)))
