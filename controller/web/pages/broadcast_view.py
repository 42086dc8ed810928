"""What the page of a broadcast shows: its versions in words, its next airings, where it may be played at once; pure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from zoneinfo import ZoneInfo

from controller.domain.values import FromDay, Lane, Tree, Version, VersionState
from controller.locale import N_
from controller.operations.rights import Right
from controller.operations.versions import History, Step
from controller.web.formats import moment, natural
from controller.web.pages.airing_view import approval_words
from controller.web.pages.approvals_view import state_of
from controller.web.pages.changes_view import Words, change_lines, start_words, when_words


def broadcast_view(found: History, tree: Tree, zone: ZoneInfo, language: str) -> dict[str, Any]:
    """The page of a broadcast."""
    words = Words(language, zone, found.areas, found.titles, found.lengths)
    broadcast, newest = found.broadcast, found.broadcast.versions[-1] if found.broadcast.versions else None
    whole = _whole(found)
    approved = whole is not None and whole.state is VersionState.APPROVED
    plays = Right.PLAY_NOW_APPROVED in found.may and approved and broadcast.withdrawn_at is None
    return {
        "id": broadcast.id,
        "title": (whole or newest).content.title if newest else "",
        "programme": broadcast.programme.name,
        "withdrawn": _withdrawn(found, words),
        "versions": [_version(step, found, words) for step in found.steps],
        "coming": [(name, moment(at, zone, language)) for name, at in found.coming],
        "waits": newest is not None and newest.state is VersionState.SUBMITTED,
        "writes": Right.SUBMIT in found.may,
        "withdraws": Right.WITHDRAW in found.may and broadcast.withdrawn_at is None and broadcast.lane is Lane.PLAN,
        "zones": list(_zones(whole, tree)) if plays and whole is not None else [],
    }


def _whole(found: History) -> Version | None:
    """The newest version that says everything by itself, an approved one before others."""
    whole = [each for each in found.broadcast.versions if isinstance(each.scope, FromDay)]
    approved = [each for each in whole if each.state is VersionState.APPROVED]
    return next(reversed(approved or whole), None)


def _version(step: Step, found: History, words: Words) -> dict[str, Any]:
    version = step.decision.version
    changes = list(change_lines(step.before, step.decision, words)) if step.before else list(_said(step, words))
    by = found.names.get(version.decided_by, "") if version.decided_by else ""
    return {
        "number": version.number,
        "title": version.content.title,
        "state": state_of(version.state, words.language),
        "written": f"{found.names.get(version.author, '')}, {moment(version.created_at, words.zone, words.language)}",
        "approved": approval_words(version, found.names, words) if version.state is VersionState.APPROVED else "",
        "returned": (by, version.returned_why or "") if version.state is VersionState.RETURNED else None,
        "changes": changes,
    }


def _said(step: Step, words: Words) -> Iterator[str]:
    """What a first version decides."""
    content = step.decision.content
    yield when_words(step.decision, words)
    heard = words.names(step.decision.hamlets)
    if content.places is not None:
        yield words.say(N_("Heard in: {places}."), places=heard) if heard else words.say(N_("Nobody hears it."))
    titles = ", ".join(f"“{words.title(each)}”" for each in content.playlist or ())
    if titles:
        yield f"{titles} ({words.length(content.playlist or ())})"
    said = start_words(step.decision.version, words)
    if said:
        yield said


def _withdrawn(found: History, words: Words) -> str:
    at = found.broadcast.withdrawn_at
    if at is None:
        return ""
    when = moment(at, words.zone, words.language)
    said = words.say(N_("Withdrawn by {person}, {moment}."), person=found.withdrawn_by, moment=when)
    return f"{said} “{found.withdrawn_why}”" if found.withdrawn_why else said


def _zones(whole: Version, tree: Tree) -> Iterator[tuple[int, str, str]]:
    """The zones of the places for which it was approved."""
    places = whole.content.places
    named = {*places.areas, *places.hamlets} if places else set()
    mine = [zone for zone in tree.zones.values() if zone.area in named]
    for number, zone in enumerate(sorted(mine, key=lambda zone: natural(zone.name))):
        yield number, zone.id, zone.name
