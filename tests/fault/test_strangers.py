"""A stranger with every right on the broker writes on every topic, down and up: nothing sounds, nothing is believed."""

import os
import time
import zlib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import pytest

from controller.domain.verdicts import Kind
from playlists import wire
from playlists.models import NodeSettings
from playlists.reports import Closed, Evidence, Refusal, Refused, Start
from playlists.topics import UPWARD, Lane, Topics
from tests.fault.forger import pour, scene
from tests.support.agent import Enrolled
from tests.support.fleet import SITE, Voice
from tests.support.office import Office, broadcast
from tests.support.site import Site, running_site
from tests.support.speech import Speech, seconds_heard
from tests.support.stranger import Stranger
from tests.support.waiting import wait_for

TOPICS = Topics(SITE)


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    with running_site(tmp_path / "site", 2) as running:
        yield running


@pytest.fixture
def stranger(site: Site) -> Iterator[Stranger]:
    entered = Stranger(site.broker.port)
    yield entered
    entered.leave()


def now_ms() -> int:
    return time.time_ns() // 1_000_000


def rubbish() -> dict[str, bytes]:
    """What is no document of anybody."""
    head = wire.new_key("n0")
    deep = b'{"kind":' * 1000 + b"1" + b"}" * 1000
    return {
        "random": os.urandom(3000),
        "empty JSON": b"{}",
        "not a number": b'{"kind":"plan","number":NaN}',
        "depth 1000": wire.sign_payload(deep, head),
        "deflated": b"x." + zlib.compress(bytes(1 << 20), 9) * 200,
        "dots": b"." * 2000,
        "long": b"e" * 266_000,
        "text": "Thôn trưởng".encode("utf-16"),
    }


def forged_documents(names: Mapping[str, str], speech: Speech) -> list[tuple[str, bytes]]:
    """An office with keys of its own under the names that ours have (by issuer): it plays at once, and mutes."""
    root, key = wire.new_key(names["root"]), wire.new_key(names["office"])
    office, at = Office(site=SITE, root=root, key=key), now_ms() + 4000
    plan = office.plan(now_ms(), broadcast("forged0001", speech.items, at), to="n0", settings=NodeSettings(warm_up=0))
    newest = plan.number.model_copy(update={"epoch": 9})
    plan = plan.model_copy(update={"number": newest})
    keys = office.key_set().model_copy(update={"number": newest})
    mute = office.sheet(now_ms(), mute_until=now_ms() + 3_600_000, to="z-commune")
    return [
        (TOPICS.node("n0", Lane.PLAN), office.sign(plan)),
        (TOPICS.node("n0", Lane.MSG), office.sign(keys)),
        (TOPICS.alert("z-commune", "office"), office.sign(mute)),
        (TOPICS.alert("z-h-n0", "office"), office.sign(mute.model_copy(update={"to": "z-h-n0"}))),
    ]


def forged_reports(name: str, at: int) -> list[tuple[str, bytes]]:
    """A node's voice from a stranger: it was all played, and more than was ever asked."""
    liar = Voice("n0", wire.new_key("n0"), stream="forged")
    for occurrence in (f"{name}-{at}", f"forged0001-{at}"):
        liar.happen(
            Closed(occurrence=occurrence, version=1, attempt=1, sounded=9000, due=9000, evidence=(Evidence.PERSON,))
        )
    return [
        (TOPICS.node("n0", Lane.EVENTS), liar.tell(1, 2)),
        (TOPICS.node("n0", Lane.STATUS), liar.status()),
        (TOPICS.node("n0", Lane.BIRTH), liar.birth()),
        (TOPICS.node("n9", Lane.EVENTS), liar.tell(1, 2)),
    ]


def every_topic() -> list[str]:
    """Of both nodes, of one that is not there, of the zones, and some that are nobody's."""
    nodes = [TOPICS.node(name, lane) for name in ("n0", "n1", "n9") for lane in (*UPWARD, Lane.PLAN, Lane.MSG)]
    issuers = ("office", "office-emergency")
    alerts = [TOPICS.alert(zone, issuer) for zone in ("z-commune", "z-h-n0") for issuer in issuers]
    return [*nodes, *alerts, "loa/1/xa", "loa/2/xa/node/n0/plan", "loa/1/other/node/n0/plan", "loa/1/xa/node//plan"]


