"""A commune that plays: what the recordings, the relays and the office say of each airing is one and the same."""

import os
import subprocess
import time
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import paho.mqtt.publish as publish
import pytest

from deploy.broker.files import CONTROLLER
from deploy.demo.commune import GREETING, NEWS, RIVERSIDE
from deploy.demo.folders import SITE, Secrets
from deploy.demo.office import Answer
from deploy.demo.verdicts import Heard, listen, programme_of
from deploy.listening import Signal
from playlists import wire
from playlists.models import Asset, Number
from playlists.reports import Closed, Evidence
from playlists.topics import Lane, Topics
from tests.support.demo import Demo, decided, edges, heard, upload
from tests.support.fleet import Voice
from tests.support.office import Office, asset_item, broadcast
from tests.support.waiting import wait_for

pytestmark = pytest.mark.timeout(180)

LATE_MS = 5.0
SKEW_MS = 1.0
ALIKE = 0.95
WARM_MS = 2000.0
TOPICS = Topics(SITE)
RUBBISH = (os.urandom(2000), b"{}", b"." * 2000, b"e" * 260_000, b"")
Topicked = tuple[str, bytes]


def listened(demo: Demo, airing: Answer, programme: Signal) -> dict[str, Heard]:
    """What each node that owed an airing made audible; one recording each."""
    found = {}
    for owed in airing["nodes"]:
        [recording] = [each for each in heard(demo.node(owed["node"])) if each.token.startswith(airing["id"])]
        found[owed["node"]] = listen(programme, recording, datetime.fromisoformat(airing["starts_at"]))
    return found


def assert_heard(demo: Demo, airing: Answer, programme: Signal) -> None:
    """Played in every hamlet, the very programme, on time, and everywhere at once."""
    assert {owed["verdict"]["kind"] for owed in airing["nodes"]} == {"played"}
    nodes = listened(demo, airing, programme)
    assert all(each.alike >= ALIKE for each in nodes.values()), nodes
    late = [each.late_ms for each in nodes.values()]
    assert max(map(abs, late)) <= LATE_MS, nodes
    assert max(late) - min(late) <= SKEW_MS, nodes


def assert_switched(demo: Demo, airing: Answer) -> None:
    """One edge up in time to be warm, named for the airing, and one down after it, on each node that owed it."""
    starts = datetime.fromisoformat(airing["starts_at"]).timestamp() * 1000
    for owed in airing["nodes"]:
        log = edges(demo.node(owed["node"]))
        [up] = [number for number, edge in enumerate(log) if edge["cause"].startswith(airing["id"])]
        assert log[up]["closed"]
        assert log[up]["wall_ms"] <= starts - 1000
        wait_for(lambda n=owed["node"], at=up: len(edges(demo.node(n))) > at + 1, "the relay opens", 10)  # type: ignore[misc]
        down = edges(demo.node(owed["node"]))[up + 1]
        assert not down["closed"]
        assert down["wall_ms"] >= starts + airing["due_ms"]


def test_the_description_is_whole_and_for_its_owner_only(commune: Demo) -> None:
    description = commune.folder / "demo.json"
    described = commune.described()
    assert description.stat().st_mode & 0o777 == 0o600
    assert len(described["nodes"]) == 3
    assert len(set(commune.pids())) == 3 + 3 * 3
    assert all(Path(f"/proc/{pid}").exists() for pid in commune.pids())
    assert [node["hamlet"] for node in described["nodes"]] == ["Thôn Đồng Tâm", "Thôn Nà Lầu", "Thôn Khe Cát"]
    for role in described["log_ins"]:
        with commune.office(role) as office:
            assert office.get("/me")["username"] == described["log_ins"][role]["username"]


def test_each_bulletin_is_heard_in_every_hamlet_that_owed_it(commune: Demo) -> None:
    due = [each for each in commune.airings() if each["title"] in ("Bản tin sáng", "Nhắc bà con ven suối")]
    assert [len(each["nodes"]) for each in due] == [3, 2]
    for each in due:
        airing = commune.closed(each["id"])
        with commune.office("editor") as office:
            assert_heard(commune, airing, programme_of(office, airing))
        assert_switched(commune, airing)


