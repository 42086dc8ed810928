"""What the pages of approval show, as values."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from controller.domain.tree import named_areas
from controller.domain.values import FromDay, Places, PlaylistItem, Version, VersionState
from controller.domain.words import shown_back
from controller.locale import N_, sentence
from controller.operations.approving import Asked, Paper, Waiting
from controller.operations.reviewing import Review
from controller.operations.standing import StandingView
from controller.web.formats import ahead, day, day_words, length, moment, natural, number
from controller.web.pages.changes_view import (
    PRIORITIES,
    Words,
    change_lines,
    late_words,
    start_words,
    when_words,
)
from controller.web.words import State
from playlists.models import Priority

_STATES = {
    VersionState.DRAFT: ("write", N_("Draft"), "none"),
    VersionState.SUBMITTED: ("asked", N_("Waits for approval"), "wait"),
    VersionState.RETURNED: ("no", N_("Returned"), "bad"),
    VersionState.APPROVED: ("yes", N_("Is approved"), "good"),
}


def state_of(state: VersionState, language: str) -> State:
    """The state of a version as it is shown."""
    sign, word, tone = _STATES[state]
    return State(sign, sentence(language, word), tone)


def text_to_copy(title: str, where: str, starts_at: datetime | None, author: str, zone: ZoneInfo, address: str) -> str:
    """What is sent to the approver by chat, in Vietnamese: what, where, when, who wrote it, and where to decide."""
    when = moment(starts_at, zone, "vi") if starts_at else sentence("vi", N_("no start is left"))
    lines = (
        (N_("Please approve: “{title}”"), {"title": title}),
        (N_("First heard: {when}"), {"when": when}),
        (N_("Where: {where}"), {"where": where}),
        (N_("Written by: {author}"), {"author": author}),
        (N_("Listen and approve: {address}"), {"address": address}),
    )
    return "\n".join(sentence("vi", message, params) for message, params in lines)


def waiting_row(one: Waiting, now: datetime, zone: ZoneInfo, language: str) -> dict[str, Any]:
    """A version in the list of those that wait for the person."""
    return {
        "link": one.link,
        "title": one.title,
        "where": ", ".join(sorted(one.areas, key=natural)),
        "author": one.author,
        "late": one.late,
        "turn": one.turn.value,
        "asked": one.asked,
        "starts_iso": one.starts_at.isoformat() if one.starts_at else "",
        **_start(one.starts_at, now, zone, language),
    }


def asked_row(one: Asked, now: datetime, zone: ZoneInfo, language: str) -> dict[str, Any]:
    """A version in the list of those who write."""
    return {
        "link": f"/approvals/{one.broadcast}",
        "title": one.title,
        "author": one.author,
        "mine": one.mine,
        "returned": one.returned,
        "why": one.why,
        "asked": ", ".join(one.asked),
        "at": moment(one.at, zone, language),
        "state": state_of(VersionState.RETURNED if one.returned else VersionState.SUBMITTED, language),
        **_start(one.starts_at, now, zone, language),
    }


def paper_row(one: Paper, zone: ZoneInfo, language: str) -> dict[str, Any]:
    """An approval on paper in the person's name."""
    return {
        "link": f"/approvals/{one.broadcast}",
        "number": one.number,
        "title": one.title,
        "recorder": one.recorder,
        "at": moment(one.recorded_at, zone, language),
        "note": one.note,
    }


def standing_row(one: StandingView) -> dict[str, Any]:
    """A standing approval."""
    return {
        "id": one.id,
        "title": one.title,
        "asset": f"/assets/{one.asset}",
        "area": one.area_name,
        "until": day(one.until),
        "by": one.by,
        "soon": one.ends_soon,
        "mine": one.mine,
        "resting": [(f"/approvals/{id_}", title) for id_, title in one.resting],
    }


