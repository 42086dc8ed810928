"""A province with two communes, so that there is something of one's own, something that touches, something foreign.

Xã A is one's own; Xã B is not, but one of its nodes serves a hamlet of Xã A, too.
"""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from controller.domain.values import Role, to_ms
from controller.storage.engine import transact
from controller.storage.mapping import owed_columns
from controller.storage.tables import ConditionRow, FaultRow, OwedRow, PlayNowRow, RequestRow
from playlists import wire
from playlists.reports import Birth, Clock, Trust
from tests.support.desk import MORNING, PASSWORD, Desk, open_desk
from tests.support.ledger import owed

OWN, TOUCHING, FOREIGN, NOTHING = "own", "touching", "foreign", "nothing"
PLACES = (OWN, TOUCHING, FOREIGN)
NODES = {OWN: "loa-cua-ta", TOUCHING: "loa-giap-ranh", FOREIGN: "loa-nguoi-ta"}
NOBODY, NO_ROLE = "nobody", "norole"
STAFF = (*(role.value for role in Role), NO_ROLE)
Objects = dict[str, str]


@dataclass
class Scene:
    """What stands where: an object's id by place and kind, and each person's own sign-in and token."""

    desk: Desk
    database: Path
    objects: dict[str, Objects] = field(default_factory=dict)
    account: dict[str, Objects] = field(default_factory=dict)
    persons: dict[str, str] = field(default_factory=dict)

    def keep(self) -> None:
        """Remember the database as it is now."""
        self.desk.office.engine.dispose()
        shutil.copy(self.database, self.database.with_suffix(".kept"))

    def restore(self) -> None:
        """Put the database back as it was kept."""
        self.desk.office.engine.dispose()
        shutil.copy(self.database.with_suffix(".kept"), self.database)

    def of(self, place: str, who: str) -> Objects:
        """The objects of a place, as one person names them."""
        if place == NOTHING:
            return {
                kind: "0" * 64 if kind in ("asset", "digest") else "nirgends"
                for kind in (*self.objects[OWN], "sign_in", "token")
            }
        own = self.account.get(who if place == OWN else "stranger", {})
        return self.objects[place] | own


@contextmanager
def two_communes(folder: Path) -> Iterator[Scene]:
    """The scene, with a person for each role in Xã A, one without any, and the staff of Xã B."""
    recordings = {node: folder / "recordings" / node for node in NODES.values()}
    with open_desk(folder, recordings=recordings) as desk:
        scene = Scene(desk, folder / "loa.db")
        desk.set_up()
        communes = {name: _area(desk, desk.root, name, "xã") for name in ("Xã A", "Xã B")}
        homes = {OWN: communes["Xã A"], TOUCHING: communes["Xã B"], FOREIGN: communes["Xã B"]}
        hamlets = {place: _area(desk, homes[place], f"Thôn {place}", "thôn") for place in PLACES}
        second = _area(desk, communes["Xã A"], "Thôn giáp ranh", "thôn")
        for place in PLACES:
            _node(desk, NODES[place], hamlets[place], [second] if place == TOUCHING else [])
        _staff(scene, communes)
        for place in PLACES:
            heard = [hamlets[place], *([second] if place == TOUCHING else [])]
            scene.objects[place] = _objects(scene, place, homes[place], heard)
        _accounts(scene)
        scene.keep()
        yield scene


def _area(desk: Desk, parent: str, name: str, kind: str) -> str:
    return desk.made("/areas", {"parent": parent, "name": name, "kind": kind})


def _node(desk: Desk, name: str, home: str, others: list[str]) -> None:
    served = [{"hamlet": hamlet, "homes": 10} for hamlet in (home, *others)]
    body = {"id": name, "name": name, "home": home, "serves": served, "public_key": wire.public_x(wire.new_key(name))}
    desk.made("/nodes", body)


def _staff(scene: Scene, communes: dict[str, str]) -> None:
    for role in Role:
        scene.persons[role.value] = scene.desk.add_person(role.value, role.value, communes["Xã A"])
    for role in (Role.EDITOR, Role.APPROVER, Role.DUTY_OFFICER):
        named = f"{role.value}_b"
        scene.persons[named] = scene.desk.add_person(named, role.value, communes["Xã B"])
    person = scene.desk.add_person(NO_ROLE, Role.AUDITOR.value, communes["Xã A"])
    grants = next(each["grants"] for each in scene.desk.get("/people").json() if each["id"] == person)
    assert scene.desk.ask("DELETE", f"/grants/{grants[0]['id']}").status_code == 204