def test_an_upload_becomes_a_bulletin_and_is_heard_as_it_was_uploaded(commune: Demo, tmp_path: Path) -> None:
    file = said(tmp_path, "Mời bà con đến nhà văn hóa thôn họp vào tối thứ bảy. Xin mời bà con đến đông đủ.")
    asset = upload(commune, file)
    commune.all_closed()
    airing = commune.closed(decided(commune, "Thông báo họp", [asset]))
    with commune.office("editor") as office:
        assert office.fetch(f"/api/v1/assets/{asset}/original") == file.read_bytes()
        assert_heard(commune, airing, programme_of(office, airing))
    assert_switched(commune, airing)


def test_play_now_is_heard_everywhere_and_stop_silences_it_everywhere(commune: Demo) -> None:
    commune.all_closed()
    known = commune.commune
    playlist = [{"recordings": [{"language": "vi", "asset": known.spoken[text]}]} for text in (NEWS, RIVERSIDE)]
    body = {"area": known.commune, "programme": known.programme, "title": "Tin khẩn", "zones": [known.everywhere]}
    with commune.office("duty_officer") as office:
        airing = office.post("/play-now", {**body, "playlist": playlist})["id"]
        wait_for(lambda: seconds(commune, airing) > 3, "three seconds of it are heard in every hamlet", 15)
        office.post(f"/occurrences/{airing}/stop")
        told = time.time() * 1000
    logs = [edges(node) for node in commune.described()["nodes"]]
    wait_for(lambda: not any(closed(commune)), "every relay opens", 10)
    assert [len(each) % 2 for each in logs] == [1, 1, 1], "the relays were closed when it was stopped"
    assert all(edges(node)[-1]["wall_ms"] <= told + 5000 for node in commune.described()["nodes"])
    assert seconds(commune, airing) < 8
    sounded = [each["verdict"]["sounded_ms"] for each in commune.closed(airing)["nodes"]]
    assert all(1500 < each < 7000 for each in sounded), sounded
    with commune.office("editor") as office:
        whole = programme_of(office, office.get(f"/occurrences/{airing}"))
        parts = listened(commune, office.get(f"/occurrences/{airing}"), whole)
    assert len(parts) == 3
    assert all(part.alike >= ALIKE for part in parts.values()), parts
    late = [part.late_ms for part in parts.values()]
    assert -LATE_MS <= min(late) <= max(late) <= WARM_MS, "at the sheet's instant, or as soon as its amplifier is warm"


def test_a_stranger_with_every_log_in_of_the_broker_changes_nothing(commune: Demo) -> None:
    commune.all_closed()
    spoken, now = commune.commune.spoken, time.time() * 1000
    airing = decided(commune, "Giữa lúc bị phá", [spoken[GREETING], spoken[NEWS]], 12)
    known = {each["id"] for each in commune.airings()}
    wait_for(lambda: all(held(commune, now)), "every node holds it", 12)
    vandalise(commune, airing)
    wait_for(lambda: seconds(commune, airing) > 2, "it sounds in every hamlet", 20)
    vandalise(commune, airing)
    over = commune.closed(airing)
    with commune.office("editor") as office:
        assert_heard(commune, over, programme_of(office, over))
    assert_switched(commune, over)
    assert [proof["evidence"] for owed in over["nodes"] for proof in owed["proofs"]] == [["frames"]] * 3
    assert {each["id"] for each in commune.airings()} == known
    for node in commune.described()["nodes"]:
        causes = {edge["cause"].partition("/")[0] for edge in edges(node) if edge["closed"]}
        assert causes <= known
        assert {recording.token.partition("/")[0] for recording in heard(node)} <= known


