"""The documents' own arithmetic: ids, ends, lengths, compact starts."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from playlists import wire
from playlists.models import (
    AlertSheet,
    Asset,
    AssetItem,
    Interval,
    Kind,
    Move,
    Number,
    Plan,
    PlannedBroadcast,
    PlannedVersion,
    Priority,
    Row,
    SheetEntry,
    UnknownItem,
)

DAY, T = 86_400_000, 1_795_000_000_000


def item(name: str, seconds: float, *languages: str) -> AssetItem:
    return AssetItem(
        rows=tuple(
            Row(language=language, sha256=name * 64, bytes=10, frames=int(seconds * 48_000))
            for language in languages or ("vi",)
        )
    )


def plan(*versions: PlannedVersion, prefetch: tuple[Asset, ...] = ()) -> Plan:
    return Plan(
        to="n1",
        number=Number(epoch=1, sequence=T),
        window=Interval(start=T, end=T + 31 * DAY),
        key_set="f" * 64,
        prefetch=prefetch,
        broadcasts=(PlannedBroadcast(id="b1", versions=versions),),
    )


def test_an_occurrence_is_named_by_its_broadcast_and_nominal_start() -> None:
    version = PlannedVersion(
        number=1, items=(item("a", 10),), starts=(T,), moves=(Move(nominal=T, starts_at=T + 5000),)
    )
    (occurrence,) = plan(version).occurrences()
    assert (occurrence.id, occurrence.nominal, occurrence.starts_at) == (f"b1-{T}", T, T + 5000)


def test_an_occurrence_ends_at_start_by_and_its_length_and_the_allowance() -> None:
    version = PlannedVersion(number=1, items=(item("a", 10.5),), starts=(T,), late=60_000, allowance=30_000)
    (occurrence,) = plan(version).occurrences()
    assert occurrence.start_by == T + 60_000
    assert occurrence.ends_at == T + 60_000 + 10_500 + 30_000


def test_the_length_of_a_playlist_is_the_sum_of_its_rows() -> None:
    version = PlannedVersion(number=1, items=(item("a", 10, "vi", "tay"), UnknownItem(kind="x")), starts=(T,))
    (occurrence,) = plan(version).occurrences()
    assert occurrence.frames == 20 * 48_000


def test_assets_are_listed_once_in_the_order_of_need_what_is_over_last() -> None:
    over = PlannedVersion(number=1, items=(item("d", 1),), starts=(T - DAY,))
    later = PlannedVersion(number=2, items=(item("a", 1), item("b", 1)), starts=(T + DAY,))
    soon = PlannedVersion(number=3, items=(item("b", 1),), starts=(T + 60_000,))
    extra = Asset(sha256="c" * 64, bytes=1, frames=1)
    known = plan(over, later, soon, prefetch=(extra,))
    assert [asset.sha256[0] for asset in known.assets(T)] == ["b", "c", "a", "d"]
    assert [asset.sha256[0] for asset in known.assets(T + DAY - 60_000)] == ["a", "b", "c", "d"]


@given(st.lists(st.integers(0, 2**50), max_size=50, unique=True).map(sorted))
def test_starts_travel_as_differences_and_come_back(starts: list[int]) -> None:
    version = PlannedVersion(number=1, items=(), starts=tuple(starts))
    sent = json.loads(wire.dump(plan(version)))["broadcasts"][0]["versions"][0].get("starts", [])
    assert sent == [start - before for before, start in zip([0, *starts], starts, strict=False)]
    assert wire.decode_document(wire.dump(plan(version))) == plan(version)


def test_numbers_are_ordered_by_epoch_then_sequence() -> None:
    assert Number(epoch=1, sequence=9) < Number(epoch=2, sequence=1)
    assert Number(epoch=1, sequence=1) <= Number(epoch=1, sequence=1)
    assert not Number(epoch=2, sequence=1) < Number(epoch=1, sequence=9)


def test_an_entry_of_an_unknown_kind_is_skipped_and_the_rest_of_its_sheet_holds() -> None:
    entry = SheetEntry(broadcast="b", kind=Kind.PLAY_NOW, priority=Priority.PRIORITY, starts_at=T, start_by=T + 600_000,
                       ends_at=T + 700_000, items=(item("a", 10),))  # fmt: skip
    sheet = AlertSheet(to="z", issuer="office", number=Number(epoch=1, sequence=1), issued_at=T, occurrences=(entry,),
                       withdrawn=("b-1",), mute_until=T + 1)  # fmt: skip
    fields = json.loads(wire.dump(sheet))
    fields["occurrences"].insert(0, {"kind": "siren", "pattern": 3})
    assert wire.decode_document(json.dumps(fields).encode()) == sheet


@pytest.mark.parametrize("entry", [{}, {"kind": 7}, {"kind": "play_now"}, "siren"])
def test_a_damaged_entry_is_no_unknown_one(entry: object) -> None:
    sheet = AlertSheet(to="z", issuer="office", number=Number(epoch=1, sequence=1), issued_at=T)
    fields = json.loads(wire.dump(sheet)) | {"occurrences": [entry]}
    with pytest.raises(wire.WireError):
        wire.decode_document(json.dumps(fields).encode())


def test_a_play_now_of_a_sheet_starts_when_warm_and_carries_its_source() -> None:
    entry = SheetEntry(broadcast="b", kind=Kind.PLAY_NOW, priority=Priority.PRIORITY, starts_at=T, start_by=T + 600_000,
                       ends_at=T + 700_000, items=(item("a", 10),))  # fmt: skip
    sheet = AlertSheet(to="z", issuer="office", number=Number(epoch=1, sequence=1), issued_at=T, occurrences=(entry,))
    occurrence = entry.occurrence(sheet.source)
    assert occurrence.id == f"b-{T}"
    assert occurrence.when_warm
    assert occurrence.source == "z/office"