def _objects(scene: Scene, place: str, commune: str, heard: list[str]) -> Objects:
    desk, b, hamlet = scene.desk, "" if place == OWN else "_b", heard[0]
    editor, approver, officer = f"editor{b}", f"approver{b}", f"duty_officer{b}"
    made = {"commune": commune, "area": hamlet, "node": NODES[place], "area_zone": desk.zone_of(hamlet)}
    made["spare"] = _area(desk, commune, f"Thôn trống {place}", "thôn")
    made["zone"] = desk.made("/zones", {"owner": commune, "name": f"Vùng {place}", "hamlets": [hamlet]}, editor)
    made["programme"] = desk.made("/programmes", {"area": commune, "name": f"Bản tin {place}"}, editor)
    speech = desk.post("/speech", {"area": commune, "text": f"Thông báo {place}"}, editor)
    made["asset"] = str(speech.json()["sha256"])
    made["approver"] = scene.persons[approver]
    for time, state in (("17:00", "draft"), ("18:00", "submitted"), ("19:00", "approved"), ("16:00", "papered")):
        body = version(made, f"{state} {place}", time)
        made[state] = desk.made("/broadcasts", body, editor)
    for state in ("submitted", "approved", "papered"):
        assert desk.post(f"/broadcasts/{made[state]}/versions/1/submit", who=editor).status_code == 204
    for state, kind in (("submitted", "digest"), ("approved", "approved_digest")):
        made[kind] = str(desk.get(f"/broadcasts/{made[state]}").json()["versions"][0]["digest"])
    approval = {"digest": made["approved_digest"]}
    assert desk.post(f"/broadcasts/{made['approved']}/versions/1/approve", approval, approver).status_code == 204
    digest = desk.get(f"/broadcasts/{made['papered']}").json()["versions"][0]["digest"]
    paper = {"digest": digest, "approver": made["approver"], "note": "Phiếu trình 11"}
    answer = desk.post(f"/broadcasts/{made['papered']}/versions/1/approve-on-paper", paper, editor)
    assert answer.status_code == 204, answer.text
    standing = {"area": commune, "asset": made["asset"], "until": "2026-11-30"}
    made["standing"] = desk.made("/standing-approvals", standing, approver)
    made["withdrawn"] = desk.made("/broadcasts", version(made, f"withdrawn {place}", "13:00"), editor)
    assert desk.post(f"/broadcasts/{made['withdrawn']}/withdraw", who=editor).status_code == 204
    span = {"begin": "2026-11-24T08:00:00Z", "end": "2026-11-25T05:00:00Z"}
    made["silence"] = desk.made("/silences", {"areas": [hamlet], "why": "funeral", **span}, officer)
    twice = play(made) | {"playlist": 2 * play(made)["playlist"]}
    made["sounding"] = desk.made("/play-now", twice, officer)
    _alarms(scene, made, officer)
    made["occurrence"] = f"{made['approved']}-{to_ms(MORNING)}"
    made["coming"] = f"{made['approved']}-{to_ms(datetime(2026, 11, 25, 12, tzinfo=UTC))}"
    _owe(scene, made, made["occurrence"], heard)
    _owe(scene, made, made["sounding"], heard)
    _trouble(scene, made)
    person = {"area": commune, "role": "auditor", "name": f"Người {place}", "username": f"p-{place}"}
    made["person"] = desk.made("/people", person)
    seen = next(each for each in desk.get("/people").json() if each["id"] == made["person"])
    made["grant"] = str(seen["grants"][0]["id"])
    return made


def version(objects: Objects, title: str, time: str) -> dict[str, Any]:
    """The body of a broadcast of tomorrow."""
    return {
        "area": objects["commune"],
        "programme": objects["programme"],
        "title": title,
        "zones": [objects["area_zone"]],
        "playlist": [{"recordings": [{"language": "vi", "asset": objects["asset"]}]}],
        "recurrence": {"repeat": "once", "first_day": "2026-11-25", "times": [time]},
    }


def play(objects: Objects) -> dict[str, Any]:
    """The body of a play now."""
    said = version(objects, "Phát ngay", "00:00")
    return {name: said[name] for name in ("area", "programme", "title", "playlist", "zones")}


