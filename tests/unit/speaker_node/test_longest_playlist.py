"""The longest playlist of the wire comes through: what a plan may carry can be sounded, and told."""

import random

from playlists import wire
from playlists.models import AssetItem, Kind, Priority, Row
from playlists.reports import Closed, Event, EventBatch, Fact, Start, Trust
from speaker_node.sound.messages import Cue, Hold, Sound, decode_hold, encode
from tests.unit.speaker_node.node.stage import NOW

ITEMS, LANGUAGES = 200, 16
FOLDER = "/var/lib/loa/mot-thu-muc-co-ten-dai-hon-thuong-le/am-thanh"


def rows() -> tuple[Row, ...]:
    chance = random.Random(5)
    return tuple(
        Row(language="vi", sha256=chance.randbytes(32).hex(), bytes=1_000_000, frames=chance.randrange(1, 48_000 * 600))
        for _ in range(ITEMS * LANGUAGES)
    )


def told(fact: Fact) -> EventBatch:
    event = Event(number=1, wall=NOW, mono=10**15, boot=1, trust=Trust.HELD, fact=fact)
    return EventBatch(node="n" * 10, stream="s" * 16, first=1, last=1, events=(wire.encode_event(event),))


def test_the_sound_process_takes_the_longest_playlist_twice() -> None:
    cues = tuple(Cue(f"{FOLDER}/{row.sha256[:2]}/{row.sha256}", row.frames) for row in rows())
    now, coming = (Sound(f"{'x' * 64}-{NOW}/1/0/{turn}", cues, 10**15, 0, 10**16) for turn in (0, 1))
    assert decode_hold(encode(Hold(now, coming))) == Hold(now, coming)


def test_its_start_and_its_closing_fact_are_told_in_one_message_each() -> None:
    every = rows()
    items = tuple(AssetItem(rows=every[place : place + LANGUAGES]) for place in range(0, len(every), LANGUAGES))
    start = Start(
        occurrence=f"abc-{NOW}", version=1, source="plan", attempt=1, at_wall=NOW, at_mono=0, first=0, items=items,
        starts_at=NOW, ends_at=NOW, start_by=NOW, whole=False, programme_kind=Kind.NOTICE, priority=Priority.NORMAL,
        rank=0, tier=0,
    )  # fmt: skip
    hashes = tuple(row.sha256 for row in every)
    closed = Closed(occurrence=f"abc-{NOW}", version=1, attempt=1, sounded=0, due=1, assets=hashes)
    key = wire.new_key("n" * 10)
    for fact in (start, closed):
        signed = wire.sign(told(fact), key)
        opened = wire.open_signed(signed, lambda _: key, wire.REPORT_LIMIT)
        assert wire.decode_report(opened.payload) == told(fact)