def said(folder: Path, text: str) -> Path:
    """A text spoken into an MP3 file, in stereo at 44.1 kHz."""
    wav, mp3 = folder / "said.wav", folder / "Thông báo.mp3"
    subprocess.run(["espeak-ng", "-v", "vi", "-w", str(wav), text], check=True)
    options = ["-ac", "2", "-ar", "44100", "-c:a", "libmp3lame", "-b:a", "128k"]
    subprocess.run(["ffmpeg", "-v", "error", "-i", str(wav), *options, str(mp3)], check=True)
    return mp3


def seconds(demo: Demo, airing: str) -> float:
    """How much of an airing is on record where the least is."""
    return min(
        sum(len(each.samples()) / each.rate for each in heard(node) if each.token.startswith(airing))
        for node in demo.described()["nodes"]
    )


def closed(demo: Demo) -> list[bool]:
    """Whether each node's relay is closed."""
    return [bool(log) and log[-1]["closed"] for log in map(edges, demo.described()["nodes"])]


def held(demo: Demo, since_ms: float) -> list[bool]:
    """Whether each node tells that it holds a plan that was made after an instant."""
    with demo.office("editor") as office:
        held = [{each["kind"]: each for each in node["status"]["held"]} for node in office.get("/nodes")]
    return [each["plan"]["number"]["sequence"] > since_ms for each in held]


def vandalise(demo: Demo, airing: str) -> None:
    """As the office, and as each node: forged documents and reports, rubbish, and nothing, on every topic there is."""
    with demo.office("editor") as office:
        asset = Asset(**{name: office.get("/assets")[0][name] for name in ("sha256", "bytes", "frames")})
        zones = [zone["id"] for zone in office.get("/zones")]
    nodes = [node["id"] for node in demo.described()["nodes"]]
    for name, messages in {
        CONTROLLER: downward(nodes, zones, asset),
        **{each: upward(each, airing) for each in nodes},
    }.items():
        _write(demo, name, messages)


def downward(nodes: Sequence[str], zones: Sequence[str], asset: Asset) -> list[Topicked]:
    """An office with keys of its own: nothing is to be played but this asset, at once, and then all is to be quiet."""
    office, now = Office(site=SITE), time.time_ns() // 1_000_000
    newest = Number(epoch=9, sequence=now)
    forged = broadcast("forged0001", (asset_item(asset),), now + 2000)
    plans = {node: office.plan(now, forged, to=node, number=newest) for node in nodes}
    sheets = {zone: office.sheet(now, to=zone, number=newest, mute_until=now + 3_600_000) for zone in zones}
    written = [(TOPICS.node(node, Lane.PLAN), office.sign(plan)) for node, plan in plans.items()]
    written += [(TOPICS.alert(zone, "office"), office.sign(sheet)) for zone, sheet in sheets.items()]
    topics = [topic for topic, _ in written] + [TOPICS.node(node, Lane.MSG) for node in nodes]
    return [*written, *((topic, payload) for topic in topics for payload in RUBBISH)]


def upward(node: str, airing: str) -> list[Topicked]:
    """A node's voice with a key of its own: a person heard all of it, and of what never was."""
    liar = Voice(node, wire.new_key(node), stream="forged")
    for occurrence in (airing, "forged0001-1"):
        fact = Closed(occurrence=occurrence, version=1, attempt=1, sounded=1, due=9000, evidence=(Evidence.PERSON,))
        liar.happen(fact)
    told = {
        Lane.EVENTS: liar.tell(1, 2),
        Lane.STATUS: liar.status(),
        Lane.BIRTH: liar.birth(),
        Lane.CONN: liar.conn(False),
    }
    written = [(TOPICS.node(node, lane), payload) for lane, payload in told.items()]
    return [*written, *((topic, payload) for topic, _ in written for payload in RUBBISH)]


def _write(demo: Demo, name: str, messages: Sequence[Topicked]) -> None:
    """Retained, under the log-in of a name, which throws its owner out."""
    broker = demo.described()["broker"]
    password = Secrets(demo.folder).of(f"broker {name}")
    publish.multiple(
        [{"topic": topic, "payload": payload, "qos": 1, "retain": True} for topic, payload in messages],
        hostname=broker["host"],
        port=broker["port"],
        client_id=name,
        auth={"username": name, "password": password},
    )
