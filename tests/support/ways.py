"""Every way into the office: each route with the operation that it asks. The matrix of rights is made of this table.

A route that stands neither here nor in OPEN fails the matrix. What each role may is not said here: it follows from
the operation's right and the one table of rights.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from playlists import wire
from tests.support.desk import PASSWORD
from tests.support.two_communes import FOREIGN, OWN, TOUCHING, Objects, alarm, play, version

Body = Mapping[str, Any]
NEW = "một mật khẩu mới"
EVERYWHERE, TREE, ALONE = (OWN, TOUCHING, FOREIGN), (OWN, FOREIGN), (OWN,)
NOWHERE: tuple[str, ...] = ()
"""What lies at the topmost area, where of the people of the matrix only its administrator has a right."""
OPEN = {
    "GET /api/v1/openapi.json", "GET /api/v1/health", "GET /api/v1/set-up", "POST /api/v1/set-up",
    "POST /api/v1/alarms/by-pin", "POST /api/v1/sign-in",
    "POST /api/v1/sign-out", "GET /sign-in", "POST /sign-in", "GET /set-up", "POST /set-up",
    "POST /sign-out", "POST /language", "GET /assets/{sha256}", "GET /static/{name}", "PUT /uploads/{sha256}",
    "GET /alarm-by-pin", "POST /alarm-by-pin", "GET /alarm-sent/{occurrence}",
}  # fmt: skip
"""What asks for nobody: coming in, the office's pulse, files that are found by their hash, what nodes sign for."""


@dataclass(frozen=True)
class Way:
    """A route, the operation that it asks, where its objects can lie, and what it is asked with.

    `names` are objects that stand in the path under another name; `quiets`: it makes quiet, so it reaches what touches.
    `tells`: what is wrong with a field is told in the answer, not refused.
    """

    route: str
    asks: str
    places: tuple[str, ...] = ALONE
    body: Callable[[Objects], Body] | None = None
    form: Callable[[Objects], Body] | None = None
    names: Mapping[str, str] = field(default_factory=dict)
    query: str = ""
    upload: bool = False
    quiets: bool = False
    tells: bool = False

    @property
    def method(self) -> str:
        """GET, POST …"""
        return self.route.partition(" ")[0]

    def path(self, objects: Objects) -> str:
        """The address with a place's objects in it."""
        named = {name: objects[kind] for name, kind in self.names.items()}
        return (self.route.partition(" ")[2] + self.query).format(**{**objects, "number": 1, **named})


def api(route: str, asks: str, *more: Any, **options: Any) -> Way:
    """A way of /api/v1."""
    method, _, path = route.partition(" ")
    return Way(f"{method} /api/v1{path}", asks, *more, **options)


def _zone(o: Objects) -> Body:
    return {"name": "Vùng mới", "hamlets": [o["area"]]}


def _node(o: Objects) -> Body:
    return {"name": "Loa mới", "home": o["area"], "serves": [{"hamlet": o["area"], "homes": 3}]}


def _key(_: Objects) -> Body:
    return {"public_key": wire.public_x(wire.new_key("new"))}


def _person(o: Objects) -> Body:
    return {"area": o["area"], "role": "editor", "name": "Bình", "username": "binh", "password": PASSWORD}


def _role(o: Objects) -> Body:
    return {"role": "editor", "area": o["area"]}


def _draft(o: Objects) -> Body:
    return version(o, "Mới", "20:00")


def _revision(o: Objects) -> Body:
    said = version(o, "Sửa", "20:00")
    return {"base": 1, **{name: said[name] for name in ("title", "zones", "playlist", "recurrence")}}


def _edit(o: Objects) -> Body:
    change = {"title": "Sửa", "zones": [o["area_zone"]], "playlist": _playlist(o)["items"]}
    return {"base": 1, "choice": "only_this", "nominals": ["2026-11-25T19:00:00+07:00"], "change": change}


def _edit_form(o: Objects) -> Body:
    said = {"base": "1", "choice": "only_this", "title": "Sửa", "when": "keep", "day": "25/11/2026", "time": "19:00"}
    return {**said, "place.0": o["area_zone"], "item.0": o["asset"], "act": "save"}


def _playlist(o: Objects) -> Body:
    return {"items": [{"recordings": [{"asset": o["asset"]}]}]}


