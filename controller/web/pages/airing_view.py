"""What the page of one airing shows, as values; pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from controller.domain.values import Lane, PlaylistItem, Repeat, Tree, Version, VersionState
from controller.domain.week import AiringState
from controller.domain.words import shown_back
from controller.locale import N_, sentence
from controller.operations.airing import Opened
from controller.operations.rights import Right
from controller.storage.results import OccurrenceResult
from controller.web.airing_words import state_word
from controller.web.formats import ago, ahead, day, day_words, length, lunar, moment, natural
from controller.web.pages.airings_view import RowView, node_rows, sum_of
from controller.web.pages.changes_view import Words
from controller.web.pages.eye import Eye
from controller.web.words import State, verdict_state


@dataclass(frozen=True)
class ChoiceView:
    """For which airings an act is: what is sent, its name, and the dates in words."""

    value: str
    name: str
    dates: str


def opened_view(seen: Opened, tree: Tree, eye: Eye) -> dict[str, Any]:
    """The page of one airing."""
    words = words_of(seen, tree, eye)
    version = seen.version
    coming = seen.starts_at > eye.now
    return {
        "id": seen.occurrence,
        "broadcast": seen.broadcast.id,
        "base": seen.base,
        "title": seen.title,
        "state": state_of(seen, eye),
        "when": when_words(seen.starts_at, seen.ends_at, eye),
        "iso": seen.starts_at.isoformat(),
        "day": seen.starts_at.astimezone(eye.zone).date().isoformat(),
        "lunar": lunar(seen.starts_at.astimezone(eye.zone).date()),
        "far": _far(seen, eye),
        "moved": _moved(seen, eye),
        "programme": seen.broadcast.programme.name,
        "items": [_item(each, words) for each in (seen.airing.playlist if seen.airing else ())],
        "length": words.length(seen.airing.playlist if seen.airing else ()),
        "hamlets": sorted((words.areas[each] for each in seen.hamlets if each in words.areas), key=natural),
        "rows": () if coming else _rows(seen, eye),
        "facts": list(version_facts(version, seen, words)) if version else [],
        "number": version.number if version else 0,
        "newer": _newer(seen, words),
        "choices": choices_of(seen, eye),
        "skipped": seen.state is AiringState.SKIPPED,
        "edits": seen.changeable,
        "writes": Right.SUBMIT in seen.may and seen.state in _OPEN and coming,
        "waits": seen.state is AiringState.WAITING,
        "stops": seen.state is AiringState.ON_AIR and Right.STOP in seen.may,
        "withdraws": Right.WITHDRAW in seen.may and seen.broadcast.withdrawn_at is None and seen.state in _ALIVE,
        "several": _several(seen),
        "planned": seen.broadcast.lane is Lane.PLAN,
    }


def _rows(seen: Opened, eye: Eye) -> tuple[RowView, ...]:
    return tuple(node_rows(seen.result.nodes, seen.result, eye, seen.outages)) if seen.result else ()


_OPEN = (AiringState.DRAFT, AiringState.RETURNED, AiringState.WAITING)
_ALIVE = (*_OPEN, AiringState.PLANNED, AiringState.SKIPPED, AiringState.ON_AIR, AiringState.PAST)


def words_of(seen: Opened, tree: Tree, eye: Eye) -> Words:
    """The names that stand in an airing."""
    areas = {area.id: area.name for area in tree.areas.values()}
    lengths = {sha256: each.frames // 48 for sha256, each in seen.audio.items()}
    return Words(eye.language, eye.zone, areas, seen.titles, lengths)


def when_words(starts_at: datetime, ends_at: datetime, eye: Eye) -> str:
    """`Thứ Tư 25/11/2026, 17:00:00–17:01:05`."""
    return shown_back(starts_at, ends_at - starts_at, eye.zone, lambda text, params: eye.say(text, **params))


def state_of(seen: Opened, eye: Eye) -> State:
    """What an airing is, or what became of it, in a word."""
    if seen.state is AiringState.PAST and seen.result is not None:
        return _past(seen.result, eye)
    return state_word(seen.state, eye.language)


def choices_of(seen: Opened, eye: Eye) -> tuple[ChoiceView, ...]:
    """Only this, from now on, all: with their dates; one airing alone leaves no choice."""
    this = ChoiceView("only_this", eye.say(N_("Only this airing")), moment(seen.starts_at, eye.zone, eye.language))
    if _once(seen):
        return (this,)
    begin = day_words(seen.counts_from, eye.language)
    since = eye.say(N_("from {day} on"), day=begin)
    over = eye.say(N_("from {day} on, and what was changed for single airings ends"), day=begin)
    return (
        this,
        ChoiceView("from_now", eye.say(N_("From now on")), since),
        ChoiceView("all", eye.say(N_("All")), over),
    )


def version_facts(version: Version, seen: Opened, words: Words) -> Iterator[tuple[str, str]]:
    """Who wrote a version and who approved it, each with its label."""
    when = moment(version.created_at, words.zone, words.language)
    yield words.say(N_("Written by")), f"{seen.names.get(version.author, '')}, {when}"
    if version.state is VersionState.APPROVED:
        yield words.say(N_("Approved by")), approval_words(version, seen.names, words)
    elif version.state is VersionState.RETURNED:
        by = seen.names.get(version.decided_by, "") if version.decided_by else ""
        yield words.say(N_("Returned by")), f"{by}: “{version.returned_why}”"


def approval_words(version: Version, names: Any, words: Words) -> str:
    """How a version came by its approval: by a person, on paper, carried, or beforehand."""
    if version.carried_from is not None:
        return words.say(N_("carried over from version {number}"), number=version.carried_from)
    if version.approved_until is not None:
        return words.say(N_("beforehand, up to {day}"), day=day(version.approved_until))
    by = names.get(version.decided_by, "") if version.decided_by else ""
    when = moment(version.decided_at, words.zone, words.language) if version.decided_at else ""
    if version.paper_by is not None:
        recorder = names.get(version.paper_by, "")
        return words.say(
            N_("{person} on paper, recorded by {recorder}, {when}"), person=by, recorder=recorder, when=when
        )
    return f"{by}, {when}"


def _past(result: OccurrenceResult, eye: Eye) -> State:
    """The result in one word where it is the same everywhere, else in how many hamlets it was played whole."""
    kinds = {each.verdict.kind for each in result.nodes}
    several = sum_of(result, eye) if len(kinds) > 1 else None
    return several or verdict_state(min(kinds), eye.language)


def _far(seen: Opened, eye: Eye) -> str:
    seconds = (seen.starts_at - eye.now).total_seconds()
    if seconds >= 0:
        return ahead(seconds, eye.language)
    return ago(-seconds, eye.language) if seen.ends_at < eye.now else ""


def _moved(seen: Opened, eye: Eye) -> str:
    """Where a single airing was moved: from which moment."""
    if (
        seen.airing is None
        or seen.airing.place is not None
        or abs(seen.starts_at - seen.nominal) < timedelta(seconds=1)
    ):
        return ""
    return eye.say(N_("Moved from {moment}."), moment=moment(seen.nominal, eye.zone, eye.language))


def _newer(seen: Opened, words: Words) -> dict[str, Any] | None:
    newer = seen.newer
    if newer is None:
        return None
    return {
        "number": newer.number,
        "waits": newer.state is VersionState.SUBMITTED,
        "by": seen.names.get(newer.author, ""),
        "at": moment(newer.created_at, words.zone, words.language),
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


def _once(seen: Opened) -> bool:
    recurrence = _recurrence(seen)
    return recurrence is None or (recurrence.repeat is Repeat.ONCE and len(recurrence.times) <= 1)


def _several(seen: Opened) -> bool:
    """Whether it is heard more than once a day, so that one of its times can be left out for good."""
    recurrence = _recurrence(seen)
    return recurrence is not None and len(recurrence.times) > 1


def _recurrence(seen: Opened) -> Any:
    whole: Sequence[Version] = [each for each in seen.broadcast.versions if each.content.recurrence is not None]
    return whole[-1].content.recurrence if whole else None


def done_words(done: str, language: str) -> str:
    """What was done, after coming back to the page."""
    return sentence(language, _DONE.get(done, ""))


_DONE = {
    "approved": N_("Saved, and approved at once: it will be heard as changed."),
    "submitted": N_("Saved and sent for approval. Until then it is heard as before."),
    "stopped": N_("Stopped. The nodes that are in contact fall silent within seconds."),
    "played": N_("It will be heard as soon as the nodes hold the audio."),
}
