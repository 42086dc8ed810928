"""The fullest sheet that operations allow keeps to the limit that every node holds it to."""

import random

from controller.domain.sheets import MOST_ENTRIES, MOST_WITHDRAWN
from controller.operations.playing_now import MOST_RECORDINGS
from playlists import wire
from playlists.models import AlertSheet, AssetItem, Kind, Number, Priority, Row, SheetEntry, occurrence_id

T = 1_800_000_000_000


def test_a_sheet_full_of_play_nows_withdrawals_and_a_mute_is_taken_by_every_node() -> None:
    chance = random.Random(3)

    def word(length: int = 10) -> str:
        return "".join(chance.choice("abcdefghijklmnopqrstuvwxyz0123456789") for _ in range(length))

    def row() -> Row:
        frames = chance.randrange(1, 48_000 * 3600)
        return Row(language="vi", sha256=chance.randbytes(32).hex(), bytes=chance.randrange(1, 10**7), frames=frames)

    def entry() -> SheetEntry:
        at = T + chance.randrange(10**7)
        items = tuple(AssetItem(rows=(row(),)) for _ in range(MOST_RECORDINGS // MOST_ENTRIES))
        return SheetEntry(
            broadcast=word(), kind=Kind.PLAY_NOW, priority=Priority.PRIORITY, starts_at=at, start_by=at + 600_000,
            ends_at=at + chance.randrange(10**7), items=items, nominal=at - 17_123, whole=True, tier=2,
        )  # fmt: skip

    sheet = AlertSheet(
        to=word(),
        issuer="office",
        number=Number(epoch=12, sequence=T),
        issued_at=T,
        occurrences=tuple(entry() for _ in range(MOST_ENTRIES)),
        withdrawn=tuple(occurrence_id(word(), T + chance.randrange(10**9)) for _ in range(MOST_WITHDRAWN)),
        mute_until=T + 86_400_000,
    )
    assert len(wire.sign(sheet, wire.new_key("office-1a2b3c4d"))) <= wire.SHEET_LIMIT
