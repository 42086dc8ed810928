"""Playlists: measured before they stand in a broadcast, and read out of a version."""

from __future__ import annotations

from collections.abc import Iterable

from fastapi import APIRouter

from controller.domain.values import BroadcastId, PlaylistItem, Sha256
from controller.operations import reading
from controller.operations.acting import Actor
from controller.operations.errors import not_found
from controller.web.api.decisions import PlaylistBody
from controller.web.api.fields import Answer, Body, IdPath, VersionPath
from controller.web.identity import Reader, WebPort
from controller.web.ports import Web
from playlists.models import RATE

router = APIRouter(tags=["playlists"])


class Wish(Body):
    """Ordered items, each its sound in one or several languages."""

    items: PlaylistBody


class MeasuredRecording(Answer):
    """An item's sound in one language, with its length."""

    language: str
    asset: str
    length_ms: int


class MeasuredItem(Answer):
    """One item: when it begins after the start of the playlist, and its longest recording's length."""

    title: str
    begins_ms: int
    length_ms: int
    recordings: list[MeasuredRecording]


class MeasuredPlaylist(Answer):
    """The running order. `length_ms` is what it takes where the longest recording of each item sounds."""

    length_ms: int
    items: list[MeasuredItem]


@router.post("/playlists/measure")
def measure(body: Wish, actor: Reader, web: WebPort) -> MeasuredPlaylist:
    """The running order of items, with lengths; nothing is stored."""
    return _measured(web, actor, [item.value() for item in body.items])


@router.get("/broadcasts/{broadcast}/versions/{number}/playlist")
def playlist(broadcast: IdPath, number: VersionPath, actor: Reader, web: WebPort) -> MeasuredPlaylist:
    """The running order of a version."""
    found = reading.broadcast(web.office, actor, BroadcastId(broadcast))
    version = next((each for each in found.versions if each.number == number), None)
    if version is None or version.content.playlist is None:
        raise not_found("number")
    return _measured(web, actor, version.content.playlist)


def _measured(web: Web, actor: Actor, items: Iterable[PlaylistItem]) -> MeasuredPlaylist:
    known: dict[str, int] = {}
    measured: list[MeasuredItem] = []
    begins = 0
    for item in items:
        recordings = [
            MeasuredRecording(
                language=each.language, asset=each.asset, length_ms=_length(web, actor, each.asset, known)
            )
            for each in item.recordings
        ]
        length = max((each.length_ms for each in recordings), default=0)
        measured.append(MeasuredItem(title=item.title, begins_ms=begins, length_ms=length, recordings=recordings))
        begins += length
    return MeasuredPlaylist(length_ms=begins, items=measured)


def _length(web: Web, actor: Actor, sha256: str, known: dict[str, int]) -> int:
    if sha256 not in known:
        known[sha256] = -(-reading.asset(web.office, actor, Sha256(sha256)).asset.frames * 1000 // RATE)
    return known[sha256]
