"""The life of a broadcast: versions are drafted, submitted, returned or approved; the whole is withdrawn.

Each function gives the broadcast as it is after the act, or raises `Refused` naming why the act is not possible.
"""

import json
from collections.abc import Callable
from dataclasses import asdict, replace
from datetime import date, datetime, time
from hashlib import sha256
from typing import Any

from controller.domain.problems import Problem
from controller.domain.values import Broadcast, Content, PersonId, Places, Scope, Sha256, Version, VersionState


class Refused(Exception):
    """The act is not possible; `problem` says why."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(str(problem))
        self.problem = problem


def digest(scope: Scope, content: Content) -> str:
    """SHA-256 of all that a version decides: what an approval names beside its number."""
    said = {"scope": {"kind": type(scope).__name__, **asdict(scope)}, "content": asdict(content)}
    return sha256(json.dumps(said, default=_plain, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def newest(broadcast: Broadcast) -> Version | None:
    """The version with the largest number."""
    return max(broadcast.versions, key=lambda version: version.number, default=None)


def all_places(broadcast: Broadcast) -> Places:
    """Every place that any version of a broadcast names."""
    each = [version.content.places for version in broadcast.versions if version.content.places is not None]
    return Places(
        tuple(sorted({area for places in each for area in places.areas})),
        tuple(sorted({hamlet for places in each for hamlet in places.hamlets})),
        tuple(sorted({zone for places in each for zone in places.zones})),
    )


def named_places(broadcast: Broadcast) -> Places:
    """The places that its newest version names: where sound is asked for now, whatever older versions named."""
    last = newest(broadcast)
    named = last.content.places if last else None
    return named if named is not None else all_places(broadcast)


def hashes(broadcast: Broadcast) -> frozenset[Sha256]:
    """All audio that any version of a broadcast names."""
    playlists = [version.content.playlist or () for version in broadcast.versions]
    return frozenset(recording.asset for items in playlists for item in items for recording in item.recordings)


def draft(broadcast: Broadcast, scope: Scope, content: Content, author: PersonId, now: datetime) -> Broadcast:
    """A new version on top of the newest."""
    _alive(broadcast)
    last = newest(broadcast)
    number = last.number + 1 if last else 1
    made = Version(number, VersionState.DRAFT, scope, content, digest(scope, content), author, now)
    return replace(broadcast, versions=(*broadcast.versions, made))


def approved_at_once(scope: Scope, content: Content, author: PersonId, approver: PersonId, now: datetime) -> Version:
    """The first version of what the act itself approves: a play now, an alarm."""
    return Version(
        number=1,
        state=VersionState.APPROVED,
        scope=scope,
        content=content,
        digest=digest(scope, content),
        author=author,
        created_at=now,
        submitted_at=now,
        decided_by=approver,
        decided_at=now,
    )


def submit(broadcast: Broadcast, number: int, now: datetime) -> Broadcast:
    """The newest version asks for approval."""
    return _next(broadcast, number, (VersionState.DRAFT,), lambda version: replace(
        version, state=VersionState.SUBMITTED, submitted_at=now,
    ))  # fmt: skip


def approve(broadcast: Broadcast, number: int, seen: str, by: PersonId, now: datetime) -> Broadcast:
    """The newest version, which the approver saw with the digest `seen`, is to be aired."""

    def decided(version: Version) -> Version:
        if version.digest != seen:
            raise Refused(_NOT_SHOWN)
        return replace(version, state=VersionState.APPROVED, decided_by=by, decided_at=now)

    return _next(broadcast, number, (VersionState.SUBMITTED,), decided)


def approve_on_paper(
    broadcast: Broadcast, number: int, seen: str, by: PersonId, recorder: PersonId, note: str, now: datetime
) -> Broadcast:
    """`by` approved on paper the newest version, which has the digest `seen`; `recorder` noted which paper."""
    if not note.strip():
        raise Refused(Problem("note", "empty", "Say which paper it is: its number and date, who signed."))
    approved = approve(broadcast, number, seen, by, now)
    return _changed(approved, number, paper_by=recorder, paper_note=note.strip())


def see_paper(broadcast: Broadcast, number: int, now: datetime) -> Broadcast:
    """The approver saw what was recorded in their name."""
    return _changed(broadcast, number, paper_seen_at=now)


def give_back(
    broadcast: Broadcast, number: int, why: str, by: PersonId, now: datetime, seen: str | None = None
) -> Broadcast:
    """The newest version is returned to its author with a reason; `seen`: its digest, where it was shown."""

    def returned(version: Version) -> Version:
        if seen is not None and version.digest != seen:
            raise Refused(_NOT_SHOWN)
        if not why.strip():
            raise Refused(Problem("why", "empty", "Say why you return it."))
        return replace(version, state=VersionState.RETURNED, decided_by=by, decided_at=now, returned_why=why)

    return _next(broadcast, number, (VersionState.SUBMITTED,), returned)


def waits(broadcast: Broadcast) -> bool:
    """Whether its newest version waits for approval, and so holds its place."""
    last = newest(broadcast)
    return last is not None and last.state is VersionState.SUBMITTED


def as_if_approved(broadcast: Broadcast, now: datetime) -> Broadcast:
    """The broadcast as it would air if its newest version were approved at `now`."""
    last = newest(broadcast)
    if last is None or last.state is VersionState.APPROVED:
        return broadcast
    change = replace(last, state=VersionState.APPROVED, decided_at=now)
    return replace(broadcast, versions=tuple(change if each is last else each for each in broadcast.versions))


def withdraw(broadcast: Broadcast, now: datetime) -> Broadcast:
    """The broadcast as a whole is taken back."""
    _alive(broadcast)
    return replace(broadcast, withdrawn_at=now)


def wrote(broadcast: Broadcast, number: int, person: PersonId) -> bool:
    """Whether a person wrote a version: its author may not approve it unless the area allows."""
    return any(version.number == number and version.author == person for version in broadcast.versions)


def _next(
    broadcast: Broadcast, number: int, states: tuple[VersionState, ...], change: Callable[[Version], Version]
) -> Broadcast:
    _alive(broadcast)
    last = newest(broadcast)
    if last is None or number > last.number:
        raise Refused(Problem("version", "not_found", "There is no such version."))
    if number < last.number:
        params = {"number": str(last.number)}
        raise Refused(Problem("version", "conflict", "There is a newer version, number {number}.", params))
    if last.state not in states:
        raise Refused(_NOT_NOW[last.state])
    changed = change(last)
    return replace(broadcast, versions=tuple(changed if each is last else each for each in broadcast.versions))


def _changed(broadcast: Broadcast, number: int, **changes: Any) -> Broadcast:
    versions = (replace(each, **changes) if each.number == number else each for each in broadcast.versions)
    return replace(broadcast, versions=tuple(versions))


_NOT_SHOWN = Problem("digest", "conflict", "This version is not the one you were shown.")
_NOT_NOW = {
    VersionState.DRAFT: Problem("version", "wrong_state", "This version is still a draft."),
    VersionState.SUBMITTED: Problem("version", "wrong_state", "This version is waiting for approval."),
    VersionState.RETURNED: Problem("version", "wrong_state", "This version was returned: make a new one."),
    VersionState.APPROVED: Problem("version", "wrong_state", "This version is approved already."),
}


def _alive(broadcast: Broadcast) -> None:
    if broadcast.withdrawn_at is not None:
        raise Refused(Problem("", "withdrawn", "This broadcast was withdrawn."))


def _plain(value: date | time) -> str:
    return value.isoformat()
