"""Reading: the tree, the library, broadcasts, the ledger with verdicts and proofs, the audit."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Query
from starlette.responses import FileResponse, Response

from controller.domain.broadcasts import newest
from controller.domain.checks import zone_named
from controller.domain.problems import Problem
from controller.domain.values import Broadcast, BroadcastId, OccurrenceId, Sha256, VersionState
from controller.locale import N_
from controller.operations import auditing, muted, reading, setting_up
from controller.operations.auditing import AuditWish
from controller.web.api.answers.broadcasts import BroadcastAnswer
from controller.web.api.answers.ledger import OccurrenceAnswer
from controller.web.api.answers.office import (
    AreaAnswer,
    AssetEntry,
    AuditAnswer,
    MuteAnswer,
    NodeAnswer,
    PersonEntry,
    ProgrammeAnswer,
    ZoneAnswer,
)
from controller.web.api.decisions import Moment
from controller.web.api.fields import HashPath, IdPath, IdQuery
from controller.web.files import by_hash
from controller.web.identity import Reader, WebPort
from controller.web.ports import Web
from controller.web.problems import HttpProblem
from controller.web.recordings import Recordings

router = APIRouter(tags=["reading"])

ZoneQuery = Annotated[str, Query(max_length=64)]
DayQuery = Annotated[date | None, Query()]


@router.get("/health")
def health(web: WebPort) -> dict[str, str]:
    """Whether the office's server and its database answer. It says nothing of any loudspeaker."""
    setting_up.needs_setup(web.office)
    return {"status": "ok", "time": web.office.clock().isoformat(timespec="milliseconds")}


@router.get("/areas")
def areas(actor: Reader, web: WebPort) -> list[AreaAnswer]:
    """The areas of one's branches, and those above them."""
    return [AreaAnswer.of(each) for each in reading.tree(web.office, actor).areas.values()]


@router.get("/zones")
def zones(actor: Reader, web: WebPort) -> list[ZoneAnswer]:
    """The zones that reach into one's branches."""
    return [ZoneAnswer.of(each) for each in reading.tree(web.office, actor).zones.values()]


@router.get("/nodes")
def nodes(actor: Reader, web: WebPort) -> list[NodeAnswer]:
    """The nodes that serve one's branches, with what was last heard of them."""
    return [NodeAnswer.of(each) for each in reading.nodes(web.office, actor)]


@router.get("/people")
def people(actor: Reader, web: WebPort) -> list[PersonEntry]:
    """Those who have a role where one administers."""
    return [PersonEntry.of(each) for each in reading.people(web.office, actor)]


@router.get("/assets")
def assets(actor: Reader, web: WebPort, area: IdQuery = None) -> list[AssetEntry]:
    """The libraries of one's branches and of the areas above them, newest first."""
    found = (AssetEntry.of(each) for each in reading.assets(web.office, actor))
    return [each for each in found if area is None or each.area == area]


@router.get("/assets/{sha256}/original")
def original(sha256: HashPath, actor: Reader, web: WebPort) -> Response:
    """The upload that an asset was made from, as it was given."""
    name = reading.asset(web.office, actor, Sha256(sha256)).asset.original_sha256 or ""
    return by_hash(web.studio.original(name), name, "application/octet-stream")


@router.get("/programmes")
def programmes(actor: Reader, web: WebPort) -> list[ProgrammeAnswer]:
    """The programmes of one's branches."""
    return [ProgrammeAnswer.of(each) for each in reading.programmes(web.office, actor)]


@router.get("/broadcasts")
def broadcasts(actor: Reader, web: WebPort, state: VersionState | None = None) -> list[BroadcastAnswer]:
    """Broadcasts that are one's own or reach into one's branches; `state`: of the newest version."""
    found = reading.broadcasts(web.office, actor)
    return [BroadcastAnswer.of(each) for each in found if state is None or _state(each) is state]


@router.get("/broadcasts/{broadcast}")
def broadcast(broadcast: IdPath, actor: Reader, web: WebPort) -> BroadcastAnswer:
    """One broadcast with all its versions."""
    return BroadcastAnswer.of(reading.broadcast(web.office, actor, BroadcastId(broadcast)))