def _alarms(scene: Scene, made: Objects, officer: str) -> None:
    """An alarm that sounds, and another that waits for a second person."""
    made["alarm"] = scene.desk.made("/alarms", alarm(made), officer)

    def release(session: Session) -> None:
        row, now = session.get_one(PlayNowRow, made["alarm"]), to_ms(scene.desk.clock.now)
        row.starts_at_ms, row.start_by_ms, row.ends_at_ms = now, now + 1_800_000, now + 1_800_000

    transact(scene.desk.office.engine, release)
    settings = {"head_title": "trưởng thôn", "settings": {"second_person_s": 60}}
    assert scene.desk.ask("PUT", f"/areas/{made['area']}/settings", json=settings).status_code == 204
    made["waiting"] = scene.desk.made("/alarms", {**alarm(made), "message": "storm"}, officer)
    asked_by = scene.persons[Role.EDITOR.value]

    def somebody_else(session: Session) -> None:
        session.get_one(PlayNowRow, made["waiting"]).asked_by = asked_by

    transact(scene.desk.office.engine, somebody_else)


def alarm(objects: Objects) -> dict[str, Any]:
    """The body of an alarm."""
    return {"area": objects["area"], "message": "flood", "zones": [objects["area_zone"]]}


def _owe(scene: Scene, made: Objects, occurrence: str, heard: list[str]) -> None:
    """What a signed document makes owed, and what the node's sink recorded of it."""
    row = owed(made["node"], {hamlet: f"Thôn {hamlet}" for hamlet in heard}, occurrence, MORNING, 3600, "Đã phát")
    broadcast = occurrence.rpartition("-")[0]
    columns = {**owed_columns(row), "area_id": made["commune"], "broadcast_id": broadcast}
    transact(scene.desk.office.engine, lambda session: session.add(OwedRow(**columns)))
    folder = scene.desk.app.state.web.recordings[made["node"]]
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"20261124T010000.000Z-{occurrence}_1_0_0.wav").write_bytes(b"RIFF" + b"\0" * 100)


def _trouble(scene: Scene, made: Objects) -> None:
    """A node that is connected and has a fault, and brought its log when it was asked."""
    node, place = made["node"], made["area"]
    made["fault"], made["request"], name = (
        hashlib.sha256(place.encode()).hexdigest()[:10],
        f"request-{place}",
        hashlib.sha256(node.encode()).hexdigest(),
    )
    birth = Birth(
        node=node, connection="c1", nonce="n1", stream="s1", boot=1, number=1,
        clock=Clock(wall=to_ms(MORNING), trust=Trust.HELD, bound=10),
    )  # fmt: skip
    condition = ConditionRow(
        node_id=node, online=True, connection_id="c1", connection_at=MORNING, stream="s1", boot=1, number=1,
        birth=birth.model_dump(mode="json"), birth_at=MORNING,
    )  # fmt: skip
    fault = FaultRow(
        id=made["fault"], kind="heat", node_id=node, life="new", what="hot", severity=2, opened_at=MORNING,
        since_at=MORNING, known_at=MORNING, grounds={"degrees": 85.0}, times=1, members=[], note="",
    )  # fmt: skip
    asked = RequestRow(
        id=made["request"], node_id=node, action="upload_log", arguments={}, asked_by=scene.persons["technician"],
        asked_at=MORNING, expires_at=MORNING, sent_at=MORNING, outcome="done", detail="", sha256=name,
        uploaded_at=MORNING,
    )  # fmt: skip
    transact(scene.desk.office.engine, lambda session: session.add_all([condition, fault, asked]))
    folder = scene.desk.app.state.web.uploads
    folder.mkdir(exist_ok=True)
    (folder / name).write_bytes(b"log")


def _accounts(scene: Scene) -> None:
    """A sign-in and a token for each, and for somebody else."""
    desk = scene.desk
    for who in (*STAFF, "stranger"):
        name = "editor_b" if who == "stranger" else who
        signed = desk.client.post(
            "/api/v1/sign-in", json={"username": name, "password": PASSWORD}, headers={"Origin": desk.origin}
        )
        assert signed.status_code == 200, signed.text
        here = desk.client.get("/api/v1/me/sign-ins").json()[0]["id"]
        desk.client.cookies.clear()
        assert desk.post("/tokens", {"name": "máy"}, name).status_code == 201
        token = next(each["id"] for each in desk.get("/me/tokens", name).json() if each["name"] == "máy")
        scene.account[who] = {"sign_in": here, "token": token}
