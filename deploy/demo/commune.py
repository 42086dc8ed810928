"""The commune of the demo: its places, its people, what it says; set up once through the public API."""

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from deploy.demo.folders import Home, Secrets, node_key, write_private
from deploy.demo.office import Answer, Office, OfficeError

TIME_ZONE = "Asia/Ho_Chi_Minh"
PROVINCE, COMMUNE = "Tỉnh Lạng Sơn", "Xã Tân Sơn"
HAMLETS = ("Đồng Tâm", "Nà Lầu", "Khe Cát", "Bản Chang", "Phố Mới", "Cầu Ngầm", "Suối Đá", "Rừng Thông", "Gò Lim")
PEOPLE = {
    "administrator": ("quantri", "Hoàng Văn Quản"),
    "editor": ("bientap", "Lương Thị Lan"),
    "approver": ("phutrach", "Nông Văn Minh"),
    "duty_officer": ("truc", "Vi Thị Hoa"),
    "technician": ("kythuat", "Lý Văn Sơn"),
}
GREETING = "Xin chào bà con. Đây là đài truyền thanh xã Tân Sơn."
NEWS = "Sáng mai, trạm y tế xã tiêm phòng cho trẻ em từ bảy giờ, tại nhà văn hóa các thôn."
RIVERSIDE = "Bà con ven suối chú ý. Chiều nay có mưa to, nước suối có thể lên nhanh."
DAY_AND_NIGHT = {"begin": "00:00", "end": "23:59"}
"""The demo is shown at any hour, so its routine may sound at any."""
QUICK = {"heartbeat": 5000}
MOVE = timedelta(seconds=5)
"""A bulletin that clashes with one of an earlier run is moved on by so much, until it does not."""


@dataclass(frozen=True)
class Commune:
    """What was set up, by its ids: hamlet by node, zones by name, the hash of each spoken text."""

    commune: str
    hamlets: dict[str, str]
    everywhere: str
    riverside: str
    programme: str
    spoken: dict[str, str]


def hamlet_names(count: int) -> list[str]:
    """So many hamlets."""
    return [f"Thôn {name}" for name in (*HAMLETS, *(str(n) for n in range(len(HAMLETS) + 1, count + 1)))][:count]


def node_names(count: int) -> tuple[str, ...]:
    """The nodes' ids, which say nothing of where they stand."""
    return tuple(f"cum-{number:02}" for number in range(1, count + 1))


def found(home: Home, office: Office, kept: Secrets, code: str, hamlets: int, say: Callable[[str], None]) -> Commune:
    """Set the commune up with the one-time code of the controller's first start, as an administrator would."""
    username, name = PEOPLE["administrator"]
    office.post(
        "/set-up",
        {"code": code, "area": PROVINCE, "kind": "tỉnh", "time_zone": TIME_ZONE, "name": name}
        | {"username": username, "password": kept.of(username)},
    )
    sign_in(office, kept, "administrator")
    province = _named(office.get("/areas"), PROVINCE)["id"]
    office.put(f"/areas/{province}/hours", {"hours": DAY_AND_NIGHT})
    commune = _made(office, "/areas", {"parent": province, "name": COMMUNE, "kind": "xã"})
    say(f"{COMMUNE}, {PROVINCE}: {hamlets} hamlets with a node each")
    places = {
        node: _hamlet(home, office, commune, node, name)
        for node, name in zip(node_names(hamlets), hamlet_names(hamlets), strict=True)
    }
    for role in PEOPLE.keys() - {"administrator"}:
        _person(office, kept, commune, role)
    say("speaking the bulletins in Vietnamese")
    sign_in(office, kept, "editor")
    riverside = _made(office, "/zones", {"owner": commune, "name": "Ven suối", "hamlets": list(places.values())[:2]})
    programme = _made(office, "/programmes", {"area": commune, "name": "Bản tin xã", "kind": "notice"})
    spoken = {
        text: office.post("/speech", {"area": commune, "text": text})["sha256"] for text in (GREETING, NEWS, RIVERSIDE)
    }
    everywhere = next(zone["id"] for zone in office.get("/zones") if zone["area"] == commune)
    return Commune(commune, places, everywhere, riverside, programme, spoken)


def keep(path: Path, commune: Commune) -> None:
    """Write down what was set up, for the next run."""
    write_private(path, json.dumps(asdict(commune), ensure_ascii=False, indent=2))