def _bulletin(o: Objects) -> Body:
    chosen = {"programme": o["programme"], "item.0": o["asset"], "place.0": o["area_zone"]}
    when = {"when": "own", "day": "25/11/2026", "time": "20h", "late": "skip", "last_true": "25/11/2026"}
    return {"act": "draft", "title": "Soạn trên trang", **chosen, **when}


def _silence(o: Objects) -> Body:
    return {"areas": [o["area"]], "begin": "2026-11-24T08:00:00Z", "end": "2026-11-25T05:00:00Z", "why": "funeral"}


def _silence_form(o: Objects) -> Body:
    span = {"begin_day": "24/11/2026", "begin_time": "15:00", "end_day": "25/11/2026", "end_time": "12:00"}
    return {"at.0": o["area"], "why": "exams", **span}


def _nothing(_: Objects) -> Body:
    return {}


def _paper(o: Objects) -> Body:
    return {"digest": o["digest"], "approver": o["approver"], "note": "Phiếu trình 12"}


def _decision(o: Objects) -> Body:
    return {"number": "1", "digest": o["digest"]}


def _standing(o: Objects) -> Body:
    return {"area": o["commune"], "asset": o["asset"], "until": "2026-12-31"}


def _wish(o: Objects) -> Body:
    return version(o, "Quyết", "20:00")


def _sessions(_: Objects) -> Body:
    return {"from_day": "2027-01-01", "sessions": [{"name": "Chiều", "starts_at": "17:00", "limit_s": 1800}]}


def _sitting(_: Objects) -> Body:
    row = {"name": "Chiều", "starts_at": "17:00", "minutes": "30"}
    return {"from_day": "2027-01-01", **{f"sessions.0.{name}": value for name, value in row.items()}}


DRAFT, SUBMITTED, APPROVED, PAPERED = ({"broadcast": state} for state in ("draft", "submitted", "approved", "papered"))
ASSET = {"sha256": "asset"}
WITHDRAWN = {"broadcast": "withdrawn"}
ALARM = {"occurrence": "alarm"}


def _alarm_form(o: Objects) -> Body:
    return {"as": "real", "by": "hold", "area": o["area"], "message": "fire", "where": "some", "zone.1": o["area_zone"]}