def attack(
    stranger: Stranger, names: Mapping[str, str], old_plans: Mapping[str, Sequence[bytes]], dropped: Speech, due: int
) -> None:
    """Rubbish everywhere; what was recorded, again and at the wrong places; what is forged, whole, cut and changed."""
    for payload in rubbish().values():
        for topic in every_topic():
            stranger.write(topic, payload, retain=topic.endswith("plan"))
    for name, plans in old_plans.items():
        for plan in plans:
            stranger.write(TOPICS.node(name, Lane.PLAN), plan, retain=True)
            stranger.write(TOPICS.node(name, Lane.MSG), plan)
    for message in [each for each in list(stranger.kept) if each.topic.endswith(("events", "status", "birth"))][:40]:
        stranger.write(message.topic, message.payload)
        stranger.write(TOPICS.node("n1", Lane.EVENTS), message.payload)
    for topic, payload in (*forged_documents(names, dropped), *forged_reports("wanted0001", due)):
        for _ in range(3):
            for forged in (payload, payload[: len(payload) // 2], payload[:-1] + b"A"):
                stranger.write(topic, forged, retain=True)


@pytest.mark.timeout(150)
def test_nothing_that_a_stranger_writes_sounds_or_is_believed_and_what_was_decided_is_heard_on_time(
    site: Site, stranger: Stranger, tmp_path: Path
) -> None:
    dropped, wanted = Speech(tmp_path, 5.0, 21), Speech(tmp_path, 4.0, 22)
    site.hold(dropped)
    site.hold(wanted)
    gone = site.air("dropped001", dropped, now_ms() + 9000)
    site.planned(2)
    old_plans = {node.name: stranger.heard(TOPICS.node(node.name, Lane.PLAN)) for node in site.nodes}
    site.take_back("dropped001")
    site.planned(3)
    due = site.air("wanted0001", wanted, now_ms() + 22_000)
    site.planned(4)
    signed = site.signed()

    attack(stranger, site.key_names(), old_plans, dropped, due)
    wait_for(lambda: now_ms() > gone + 6000, "what was dropped would be over", 30)
    assert now_ms() < due - 1500, "the attack takes longer than the scene has time for"
    for node in site.nodes:
        assert (node.relay(), seconds_heard(node), node.facts(Start)) == ([], 0, [])
    assert {each.verdict.kind for each in site.results("wanted0001", due).values()} == {Kind.PENDING}
    assert site.signed() == signed

    for node in site.nodes:
        the_truth(site, node, wanted, due)
    assert {each.verdict.kind for each in site.results("wanted0001", due).values()} == {Kind.PLAYED}
    for each in site.results("dropped001", gone).values():
        assert each.verdict.kind in (Kind.WITHDRAWN, Kind.MISSED)
        assert each.verdict.sounded == 0
    assert site.results("forged0001", due) == {}
    old = next(each for each in stranger.kept if each.topic.endswith("status"))
    stranger.write(old.topic, old.payload)
    wait_for(lambda: "older" in {reason for _, reason in site.refusals()}, "what a node said long ago is refused", 20)
    refused = {reason for _, reason in site.refusals()}
    assert refused >= {"malformed", "too_big", "bad_signature", "older"}, refused
    assert len(site.refusals()) < 60, "strangers do not fill the table"


@pytest.mark.timeout(150)
def test_of_what_the_owner_of_the_broker_pours_over_a_node_it_counts_each_and_takes_none(
    site: Site, stranger: Stranger, tmp_path: Path
) -> None:
    scene(site, stranger, Speech(tmp_path, 2.0, 61))
    poured = pour(site, stranger, 300, 150.0)
    assert (poured.refused, poured.accepted) == (300, 0)
    assert len(poured.ways) == 8
    assert sum(fact.times for fact in site.nodes[0].facts(Refused)) <= poured.refused
    assert [(node.relay(), seconds_heard(node)) for node in site.nodes] == [([], 0.0)] * 2


def the_truth(site: Site, node: Enrolled, wanted: Speech, due: int) -> None:
    """One airing, on time, told as it was; of each reason one refusal at once and the rest counted."""
    wait_for(lambda: node.facts(Closed), "it is closed", 40)
    wait_for(lambda: site.knows_all(node), "the office knows", 15)
    wait_for(lambda: len(node.relay()) == 2, "the relay opens")
    assert [fact.occurrence for fact in node.facts(Start)] == [f"wanted0001-{due}"]
    assert abs(wanted.heard_at(node) - due) <= 5
    assert len(node.recordings()) == 1
    reasons = [fact.reason for fact in node.facts(Refused) if fact.times == 1]
    assert {Refusal.MALFORMED, Refusal.BAD_SIGNATURE, Refusal.OLDER, Refusal.TOO_BIG} <= set(reasons)
    assert len(reasons) == len(set(reasons))
    assert set(site.told(node)) == {wire.encode_event(event) for event in node.events() if event.number}
