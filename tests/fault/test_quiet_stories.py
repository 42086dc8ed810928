"""Stories of making quiet, over a real broker, a real gateway and real nodes: what people press, and what is heard."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from controller.domain.silences import SilenceId, Why
from controller.domain.values import (
    AreaId,
    BroadcastId,
    Language,
    OccurrenceId,
    PersonId,
    PlaylistItem,
    ProgrammeId,
    Recording,
    Role,
    Sha256,
    ZoneId,
)
from controller.domain.withdrawn import Fate
from controller.nudges import SocketNudge
from controller.operations import broadcasts, muted, playing_now, quiet, silencing, withdrawing
from controller.operations.acting import Actor, Office
from controller.operations.errors import Conflict
from controller.operations.secrets import random_id
from controller.storage.engine import transact
from controller.storage.tables import AssetEntryRow, GrantRow, PersonRow, ServesRow
from playlists.models import occurrence_id
from playlists.reports import Cause, Closed, Start
from tests.support.agent import Enrolled
from tests.support.decisions import CLERK
from tests.support.fleet import T0
from tests.support.site import Site, running_site
from tests.support.speech import Speech, seconds_heard
from tests.support.waiting import wait_for

COMMUNE, H0, H1 = AreaId("commune"), AreaId("h-n0"), AreaId("h-n1")
LAN, HEAD_0, HEAD_1 = Actor(CLERK, "Lan"), Actor(PersonId("head0"), "Bảy"), Actor(PersonId("head1"), "Tư")
LEAD_MS = 25_000
pytestmark = pytest.mark.timeout(180)


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    with running_site(tmp_path / "site", 2) as running:
        transact(running.engine, _staff)
        yield running


@pytest.fixture
def office(site: Site) -> Office:
    nudge = SocketNudge(site.folder / "data" / "nudge.sock")
    return Office(site.engine, nudge, lambda: datetime.now(UTC), random_id)


def _staff(session: Session) -> None:
    """A clerk of the commune who may play at once, and the head of each hamlet."""
    for head in (HEAD_0, HEAD_1):
        session.add(PersonRow(id=head.person, username=head.person, name=head.name, language="vi", created_at=T0))
    session.flush()
    for actor, area in ((LAN, COMMUNE), (HEAD_0, H0), (HEAD_1, H1)):
        role = Role.DUTY_OFFICER.value
        session.add(GrantRow(id=f"g-{actor.person}", person_id=actor.person, role=role, area_id=area, granted_at=T0))


def now_ms() -> int:
    return time.time_ns() // 1_000_000


def hush(office: Office, who: Actor, *areas: AreaId, hours: float = 20, why: Why = Why.FUNERAL) -> SilenceId:
    now = datetime.now(UTC)
    return SilenceId(silencing.place_silence(office, who, areas, now, now + timedelta(hours=hours), (), why))


def received(office: Office, silence: SilenceId) -> frozenset[str]:
    return frozenset(silencing.silence(office, LAN, silence).view.received)


def closing(node: Enrolled, occurrence: str) -> Closed:
    """The one closing fact of an airing on a node."""
    found = wait_for(
        lambda: [fact for fact in node.facts(Closed) if fact.occurrence == occurrence],
        f"{node.name} has closed it",
        LEAD_MS / 1000 + 30,
    )
    return found[0]


def test_a_funeral_that_a_head_sets_while_the_node_is_offline(site: Site, office: Office, tmp_path: Path) -> None:
    other, mourning = site.nodes
    speech = Speech(tmp_path, 4, 41)
    site.hold(speech)
    at = site.air("bulletin01", speech, now_ms() + LEAD_MS)
    site.planned(2)
    mourning.stop()
    silence = hush(office, HEAD_1, H1)
    wait_for(lambda: not silencing.unreceived(office, LAN)[0].contact.online, "the broker says that it is gone", 20)
    (missing,) = silencing.unreceived(office, LAN)
    assert (missing.contact.node, [head.name for head in missing.contact.heads]) == ("n1", ["Tư"])
    assert missing.sounds_at == datetime.fromtimestamp(at / 1000, UTC), (
        "before the session it is told, with whom to call"
    )
    assert received(office, silence) == frozenset()

    mourning.start()
    wait_for(lambda: received(office, silence) == {"n1"}, "back, it has received the silence", 30)
    assert silencing.unreceived(office, LAN) == ()
    occurrence = occurrence_id("bulletin01", at)
    assert closing(other, occurrence).cause is None
    assert closing(mourning, occurrence).cause is Cause.QUIET
    assert seconds_heard(mourning) == 0, "it stays silent"
    (fallen,) = [each for each in silencing.silence(office, LAN, silence).fallen if each.fallen.airing.nominal == at]
    assert (fallen.hamlets, fallen.own) == ((H1,), True)


def test_a_node_that_serves_two_hamlets_keeps_the_stricter_silence_and_the_other_hamlet_is_told(
    site: Site, office: Office, tmp_path: Path
) -> None:
    both, one = site.nodes
    transact(site.engine, lambda session: session.add(ServesRow(node_id="n0", hamlet_id=H1, homes=30)))
    hush(office, HEAD_1, H1, hours=0.001)
    silence = hush(office, HEAD_0, H0)
    wait_for(lambda: received(office, silence) == {"n0"}, "the node has received it", 30)
    (view,) = [each for each in silencing.silences(office, HEAD_1) if each.silence.id == silence]
    assert (view.others, view.mine) == (("Area h-n1",), False), "the head of the other hamlet is told"
    speech = Speech(tmp_path, 4, 42)
    site.hold(speech)
    at = site.air("bulletin01", speech, now_ms() + LEAD_MS)
    occurrence = occurrence_id("bulletin01", at)
    assert closing(both, occurrence).cause is Cause.QUIET
    assert closing(one, occurrence).cause is None
    assert seconds_heard(both) == 0


def play(office: Office, speech: Speech) -> OccurrenceId:
    recording = Recording(Language("vi"), Sha256(speech.asset.sha256))
    playlist = (PlaylistItem((recording,)),)
    made = playing_now.play_now(
        office, LAN, COMMUNE, ProgrammeId("news"), "Nhắc sơ tán", playlist, [ZoneId("z-commune")]
    )
    return OccurrenceId(made)


def begun(site: Site, occurrence: str) -> bool:
    return all(any(fact.occurrence == occurrence for fact in node.facts(Start)) for node in site.nodes)


def answered(office: Office) -> bool:
    return all(each.answered == each.nodes for each in muted.mutes(office, LAN))


def library(site: Site, speech: Speech) -> None:
    site.hold(speech)
    row = AssetEntryRow(
        sha256=speech.asset.sha256, area_id=COMMUNE, title="Lời", original_name=None, added_by=CLERK, added_at=T0
    )
    transact(site.engine, lambda session: session.add(row))


def test_mute_all_by_a_head_and_by_the_commune_during_a_play_now(site: Site, office: Office, tmp_path: Path) -> None:
    other, mine = site.nodes
    long, short = Speech(tmp_path, 45, 43), Speech(tmp_path, 3, 44)
    library(site, long)
    library(site, short)
    first = play(office, long)
    wait_for(lambda: begun(site, first), "it sounds in both hamlets", 40)
    quiet.mute(office, HEAD_1)
    assert closing(mine, first).cause is Cause.QUIET
    assert not other.facts(Closed), "the other hamlet hears on"
    wait_for(lambda: answered(office), "the head's node has answered", 10)
    quiet.mute(office, LAN)
    assert closing(other, first).cause is Cause.QUIET
    wait_for(lambda: answered(office), "all have answered", 10)
    assert len(muted.mutes(office, LAN)) == 2, "mutes add up"

    assert quiet.lift(office, HEAD_1) == ["z-h-n1"]
    assert [each.by for each in muted.mutes(office, HEAD_1)] == ["Lan"], "the head lifted only the own one"
    with pytest.raises(Conflict) as refused:
        play(office, short)
    assert str(refused.value) == "Lan has muted Area commune. Lift that first."
    heard = [seconds_heard(node) for node in site.nodes]

    quiet.mute(office, HEAD_1)
    assert quiet.lift(office, HEAD_1) == ["z-h-n1"]
    assert quiet.lift(office, LAN) == ["z-commune"]
    assert muted.mutes(office, LAN) == ()
    again = play(office, short)
    wait_for(lambda: begun(site, again), "both being gone, it sounds again", 40)
    assert {closing(node, again).cause for node in site.nodes} == {None}
    assert all(seconds_heard(node) > before + 2 for node, before in zip(site.nodes, heard, strict=True))


def test_stop_and_withdraw_while_one_node_is_away(site: Site, office: Office, tmp_path: Path) -> None:
    sounding, away = site.nodes
    speech = Speech(tmp_path, 30, 45)
    site.hold(speech)
    at = site.air("bulletin01", speech, now_ms() + LEAD_MS)
    site.planned(2)
    away.stop()
    wait_for(lambda: now_ms() > at + 2_000 and seconds_heard(sounding) > 1, "it is heard", LEAD_MS / 1000 + 20)
    broadcast = BroadcastId("bulletin01")
    wait_for(lambda: '"start"' in "".join(site.told(sounding)), "its START is told", 10)
    broadcasts.withdraw_broadcast(office, LAN, broadcast, "Sai ngày họp")
    wait_for(lambda: sounding.facts(Closed), "it has stopped", 5)
    lists = withdrawing.three_lists(office, LAN, broadcast)
    assert {each.contact.node: each.fate for each in lists.nodes} == {"n0": Fate.PLAYED, "n1": Fate.MAY_STILL}
    assert lists.hamlets(Fate.PLAYED, Fate.MAY_STILL) == (H0, H1), "whom a correction has to reach"

    away.start()
    wait_for(
        lambda: withdrawing.three_lists(office, LAN, broadcast).of(Fate.WILL_NOT),
        "back, it knows of the withdrawal",
        30,
    )
    assert seconds_heard(away) == 0
    found = {each.contact.node: each for each in withdrawing.three_lists(office, LAN, broadcast).nodes}
    wait_for(
        lambda: withdrawing.three_lists(office, LAN, broadcast).of(Fate.PLAYED)[0].sounded > 0,
        "its seconds are told",
        20,
    )
    assert {node: each.fate for node, each in found.items()} == {"n0": Fate.PLAYED, "n1": Fate.WILL_NOT}
