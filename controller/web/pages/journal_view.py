"""A node's journal as it told it, in words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from controller.locale import N_
from controller.operations.journal import JournalEntry, JournalPage
from controller.web.formats import length, moment
from controller.web.pages.eye import Eye
from controller.web.words import cause_word
from playlists.reports import Cause, Trust

_KINDS: Mapping[str, str] = {
    "boot": N_("It began"),
    "accepted": N_("Took a document"),
    "refused": N_("Refused a document"),
    "press": N_("A button of the box"),
    "request": N_("Took a request"),
    "request_done": N_("Answered a request"),
    "welcomed": N_("The office answered"),
    "start": N_("Started to sound"),
    "paused": N_("Paused"),
    "resumed": N_("Went on"),
    "closed": N_("Closed"),
}


@dataclass(frozen=True)
class EntryView:
    """An event: when by its own clock, what, what of it is worth a word; `airing`: the page of the airing."""

    number: int
    at: str
    what: str
    said: str
    airing: str


@dataclass(frozen=True)
class JournalView:
    """A page; `older`: the query of the next one, "" for none; `gone`: what the node had no more, in words."""

    entries: tuple[EntryView, ...]
    streams: tuple[tuple[str, bool], ...]
    older: str
    gone: str


def journal_view(found: JournalPage, eye: Eye) -> JournalView:
    """A page in words."""
    gone = sum(last - first + 1 for first, last in found.gone)
    return JournalView(
        tuple(_entry(each, eye) for each in found.entries),
        tuple((each, each == found.stream) for each in found.streams),
        f"?stream={found.stream}&before={found.before}" if found.before else "",
        eye.say(N_("{count} events were dropped on the node for want of space."), count=gone) if gone else "",
    )


def _entry(each: JournalEntry, eye: Eye) -> EntryView:
    at = moment(each.at, eye.zone, eye.language)
    unsure = "" if each.trust != Trust.UNTRUSTED.value else eye.say(N_("(clock not sure)"))
    what = eye.say(_KINDS.get(each.kind, N_("Another event")))
    airing = f"/airings/{each.occurrence}" if each.occurrence and not each.occurrence.startswith("local") else ""
    return EntryView(each.number, f"{at} {unsure}".strip(), what, _said(each.fact, eye), airing)


def _said(fact: Mapping[str, Any], eye: Eye) -> str:
    cause, sounded, due = fact.get("cause"), fact.get("sounded"), fact.get("due")
    parts = [
        str(fact[name]) for name in ("document", "reason", "what", "action", "outcome", "detail") if fact.get(name)
    ]
    if isinstance(sounded, int) and isinstance(due, int):
        parts.append(f"{length(sounded, eye.language)} / {length(due, eye.language)}")
    if cause in set(Cause):
        parts.append(cause_word(Cause(str(cause)), eye.language))
    return " · ".join(parts)
