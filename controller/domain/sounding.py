"""What of a playlist sounds, and how long: a node's languages, or all of them where many nodes choose."""

from collections.abc import Iterable

from controller.domain.values import Assets, Language, PlaylistItem
from playlists.models import Asset, AssetItem, Row, playlist_frames
from playlists.rules import millis_of


def every_language(item: PlaylistItem, assets: Assets) -> AssetItem:
    """An item with all its languages, each once, in the order written."""
    first = {recording.language: recording.asset for recording in reversed(item.recordings)}
    order = dict.fromkeys(recording.language for recording in item.recordings)
    return AssetItem(rows=tuple(_row(language, assets[first[language]]) for language in order))


def items(playlist: Iterable[PlaylistItem], assets: Assets) -> tuple[AssetItem, ...]:
    """A playlist for many nodes: every language of each item, which a node chooses among."""
    return tuple(every_language(item, assets) for item in playlist)


def length_ms(chosen: tuple[AssetItem, ...]) -> int:
    """Length of a playlist in ms, rounded up."""
    return millis_of(playlist_frames(chosen))


def longest_ms(playlist: tuple[PlaylistItem, ...], assets: Assets) -> int:
    """Length of the longest that any node sounds of a playlist, in ms."""
    return length_ms(items(playlist, assets))


def _row(language: Language, asset: Asset) -> Row:
    return Row(language=language, sha256=asset.sha256, bytes=asset.bytes, frames=asset.frames)
