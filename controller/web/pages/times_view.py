"""What the page of an area's times shows."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import datetime, time, timedelta
from typing import Any

from controller.domain.hours import allows
from controller.domain.tree import path, tier
from controller.domain.values import Session, Tree
from controller.operations.times import Times
from controller.web.formats import day, natural

_EMPTY_ROWS = 2
_MOST_ROWS = 50
_NAMED = re.compile(r"sessions\.(\d{1,3})\.name")


def times_view(found: Times, tree: Tree, typed: Mapping[str, str]) -> dict[str, Any]:
    """The sessions and hours of an area, what comes later, and the rows of the form."""
    return {
        "id": found.area.id,
        "name": found.area.name,
        "sessions": [_session(each, found) for each in found.sessions],
        "sessions_from": _other(found.sessions_of, found),
        "later": [
            {"day": day(each.from_day), "sessions": [_session(one, found) for one in _by_start(each.sessions)]}
            for each in found.own
            if each.from_day > found.day
        ],
        "begin": _clock(found.hours.begin),
        "end": _clock(found.hours.end),
        "hours_from": _other(found.hours_of, found),
        "hours_usual": found.hours_of is None,
        "hours_own": found.hours_of is not None and found.hours_of.id == found.area.id,
        "tomorrow": (found.day + timedelta(days=1)).isoformat(),
        "rows": _rows(found, typed),
        "areas": _areas(tree),
    }


def _rows(found: Times, typed: Mapping[str, str]) -> list[dict[str, Any]]:
    """What the form begins with: the area's own newest sessions, or new ones like those that it inherits."""
    own = _by_start(found.own[-1].sessions) if found.own else ()
    known = [{"id": each.id, **_fields(each)} for each in own] or [{"id": "", **_fields(one)} for one in found.sessions]
    numbers = [int(row[1]) for name in typed if (row := _NAMED.fullmatch(name))]
    count = min(_MOST_ROWS, max(len(known) + _EMPTY_ROWS, *(number + 1 for number in numbers), 0))
    empty = {"id": "", "name": "", "starts_at": "", "minutes": ""}
    return [known[number] if number < len(known) else empty for number in range(count)]


def _fields(session: Session) -> dict[str, Any]:
    return {"name": session.name, "starts_at": _clock(session.starts_at), "minutes": session.limit_s // 60}


def _session(session: Session, found: Times) -> dict[str, Any]:
    begin = datetime.combine(found.day, session.starts_at)
    end = begin + timedelta(seconds=session.limit_s)
    return {**_fields(session), "end": _clock(end.time()), "outside": not allows(found.hours, begin, end)}


def _other(says: Any, found: Times) -> str:
    """The name of the area from which something is inherited; "" where the area says it itself."""
    return says.name if says is not None and says.id != found.area.id else ""


def _by_start(sessions: Iterable[Session]) -> tuple[Session, ...]:
    return tuple(sorted(sessions, key=lambda each: (each.starts_at, each.id)))


def _areas(tree: Tree) -> list[tuple[str, str]]:
    every = sorted(tree.areas.values(), key=lambda area: [natural(step.name) for step in path(tree, area.id)])
    return [(area.id, "\u2003" * tier(tree, area.id) + area.name) for area in every]


def _clock(at: time) -> str:
    return f"{at:%H:%M}"