def kept_commune(path: Path) -> Commune | None:
    """What an earlier run set up here; None at the first."""
    return Commune(**json.loads(path.read_text(encoding="utf-8"))) if path.exists() else None


def sign_in(office: Office, kept: Secrets, role: str) -> None:
    """Act as the person of this role from now on."""
    username, _ = PEOPLE[role]
    office.become(username, kept.of(username))


def daily(office: Office, kept: Secrets, commune: Commune) -> None:
    """The morning and evening bulletin from tomorrow on: what an ordinary plan holds, and what nodes fetch ahead."""
    tomorrow = (datetime.now(ZoneInfo(TIME_ZONE)) + timedelta(days=1)).date()
    recurrence = {"repeat": "daily", "first_day": tomorrow.isoformat(), "times": ["05:00:00", "17:00:00"]}
    playlist = _spoken(commune, GREETING, NEWS, RIVERSIDE)
    air(office, kept, commune, "Bản tin hằng ngày", playlist, commune.everywhere, recurrence)


def once(office: Office, kept: Secrets, commune: Commune, starts_at: datetime) -> None:
    """This run's bulletin for the whole commune, and half a minute later one for the zone made by hand."""
    later = starts_at + timedelta(seconds=30)
    news, warning = _spoken(commune, GREETING, NEWS), _spoken(commune, GREETING, RIVERSIDE)
    _first_free(office, kept, commune, "Bản tin sáng", news, commune.everywhere, starts_at)
    _first_free(office, kept, commune, "Nhắc bà con ven suối", warning, commune.riverside, later)


def _first_free(
    office: Office, kept: Secrets, commune: Commune, title: str, playlist: list[Answer], zone: str, starts_at: datetime
) -> None:
    """At this instant, or the first after it that a bulletin of the run before does not hold."""
    try:
        air(office, kept, commune, title, playlist, zone, at(starts_at))
    except OfficeError as error:
        if error.kind != "clash":
            raise
        _first_free(office, kept, commune, title, playlist, zone, starts_at + MOVE)


def at(moment: datetime) -> Answer:
    """The recurrence of one airing, in the commune's time."""
    local = moment.astimezone(ZoneInfo(TIME_ZONE))
    return {"repeat": "once", "first_day": local.date().isoformat(), "times": [local.time().isoformat("seconds")]}


def air(
    office: Office, kept: Secrets, commune: Commune, title: str, playlist: list[Answer], zone: str, recurrence: Answer
) -> str:
    """Draft and submit as the editor, approve as the approver, who sees what was submitted; the broadcast's id."""
    sign_in(office, kept, "editor")
    broadcast = _made(
        office,
        "/broadcasts",
        {"area": commune.commune, "programme": commune.programme, "title": title, "zones": [zone]}
        | {"playlist": playlist, "recurrence": recurrence, "time_zone": TIME_ZONE},
    )
    office.post(f"/broadcasts/{broadcast}/versions/1/submit")
    sign_in(office, kept, "approver")
    digest = office.get(f"/broadcasts/{broadcast}")["versions"][-1]["digest"]
    office.post(f"/broadcasts/{broadcast}/versions/1/approve", {"digest": digest})
    return broadcast


def _spoken(commune: Commune, *texts: str) -> list[Answer]:
    return [
        {"recordings": [{"language": "vi", "asset": commune.spoken[text], "text": text, "voice": "vi"}]}
        for text in texts
    ]


def _hamlet(home: Home, office: Office, commune: str, node: str, name: str) -> str:
    """A hamlet with its node; the node's key stays in the node's folder."""
    hamlet = _made(office, "/areas", {"parent": commune, "name": name, "kind": "thôn", "head_title": "Trưởng thôn"})
    key = node_key(home, node)
    office.post(
        "/nodes",
        {"id": node, "name": f"Cụm loa {name}", "home": hamlet, "serves": [{"hamlet": hamlet, "homes": 120}]}
        | {"public_key": key, "settings": QUICK},
    )
    return hamlet


def _person(office: Office, kept: Secrets, area: str, role: str) -> None:
    username, name = PEOPLE[role]
    office.post(
        "/people", {"area": area, "role": role, "name": name, "username": username, "password": kept.of(username)}
    )


def _made(office: Office, path: str, body: Answer) -> str:
    made: str = office.post(path, body)["id"]
    return made


def _named(rows: list[Answer], name: str) -> Answer:
    return next(row for row in rows if row["name"] == name)