WAYS = (
    api("GET /areas", "reading.tree"),
    api("POST /areas", "areas.add_area", TREE, lambda o: {"parent": o["area"], "name": "Xóm", "kind": "xóm"}),
    api("PATCH /areas/{area}", "areas.change_area", TREE, lambda o: {"name": "Tên mới"}),
    api("PUT /areas/{area}/settings", "areas.set_area", TREE, lambda o: {"head_title": "trưởng thôn"}),
    api("DELETE /areas/{area}", "areas.remove_area", TREE, names={"area": "spare"}),
    api("GET /zones", "reading.tree"),
    api("POST /zones", "areas.add_zone", TREE, lambda o: {"owner": o["commune"], **_zone(o)}),
    api("PUT /zones/{zone}", "areas.change_zone", TREE, _zone),
    api("DELETE /zones/{zone}", "areas.remove_zone", TREE),
    api("GET /nodes", "reading.nodes"),
    api("POST /nodes", "nodes.enrol_node", TREE, lambda o: {**_node(o), **_key(o)}),
    api("PUT /nodes/{node}", "nodes.change_node", EVERYWHERE, _node),
    api("PUT /nodes/{node}/key", "nodes.replace_key", EVERYWHERE, _key),
    api("PUT /nodes/{node}/settings", "nodes.set_node", EVERYWHERE, lambda o: {"settings": {"gain_normal": -3.0}}),
    api("DELETE /nodes/{node}", "nodes.remove_node", EVERYWHERE),
    api("GET /people", "reading.people"),
    api("POST /people", "people.add_person", TREE, _person),
    api("POST /people/{person}/grants", "people.grant_role", TREE, _role),
    api("DELETE /grants/{grant}", "people.revoke_role", TREE),
    api("PUT /people/{person}/password", "people.set_password", TREE, lambda o: {"password": NEW}),
    api("DELETE /people/{person}", "people.disable_person", TREE),
    api("GET /assets", "reading.assets"),
    api("POST /assets", "library.register_asset", TREE, form=lambda o: {"area": o["commune"]}, upload=True),
    api("POST /speech", "library.register_asset", TREE, lambda o: {"area": o["commune"], "text": "Mời bà con."}),
    api("DELETE /assets/{sha256}", "library.remove_asset", TREE, names=ASSET, query="?area={commune}"),
    api("GET /assets/{sha256}/file", "reading.asset", EVERYWHERE, names=ASSET),
    api("GET /assets/{sha256}/original", "reading.asset", EVERYWHERE, names=ASSET),
    api("GET /voices", "account.tokens"),
    api("GET /programmes", "reading.programmes"),
    api("POST /programmes", "library.add_programme", TREE, lambda o: {"area": o["commune"], "name": "Mới"}),
    api("DELETE /programmes/{programme}", "library.remove_programme", TREE),
    api("POST /playlists/measure", "reading.asset", EVERYWHERE, _playlist),
    api("GET /broadcasts/{broadcast}/versions/{number}/playlist", "reading.broadcast", EVERYWHERE, names=APPROVED),
    api("GET /broadcasts", "reading.broadcasts"),
    api("GET /broadcasts/{broadcast}", "reading.broadcast", EVERYWHERE, names=DRAFT),
    api("POST /broadcasts", "broadcasts.create_broadcast", TREE, _draft),
    api("POST /broadcasts/{broadcast}/versions", "broadcasts.revise_broadcast", EVERYWHERE, _revision, names=DRAFT),
    api("POST /broadcasts/{broadcast}/versions/{number}/submit", "broadcasts.submit_version", EVERYWHERE, _nothing,
        names=DRAFT),
    api("POST /broadcasts/{broadcast}/versions/{number}/approve", "approving.approve_version", EVERYWHERE,
        lambda o: {"digest": o["digest"]}, names=SUBMITTED),
    api("POST /broadcasts/{broadcast}/versions/{number}/return", "approving.return_version", EVERYWHERE,
        lambda o: {"why": "Ghi lại giờ"}, names=SUBMITTED),
    api("GET /approvals", "approving.waiting"),
    api("GET /approvals/asked", "approving.asked"),
    api("GET /approvals/on-paper", "approving.papers"),
    api("POST /broadcasts/{broadcast}/versions/{number}/approve-on-paper", "approving.approve_on_paper", EVERYWHERE,
        _paper, names=SUBMITTED),
    api("POST /broadcasts/{broadcast}/versions/{number}/seen", "approving.see_paper", EVERYWHERE, _nothing,
        names=PAPERED),
    api("GET /standing-approvals", "standing.standing"),
    api("GET /standing-approvals/ending", "standing.standing_ending"),
    api("POST /standing-approvals", "standing.grant_standing", TREE, _standing),
    api("DELETE /standing-approvals/{standing_approval}", "standing.revoke_standing", TREE,
        names={"standing_approval": "standing"}),
    api("GET /areas/{area}/approvers", "approvers.approvers", TREE),
    api("PUT /areas/{area}/approvers", "approvers.set_approvers", TREE, lambda o: {"persons": [o["approver"]]}),
    api("POST /broadcasts/{broadcast}/withdraw", "broadcasts.withdraw_broadcast", EVERYWHERE, _nothing, names=APPROVED),
    api("POST /broadcasts/{broadcast}/play-now", "playing_now.play_approved_now", EVERYWHERE,
        lambda o: {"zones": [o["area_zone"]]}, names=APPROVED),
    api("POST /play-now", "playing_now.play_now", TREE, play),
    api("POST /occurrences/{occurrence}/stop", "quiet.stop", EVERYWHERE, _nothing, names={"occurrence": "sounding"},
        quiets=True),
    api("GET /alarms", "alarms_now.alarms_now"),
    api("POST /alarms", "alarming.raise_alarm", TREE, lambda o: {**alarm(o), "message": "fire"}),
    api("POST /drills", "alarming.raise_drill", TREE, lambda o: {**alarm(o), "message": "drill-fire"}),
    api("GET /message-book", "messages.book"),
    api("PUT /message-book/words", "messages.set_words", NOWHERE, lambda o: {"name": "flood-1", "text": "Lũ về."}),
    api("PUT /message-book/recordings", "messages.put_clip", NOWHERE,
        lambda o: {"name": "flood-1", "language": "tay", "asset": o["asset"]}),
    api("POST /message-book/remove", "messages.remove_clip", NOWHERE, lambda o: {"name": "flood-1"}),
    api("POST /out-of-hours", "playing_now.air_out_of_hours", TREE, lambda o: {**play(o), "reason": "Lũ về đêm"}),
    api("GET /out-of-hours", "playing_now.aired_out_of_hours"),
    api("GET /me/pin", "pins.has_pin"),
    api("PUT /me/pin", "pins.set_pin", ALONE, lambda o: {"password": PASSWORD, "pin": "135792"}),
    api("GET /alarms/{occurrence}", "alarms_now.alarm", EVERYWHERE, names=ALARM),
    api("POST /alarms/{occurrence}/confirm", "alarming.confirm_alarm", TREE, names={"occurrence": "waiting"}),
    api("POST /alarms/{occurrence}/refuse", "alarming.refuse_alarm", TREE, _nothing, names={"occurrence": "waiting"}),
    api("POST /alarms/{occurrence}/extend", "alarming.extend_alarm", TREE, _nothing, names=ALARM),
    api("POST /alarms/{occurrence}/stop", "alarming.stop_alarm", TREE, names=ALARM),
    api("POST /alarms/{occurrence}/correct", "alarming.correct_alarm", TREE, _nothing, names=ALARM),
    api("POST /all-clear", "alarming.all_clear", TREE, lambda o: {"occurrences": [o["alarm"]]}),
    api("GET /mutes", "muted.mutes"),
    api("POST /mutes", "quiet.mute", TREE, lambda o: {"areas": [o["area"]]}),
    api("POST /mutes/lift", "quiet.lift", ALONE, _nothing),
    api("GET /occurrences", "reading.occurrences"),
    api("GET /occurrences/{occurrence}", "reading.occurrence", EVERYWHERE),
    api("GET /occurrences/{occurrence}/nodes/{node}/recording", "reading.occurrence", EVERYWHERE),
    api("GET /audit", "auditing.audit"),
    api("GET /week", "week.airings_between"),
    api("GET /week/template", "week.template_week"),
    api("GET /areas/{area}/tomorrow", "tomorrow.hamlet_tomorrow", TREE),
    api("GET /me", "account.tokens"),
    api("PUT /me/password", "account.change_own_password", ALONE, lambda o: {"old": PASSWORD, "new": NEW}),
    api("PUT /me/language", "people.set_language", ALONE, lambda o: {"language": "en"}),
    api("GET /me/sign-ins", "account.sign_ins"),
    api("DELETE /me/sign-ins/{sign_in}", "account.end_sign_in", TREE),
    api("GET /me/tokens", "account.tokens"),
    api("POST /tokens", "signing_in.make_token", ALONE, lambda o: {"name": "máy ghi"}),
    api("DELETE /tokens/{token}", "signing_in.revoke_token", TREE),
    api("POST /broadcasts/look", "deciding.look", TREE, _wish, tells=True),
    api("POST /broadcasts/decide", "deciding.decide", TREE, _wish),
    api("GET /areas/{area}/times", "times.times", TREE),
    api("PUT /areas/{area}/sessions", "times.set_sessions", TREE, _sessions),
    api("PUT /areas/{area}/hours", "times.set_hours", TREE, lambda o: {"hours": {"begin": "06:00", "end": "20:30"}}),
    api("GET /silences", "silencing.silences"),
    api("POST /silences", "silencing.place_silence", TREE, _silence),
    api("GET /silences/{silence}", "silencing.silence", EVERYWHERE),
    api("POST /silences/{silence}/lift", "silencing.lift_silence", EVERYWHERE, _nothing),
    api("GET /unreceived-silences", "silencing.unreceived"),
    api("GET /broadcasts/{broadcast}/withdrawn", "withdrawing.three_lists", EVERYWHERE, names=WITHDRAWN),
    api("GET /field", "field.loudspeakers"),
    api("GET /nodes/{node}", "field.loudspeaker", EVERYWHERE),
    api("GET /nodes/{node}/journal", "journal.journal", EVERYWHERE),
    api("POST /nodes/{node}/requests", "asking.ask_node", EVERYWHERE, lambda o: {"action": "self_test"}),
    api("GET /requests/{request_id}/file", "asking.brought", EVERYWHERE, names={"request_id": "request"}),
    api("POST /faults/{fault}/acknowledge", "faults.acknowledge_fault", EVERYWHERE, lambda o: {"note": "Đã gọi"}),
    Way("GET /", "day.day"),
    Way("GET /week", "week.airings_between"),
    Way("GET /tomorrow", "tomorrow.hamlet_tomorrow"),
    Way("GET /tomorrow/{area}", "tomorrow.hamlet_tomorrow", TREE),
    Way("GET /account", "account.sign_ins"),
    Way("POST /account", "account.change_own_password", form=lambda o: {"old": PASSWORD, "new": NEW}),
    Way("POST /account/pin", "pins.set_pin", form=lambda o: {"password": PASSWORD, "pin": "271828"}),
    Way("GET /account/devices", "account.sign_ins"),
    Way("POST /account/devices/end-others", "account.end_other_sign_ins", form=_nothing),
    Way("POST /account/devices/{sign_in}/end", "account.end_sign_in", TREE, form=_nothing),
    Way("POST /account/tokens/{token}/revoke", "signing_in.revoke_token", TREE, form=_nothing),
    Way("GET /people", "reading.people"),
    Way("GET /people/new", "people.areas_to_give"),
    Way("POST /people/new", "people.add_person", TREE, form=_person),
    Way("GET /people/{person}", "reading.people", TREE),
    Way("POST /people/{person}/roles", "people.grant_role", TREE, form=_role),
    Way("POST /people/{person}/roles/{grant}/revoke", "people.revoke_role", TREE, form=_nothing),
    Way("POST /people/{person}/password", "people.set_password", TREE, form=lambda o: {"password": NEW}),
    Way("POST /people/{person}/end", "people.disable_person", TREE, form=_nothing),
    Way("GET /audit", "auditing.audit"),
    Way("GET /times", "reading.tree"),
    Way("GET /areas/{area}/times", "times.times", TREE),
    Way("POST /areas/{area}/times/sessions", "times.set_sessions", TREE, form=_sitting),
    Way("POST /areas/{area}/times/hours", "times.set_hours", TREE, form=lambda o: {"begin": "06:00", "end": "20:00"}),
    Way("GET /alarm", "alarm_desk.desk"),
    Way("POST /alarm", "alarming.raise_alarm", TREE, form=_alarm_form),
    Way("GET /alarm/{occurrence}", "alarms_now.alarm", EVERYWHERE, names=ALARM),
    Way("POST /alarm/{occurrence}/stop", "alarming.stop_alarm", TREE, form=_nothing, names=ALARM),
    Way("POST /alarm/{occurrence}/extend", "alarming.extend_alarm", TREE, form=_nothing, names=ALARM),
    Way("POST /alarm/{occurrence}/correct", "alarming.correct_alarm", TREE, form=_nothing, names=ALARM),
    Way("POST /alarm/{occurrence}/all-clear", "alarming.all_clear", TREE, form=_nothing, names=ALARM),
    Way("POST /alarm/{occurrence}/confirm", "alarming.confirm_alarm", TREE, form=_nothing,
        names={"occurrence": "waiting"}),
    Way("POST /alarm/{occurrence}/refuse", "alarming.refuse_alarm", TREE, form=_nothing,
        names={"occurrence": "waiting"}),
    Way("GET /message-book", "messages.book"),
    Way("POST /message-book", "messages.set_words", NOWHERE, form=lambda o: {"name": "flood-1", "text": "Lũ về!"}),
    Way("GET /mute", "muted.surroundings"),
    Way("POST /mute", "quiet.mute", form=_nothing),
    Way("POST /mute/lift", "quiet.lift", form=_nothing),
    api("GET /airings/{occurrence}", "airing.airing", EVERYWHERE),
    api("POST /broadcasts/{broadcast}/edit/look", "editing.look_at_edit", EVERYWHERE, _edit, names=APPROVED,
        tells=True),
    api("POST /broadcasts/{broadcast}/edit", "editing.edit_airing", EVERYWHERE, _edit, names=APPROVED),
    Way("GET /approvals", "reviewing.lists"),
    Way("GET /approvals/{broadcast}", "reviewing.review", EVERYWHERE, names=SUBMITTED),
    Way("POST /approvals/{broadcast}/approve", "approving.approve_version", EVERYWHERE, form=_decision,
        names=SUBMITTED),
    Way("POST /approvals/{broadcast}/return", "approving.return_version", EVERYWHERE,
        form=lambda o: {**_decision(o), "why": "Ghi lại giờ"}, names=SUBMITTED),
    Way("POST /approvals/{broadcast}/paper", "approving.approve_on_paper", EVERYWHERE,
        form=lambda o: {"number": "1", **_paper(o)}, names=SUBMITTED),
    Way("POST /approvals/{broadcast}/seen", "approving.see_paper", EVERYWHERE, form=lambda o: {"number": "1"},
        names=PAPERED),
    Way("GET /standing", "reviewing.shelf"),
    Way("POST /standing", "standing.grant_standing", TREE, form=_standing),
    Way("POST /standing/{standing_approval}/revoke", "standing.revoke_standing", TREE, form=_nothing,
        names={"standing_approval": "standing"}),
    Way("GET /decide", "drafting.start"),
    Way("POST /decide", "deciding.decide", TREE, form=_bulletin),
    Way("POST /decide/speak", "library.register_asset", form=lambda o: {"act": "take", "text": "Mời bà con."}),
    Way("POST /decide/upload", "library.register_asset", form=lambda o: {"act": "upload"}, upload=True),
    Way("GET /decide/{broadcast}", "deciding.look", EVERYWHERE, names=SUBMITTED),
    Way("POST /decide/{broadcast}/withdraw", "broadcasts.withdraw_broadcast", EVERYWHERE, form=_nothing,
        names=APPROVED),
    Way("GET /silences", "silencing.overview"),
    Way("POST /silences", "silencing.place_silence", TREE, form=lambda o: {"area": o["area"]}),
    Way("GET /silences/new", "quiet.mute"),
    Way("POST /silences/new", "silencing.place_silence", TREE, form=_silence_form),
    Way("GET /silences/{silence}", "silencing.silence", EVERYWHERE),
    Way("POST /silences/{silence}/lift", "silencing.lift_silence", EVERYWHERE, form=_nothing),
    Way("GET /airings/{occurrence}/withdraw", "withdrawing.prospect", EVERYWHERE),
    Way("POST /airings/{occurrence}/withdraw", "broadcasts.withdraw_broadcast", EVERYWHERE,
        form=lambda o: {"why": "Sai ngày"}),
    Way("GET /withdrawn/{broadcast}", "withdrawing.three_lists", EVERYWHERE, names=WITHDRAWN),
    Way("GET /airings/{occurrence}", "airing.airing", EVERYWHERE),
    Way("POST /airings/{occurrence}/skip", "editing.edit_airing", EVERYWHERE, form=lambda o: {"base": "1"},
        names={"occurrence": "coming"}),
    Way("POST /airings/{occurrence}/stop", "quiet.stop", EVERYWHERE, form=_nothing, names={"occurrence": "sounding"},
        quiets=True),
    Way("GET /airings/{occurrence}/edit", "editing.look_at_edit", EVERYWHERE, names={"occurrence": "coming"}),
    Way("POST /airings/{occurrence}/edit", "editing.edit_airing", EVERYWHERE, form=_edit_form,
        names={"occurrence": "coming"}),
    Way("GET /broadcasts/{broadcast}", "versions.history", EVERYWHERE, names=APPROVED),
    Way("POST /broadcasts/{broadcast}/play-now", "playing_now.play_approved_now", EVERYWHERE,
        form=lambda o: {"zone.0": o["area_zone"]}, names=APPROVED),
    Way("GET /loudspeakers", "field.loudspeakers"),
    Way("GET /loudspeakers/{node}", "field.loudspeaker", EVERYWHERE),
    Way("GET /loudspeakers/{node}/journal", "journal.journal", EVERYWHERE),
    Way("POST /loudspeakers/{node}/requests", "asking.ask_node", EVERYWHERE, form=lambda o: {"action": "self_test"}),
    Way("POST /loudspeakers/{node}/faults", "faults.acknowledge_fault", EVERYWHERE,
        form=lambda o: {"fault": o["fault"], "note": "Đã gọi"}),
)  # fmt: skip