def review_view(seen: Review, now: datetime, zone: ZoneInfo, language: str, address: str) -> dict[str, Any]:
    """The page of one version."""
    words = Words(language, zone, seen.areas, seen.titles, seen.lengths)
    version, content = seen.after.version, seen.after.content
    first = next((each.starts_at for each in seen.airings), None)
    author = seen.people.get(version.author, "")
    places = words.names(named_areas(content.places or Places()))
    return {
        "id": seen.broadcast.id,
        "number": version.number,
        "digest": version.digest,
        "title": version.content.title,
        "state": state_of(version.state, language),
        "withdrawn": seen.broadcast.withdrawn_at is not None,
        "programme": seen.broadcast.programme.name,
        "author": author,
        "submitted": moment(version.submitted_at, zone, language) if version.submitted_at else "",
        "items": [_item(each, words) for each in content.playlist or ()],
        "length": words.length(content.playlist or ()),
        "where": places,
        "when": when_words(seen.after, words),
        "start": start_words(version, words),
        "starts": list(_starts(seen, zone, language)),
        "late_rule": late_words(content.late, first, words),
        "priority": words.say(PRIORITIES[content.priority]) if content.priority is not Priority.NORMAL else "",
        "last_day": day_words(content.last_true_day, language) if content.last_true_day else "",
        "changes": tuple(change_lines(seen.before, seen.after, words)) if seen.before else (),
        "before": seen.before.version.number if seen.before else 0,
        "late": seen.late,
        "ahead": ahead((first - now).total_seconds(), language) if first and first > now else "",
        "asked": [each.name for each in seen.asked[:2]],
        "signers": [(each.person, each.name) for each in seen.asked if each.person != version.author],
        "may_decide": seen.may_decide,
        "may_record": seen.may_record and version.state is VersionState.SUBMITTED,
        "may_write": seen.may_write and isinstance(version.scope, FromDay) and seen.broadcast.withdrawn_at is None,
        "wrote": seen.wrote,
        "waits": version.state is VersionState.SUBMITTED and seen.broadcast.withdrawn_at is None,
        "text": text_to_copy(version.content.title, places, first, author, zone, address),
        **_decided(seen, version, zone, language),
        **_audience(seen, words),
    }


def _start(starts_at: datetime | None, now: datetime, zone: ZoneInfo, language: str) -> dict[str, str]:
    if starts_at is None:
        return {"starts": sentence(language, N_("no start is left")), "ahead": ""}
    return {
        "starts": moment(starts_at, zone, language),
        "ahead": ahead((starts_at - now).total_seconds(), language),
    }


def _item(item: PlaylistItem, words: Words) -> dict[str, Any]:
    return {
        "title": words.title(item),
        "recordings": [
            {
                "address": f"/assets/{each.asset}",
                "language": each.language if len(item.recordings) > 1 else "",
                "length": length(words.lengths.get(each.asset, 0), words.language),
                "text": each.text or "",
            }
            for each in item.recordings
        ],
    }


def _starts(seen: Review, zone: ZoneInfo, language: str) -> Iterator[str]:
    for each in seen.airings:
        if each.ends_at is None:
            yield sentence(language, N_("{moment}: left out"), {"moment": moment(each.starts_at, zone, language)})
        else:
            span = each.ends_at - each.starts_at
            yield shown_back(each.starts_at, span, zone, lambda message, params: sentence(language, message, params))


def _audience(seen: Review, words: Words) -> dict[str, Any]:
    heard = seen.audience
    return {
        "hamlets": words.names(heard.hamlets),
        "homes": number(heard.homes, 0, words.language),
        "others": words.names(heard.others),
        "silent": len(heard.silent),
        "unheard": words.names(heard.unheard),
    }


def _decided(seen: Review, version: Version, zone: ZoneInfo, language: str) -> dict[str, Any]:
    """What became of it, in whose name."""
    by, at = seen.people.get(version.decided_by or "", ""), version.decided_at
    return {
        "by": by,
        "at": moment(at, zone, language) if at else "",
        "why": version.returned_why or "",
        "carried": version.carried_from or 0,
        "until": day(version.approved_until) if version.approved_until else "",
        "recorder": seen.people.get(version.paper_by or "", ""),
        "note": version.paper_note or "",
        "unseen": seen.signed and version.paper_seen_at is None,
        "seen": version.paper_seen_at is not None,
    }
