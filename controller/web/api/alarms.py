"""Alarms and drills: raised, agreed to, extended, corrected, ended, and how far they have come."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Request
from pydantic import Field, StringConstraints

from controller.domain.alarms import CORRECTION
from controller.domain.values import AreaId, OccurrenceId, ZoneId
from controller.operations import alarming, alarms_now, pins
from controller.operations.acting import Actor
from controller.operations.alarm_rows import AlarmWish
from controller.web.api.answers.alarms import AlarmAnswer
from controller.web.api.decisions import PlaylistBody
from controller.web.api.fields import Body, Id, IdPath, Line, Made, Secret
from controller.web.identity import Reader, WebPort, Writer, visit_of
from controller.web.ports import Web

router = APIRouter(tags=["alarms"])

Pin = Annotated[str, StringConstraints(max_length=20)]
SlotValue = Annotated[Line, StringConstraints(max_length=40)]
Slots = Annotated[dict[Id, SlotValue], Field(max_length=8)]
Minutes = Annotated[int, Field(ge=-(2**31), le=2**31)]


class NewDrill(Body):
    """A prepared message with what fills its slots, in zones, in the name of an area."""

    area: Id
    message: Id
    zones: Annotated[tuple[Id, ...], Field(max_length=100)]
    slots: Slots = Field(default_factory=dict)
    minutes: Minutes | None = None
    every_s: Minutes | None = None
    pin: Pin | None = None

    def wish(self, pinned: bool, playlist: PlaylistBody = ()) -> AlarmWish:
        """As operations have it."""
        zones = tuple(dict.fromkeys(map(ZoneId, self.zones)))
        items = tuple(each.value() for each in playlist)
        area, times = AreaId(self.area), (self.minutes, self.every_s)
        return AlarmWish(area, self.message, zones, self.slots, items, *times, pinned)


class NewAlarm(NewDrill):
    """An alarm: the playlist, if there is one, follows the prepared words in each pass."""

    playlist: PlaylistBody = ()


class AlarmByPin(NewAlarm):
    """An alarm by a user name and its PIN, on a device that knows the person."""

    username: Line
    pin: Pin


class NewPin(Body):
    """One's password and the new PIN."""

    password: Secret
    pin: Pin


class Longer(Body):
    """For how many minutes from now; the area's own limit unless it is said."""

    minutes: Minutes | None = None


class Refusal(Body):
    """Why it is not to go out."""

    why: Line = ""


class Correction(Body):
    """What is said in place of an alarm: a prepared correction, with a recording that follows it."""

    message: Id = CORRECTION
    slots: Slots = Field(default_factory=dict)
    playlist: PlaylistBody = ()


class Ended(Body):
    """The alarms that are over."""

    occurrences: Annotated[tuple[Id, ...], Field(max_length=100)]


@router.get("/alarms")
def alarms(actor: Reader, web: WebPort) -> list[AlarmAnswer]:
    """The alarms that touch one's branches and live, wait, or were over within 12 hours."""
    return [AlarmAnswer.of(each) for each in alarms_now.alarms_now(web.office, actor)]


@router.post("/alarms", status_code=201)
def raise_alarm(body: NewAlarm, actor: Writer, web: WebPort) -> Made:
    """Raises an alarm; the act is the approval. Answers with its id: that of the same words, where they sound."""
    return Made(id=alarming.raise_alarm(web.office, actor, body.wish(_pinned(web, actor, body), body.playlist)))


@router.post("/alarms/by-pin", status_code=201)
def raise_by_pin(body: AlarmByPin, request: Request, web: WebPort) -> Made:
    """Raises an alarm by PIN alone, on a device that knows the person, though their sign-in may be over."""
    visit = visit_of(request, remember=False)
    who = pins.enter(web.office, body.username, body.pin, visit)
    made = alarming.raise_alarm(web.office, who.actor(visit.address), body.wish(True, body.playlist))
    return Made(id=made)


@router.get("/me/pin")
def has_pin(actor: Reader, web: WebPort) -> dict[str, bool]:
    """Whether one has a PIN."""
    return {"set": pins.has_pin(web.office, actor)}


@router.put("/me/pin", status_code=204)
def set_pin(body: NewPin, actor: Writer, web: WebPort) -> None:
    """A new PIN of one's own."""
    pins.set_pin(web.office, actor, body.password, body.pin)


@router.post("/drills", status_code=201)
def raise_drill(body: NewDrill, actor: Writer, web: WebPort) -> Made:
    """Holds a drill with a message of its own."""
    return Made(id=alarming.raise_drill(web.office, actor, body.wish(_pinned(web, actor, body))))


@router.get("/alarms/{occurrence}")
def alarm(occurrence: IdPath, actor: Reader, web: WebPort) -> AlarmAnswer:
    """One alarm, with a row for each hamlet."""
    return AlarmAnswer.of(alarms_now.alarm(web.office, actor, OccurrenceId(occurrence)))


@router.post("/alarms/{occurrence}/confirm", status_code=204)
def confirm_alarm(occurrence: IdPath, actor: Writer, web: WebPort) -> None:
    """The second person says yes."""
    alarming.confirm_alarm(web.office, actor, OccurrenceId(occurrence))


@router.post("/alarms/{occurrence}/refuse", status_code=204)
def refuse_alarm(occurrence: IdPath, body: Refusal, actor: Writer, web: WebPort) -> None:
    """The second person says no."""
    alarming.refuse_alarm(web.office, actor, OccurrenceId(occurrence), body.why)


@router.post("/alarms/{occurrence}/extend", status_code=204)
def extend_alarm(occurrence: IdPath, body: Longer, actor: Writer, web: WebPort) -> None:
    """It sounds on."""
    alarming.extend_alarm(web.office, actor, OccurrenceId(occurrence), body.minutes)


@router.post("/alarms/{occurrence}/stop", status_code=204)
def stop_alarm(occurrence: IdPath, actor: Writer, web: WebPort) -> None:
    """It ends at once, and no words follow."""
    alarming.stop_alarm(web.office, actor, OccurrenceId(occurrence))


@router.post("/alarms/{occurrence}/correct", status_code=201)
def correct_alarm(occurrence: IdPath, body: Correction, actor: Writer, web: WebPort) -> Made:
    """It ends, and the correction is said where it had sounded."""
    playlist = tuple(each.value() for each in body.playlist)
    made = alarming.correct_alarm(web.office, actor, OccurrenceId(occurrence), body.message, body.slots, playlist)
    return Made(id=made)


@router.post("/all-clear", status_code=201)
def all_clear(body: Ended, actor: Writer, web: WebPort) -> Made:
    """Báo yên: they end, and it is said where they had sounded."""
    return Made(id=alarming.all_clear(web.office, actor, [OccurrenceId(each) for each in body.occurrences]))


def _pinned(web: Web, actor: Actor, body: NewDrill) -> bool:
    """Whether the PIN was given; a wrong one is refused, though none was needed."""
    if body.pin is not None:
        pins.require(web.office, actor, body.pin)
    return body.pin is not None
