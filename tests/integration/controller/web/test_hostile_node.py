"""A node of ours in a stranger's hands: what it signs bends no page, hides no other node and stops no watch."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import update

from controller.storage.engine import transact
from controller.storage.tables import SignRow
from playlists.reports import (
    Boot,
    Clock,
    Held,
    Line,
    Missing,
    OnAir,
    Outcome,
    Press,
    Refusal,
    Refused,
    RequestDone,
    RequestTaken,
    Restarts,
    StoreState,
    Trust,
)
from playlists.values import LARGEST, Number
from tests.support.browsing import browse, enter
from tests.support.desk import Desk
from tests.support.pole import Pole, stand

ODD = "<script>alert(1)</script>{0}{name}%s\u202egnp.exe\ufeff\u0301" + "😀" * 60
LONGEST_WORD = 64
PAGES = ("/loudspeakers", "/loudspeakers/n9", "/loudspeakers/n9/journal", "/")


@pytest.fixture
def pole(commune: Desk, tmp_path: Path) -> Pole:
    """Thôn 3 has a node that its owner no longer holds; there is a technician."""
    return stand(commune, tmp_path)


@pytest.fixture
def technician(pole: Pole) -> Iterator[httpx.Client]:
    """The technician's browser."""
    with browse(pole.desk) as opened:
        assert enter(opened, "technician").status_code == 200
        yield opened


def largest(words: str) -> dict[str, Any]:
    """Every number of a heartbeat as large as the wire lets it be, every word the same, as long as it may be."""
    number, whole, word = Number(epoch=LARGEST, sequence=LARGEST), LARGEST, words[:LONGEST_WORD]
    return {
        "clock": Clock(wall=whole, trust=Trust.UNTRUSTED, bound=whole, source=word, rtc=False, disputed=True),
        "held": (Held(kind="plan", to="n9", issuer="office", number=number, digest="0" * 64),),
        "ready": whole, "missing": (Missing(sha256="0" * 64, cause=words),), "outbox": whole, "temperature": 1e308,
        "on_air": OnAir(occurrence="x" * 96, version=whole, attempt=whole, sounded=whole, due=whole),
        "under_voltage": True, "disk_free": whole, "uptime": whole, "signal": -whole, "level": -1e308,
        "memory_free": whole, "load": 1e308, "store": StoreState.FAILED, "store_error": words, "disk_errors": whole,
        "library_error": words, "quarantined": whole, "gone": whole, "fetching": whole, "refused": whole,
        "sound_ok": False, "sound_error": words, "machine": word, "profile": word, "versions": ((word, words[:500]),),
        "line": Line(bearer=word, operator=words, signal=whole, quality=whole, used=whole, balance=whole,
                     expires=whole, reconnects=whole, takeovers=whole, deaf=whole),
        "restarts": Restarts(sound=whole, guard=whole, because=words),
    }  # fmt: skip


def shown(pole: Pole, technician: httpx.Client) -> None:
    """Every page and every answer of the API stands, and none carries a word as if it were of the page."""
    for path in PAGES:
        answer = technician.get(path)
        assert answer.status_code == 200, (path, answer.text[:2000])
        assert "<script>alert" not in answer.text
    for path in ("/field", "/nodes/n9", "/nodes/n9/journal", "/nodes/n1"):
        assert pole.desk.get(path, "technician").status_code == 200, path


@pytest.mark.parametrize("words", [ODD, "x" * 2000, ""])
def test_the_largest_numbers_and_oddest_words_of_a_heartbeat_are_shown(
    pole: Pole, technician: httpx.Client, words: str
) -> None:
    pole.born()
    for _ in range(2):
        pole.beat(**largest(words))
        pole.tell(Refused(document="plan", reason=Refusal.OLDER, detail=words, times=LARGEST))
        pole.desk.clock.advance(seconds=10)
    shown(pole, technician)
    pole.desk.clock.advance(seconds=300)
    pole.watch.look()
    shown(pole, technician)


def test_events_of_any_time_and_any_words_are_shown(pole: Pole, technician: httpx.Client) -> None:
    pole.born()
    pole.voice.wall = LARGEST - 10
    pole.voice.happen(Boot(boot=LARGEST, last_alive=LARGEST, machine=ODD[:LONGEST_WORD]))
    pole.voice.happen(Press(what=ODD[:LONGEST_WORD]))
    pole.voice.happen(
        RequestTaken(
            id="another", action=ODD[:LONGEST_WORD], expires_at=LARGEST, arguments=((ODD[:LONGEST_WORD], ODD),) * 16
        )
    )
    pole.voice.happen(RequestDone(id="another", action="self_test", outcome=Outcome.FAILED, detail=ODD, level=-1e308))
    pole.hear("events", pole.voice.tell(1, 4))
    shown(pole, technician)


def test_what_this_release_cannot_read_of_one_node_is_told_as_unknown_on_a_page_of_all(
    pole: Pole, technician: httpx.Client
) -> None:
    pole.born()
    pole.tell(Boot(boot=1))
    pole.beat(sound_ok=False)
    odd = {"kind": "boot", "boot": "seven"}
    transact(pole.desk.office.engine, lambda session: session.execute(update(SignRow).values(fact=odd)))
    shown(pole, technician)
    assert "Không đọc được điều cụm loa báo" in technician.get("/loudspeakers").text
    assert "Không đọc được điều cụm loa báo" in technician.get("/loudspeakers/n9").text


@pytest.mark.parametrize(
    "arguments", [{"a": "\x00"}, {"a\nb": "c"}, {"a": "\u202e"}, {"a": "x" * 101}, {str(n): "x" for n in range(9)}]
)
def test_what_no_line_of_text_holds_is_no_argument_of_a_request(pole: Pole, arguments: dict[str, str]) -> None:
    pole.born()
    body = {"action": "self_test", "arguments": arguments}
    assert pole.desk.post("/nodes/n9/requests", body, "technician").status_code == 422
    assert pole.sent() == []


def test_a_file_brought_twice_at_once_is_kept_once(pole: Pole) -> None:
    pole.born()
    made, data = str(pole.ask("upload_log").json()["id"]), b"log" * 500_000
    pole.sent()
    with ThreadPoolExecutor(8) as many:
        answers = list(many.map(lambda _: pole.bring(data, made).status_code, range(8)))
    assert answers == [204] * 8
    (kept,) = pole.desk.app.state.web.uploads.iterdir()
    assert kept.name == hashlib.sha256(data).hexdigest()
    assert kept.read_bytes() == data