@router.get("/occurrences")
def occurrences(
    actor: Reader,
    web: WebPort,
    day: DayQuery = None,
    zone: ZoneQuery = "Asia/Ho_Chi_Minh",
    begin: Moment | None = None,
    end: Moment | None = None,
    node: IdQuery = None,
    broadcast: IdQuery = None,
) -> list[OccurrenceAnswer]:
    """What is owed, with verdicts and proofs: of a local `day` (today unless said), or from `begin` to `end`."""
    first, last = _span(web, day, zone, begin, end)
    wanted = None if broadcast is None else BroadcastId(broadcast)
    kept = Recordings(web.recordings)
    found = (
        OccurrenceAnswer.of(each, kept, node) for each in reading.occurrences(web.office, actor, first, last, wanted)
    )
    return [each for each in found if each.nodes]


@router.get("/occurrences/{occurrence}")
def occurrence(occurrence: IdPath, actor: Reader, web: WebPort) -> OccurrenceAnswer:
    """One airing with its verdicts and proofs."""
    found = reading.occurrence(web.office, actor, OccurrenceId(occurrence))
    return OccurrenceAnswer.of(found, Recordings(web.recordings))


@router.get("/occurrences/{occurrence}/nodes/{node}/recording")
def recording(
    occurrence: IdPath, node: IdPath, actor: Reader, web: WebPort, part: Annotated[int, Query(ge=1, le=1000)] = 1
) -> Response:
    """What the node's sink recorded of an airing (WAV, with ranges), where this machine can read it."""
    found = reading.occurrence(web.office, actor, OccurrenceId(occurrence))
    if all(each.owed.node != node for each in found.nodes):
        raise HttpProblem(404, "not_found")
    files = Recordings(web.recordings).of(node, occurrence)
    if len(files) < part:
        raise HttpProblem(404, "not_recorded", N_("Nothing was recorded of this."))
    return FileResponse(files[part - 1], media_type="audio/wav")


@router.get("/mutes")
def mutes(actor: Reader, web: WebPort) -> list[MuteAnswer]:
    """The mutes that hold."""
    return [MuteAnswer.of(each) for each in muted.mutes(web.office, actor)]


@router.get("/audit")
def audit(
    actor: Reader,
    web: WebPort,
    before: Annotated[int | None, Query(ge=1, le=2**53)] = None,
    begin: Moment | None = None,
    end: Moment | None = None,
    person: IdQuery = None,
    act: Annotated[str | None, Query(max_length=64)] = None,
) -> list[AuditAnswer]:
    """The newest acts, at most 100, of a span, a person or a kind; `before` (an id) reads on."""
    wish = AuditWish(begin, end, person, act, before)
    return [AuditAnswer.of(each.row) for each in auditing.audit(web.office, actor, wish)]


def _span(
    web: Web, day: date | None, zone: str, begin: datetime | None, end: datetime | None
) -> tuple[datetime, datetime]:
    """From when to when; a local day unless moments are given, at most 400 days."""
    if begin is None or end is None:
        return _day(web, day, named_zone(zone))
    if not timedelta() <= end - begin <= timedelta(days=400):
        message = N_("The end must lie after the beginning, by at most 400 days.")
        raise HttpProblem(422, "invalid", problems=[Problem("end", "end_before_start", message)])
    return begin, end


def named_zone(name: str) -> ZoneInfo:
    """A time zone by its name; 422 for none."""
    zone = zone_named(name)
    if zone is None:
        problem = Problem("zone", "unknown_time_zone", "There is no time zone named {name}.", {"name": name})
        raise HttpProblem(422, "invalid", problems=[problem])
    return zone


def wanted_day(web: Web, day: date | None, zone: ZoneInfo) -> date:
    """The day that is asked for, today unless said; 422 for one out of all reason."""
    wanted = day or web.office.clock().astimezone(zone).date()
    if not 2000 <= wanted.year <= 2200:
        problem = Problem("day", "out_of_range", "Give a day between the years 2000 and 2200.")
        raise HttpProblem(422, "invalid", problems=[problem])
    return wanted


def _day(web: Web, day: date | None, zone: ZoneInfo) -> tuple[datetime, datetime]:
    wanted = wanted_day(web, day, zone)
    first = datetime.combine(wanted, time.min, zone)
    return first.astimezone(UTC), datetime.combine(wanted + timedelta(days=1), time.min, zone).astimezone(UTC)


def _state(broadcast: Broadcast) -> VersionState | None:
    last = newest(broadcast)
    return None if last is None else last.state
