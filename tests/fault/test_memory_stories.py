"""Stories of what a node remembers: a month held, a reboot after the acknowledgement, a card put back or swapped."""

import hashlib
import os
import shutil
import time
from contextlib import closing
from pathlib import Path

from playlists.models import Asset
from playlists.reports import Birth, Boot, Closed, EventBatch, Heartbeat, Start, StoreState, Welcomed
from speaker_node.store import open_store
from speaker_node.store.schema import UNTOLD
from tests.support.agent import Agent, OfficeAtBroker, running
from tests.support.broker import Broker
from tests.support.office import NODE, Office, asset_item, broadcast
from tests.support.speech import Speech
from tests.support.waiting import wait_for

DAY = 86_400_000
DAYS, A_DAY = 31, 12


def now_ms() -> int:
    return time.time_ns() // 1_000_000


def test_with_a_month_of_schedule_and_audio_held_a_cold_boot_without_any_network_plays_on_time(tmp_path: Path) -> None:
    """Twelve airings a day for 31 days, each day with audio of its own; what is due first is verified first."""
    office, bulletin = Office(), Speech(tmp_path, 2.0, 1)
    agent = Agent(tmp_path / "node", office)
    month = []
    for day in range(DAYS):
        for each in range(A_DAY):
            data = os.urandom(50_000)
            asset = Asset(sha256=hashlib.sha256(data).hexdigest(), bytes=len(data), frames=400_000)
            agent.hold_asset(asset, data)
            start = now_ms() + (day + 1) * DAY - (each + 1) * 3_600_000
            month.append(broadcast(f"d{day:02}{each:02}", (asset_item(asset),), start))
    agent.hold_asset(bulletin.asset, bulletin.data)
    at = now_ms() + 9000
    agent.hold_plan(office.plan(now_ms(), broadcast("abc", bulletin.items, at), *month))
    with running(agent):
        wait_for(lambda: agent.facts(Closed), "the bulletin is over", 25)
    (fact,) = agent.facts(Closed)
    assert (fact.cause, fact.sounded) == (None, fact.due)
    assert abs(bulletin.heard_at(agent) - at) <= 5
    assert len([path for path in (agent.data / "assets").glob("*/*") if len(path.name) == 64]) == DAYS * A_DAY + 1


def test_what_was_acknowledged_is_never_told_or_aired_again_by_a_reboot_nor_by_a_card_that_is_put_back(
    tmp_path: Path, broker: Broker
) -> None:
    """The agent is killed after the acknowledgement; later an older image of its card is written back."""
    office, bulletin = Office(), Speech(tmp_path, 1.0, 1)
    agent = Agent(tmp_path / "node", office, broker.port)
    agent.hold_asset(bulletin.asset, bulletin.data)
    at = now_ms() + 4500
    agent.hold_plan(office.plan(now_ms(), broadcast("abc", bulletin.items, at, late=600_000, whole=True)))
    with OfficeAtBroker(office, broker.port, agent.key) as there:

        def all_acknowledged() -> bool:
            with closing(agent.journal().connection()) as store:
                return bool(store.execute(UNTOLD).fetchone() == (0,))

        agent.start()
        wait_for(lambda: there.facts(Closed), "the bulletin is told", 40)
        wait_for(all_acknowledged, "it is acknowledged")
        agent.kill()
        for ending in ("", "-wal"):
            shutil.copy(agent.data / f"store.db{ending}", tmp_path / f"image{ending}")
        for boots in (2, 3):
            with running(agent):
                wait_for(lambda: len(there.facts(Boot)) == boots, "the boot is told")  # noqa: B023
                wait_for(all_acknowledged, "it is acknowledged")
        stream, told = there.reports(Birth)[-1].stream, len(there.reports(EventBatch))
        for ending in ("", "-wal"):
            shutil.copy(tmp_path / f"image{ending}", agent.data / f"store.db{ending}")
        with running(agent):
            wait_for(lambda: there.reports(Birth)[-1].stream != stream, "a new stream is begun", 15)
            wait_for(lambda: len(there.facts(Boot)) == 5, "its boots are told", 15)
            wait_for(lambda: agent.facts(Welcomed), "it is welcomed in it")
    after = there.reports(EventBatch)[told:]
    assert stream not in {batch.stream for batch in after}
    assert len(there.facts(Closed)) == len(there.facts(Start)) == len(agent.facts(Start)) == 1
    assert [edge["closed"] for edge in agent.relay()] == [True, False]


def test_a_card_with_the_journal_of_another_node_is_told_and_nothing_of_it_is_obeyed_or_told(
    tmp_path: Path, broker: Broker
) -> None:
    office, theirs = Office(), Speech(tmp_path, 1.0, 1)
    agent = Agent(tmp_path / "node", office, broker.port)
    agent.hold_asset(theirs.asset, theirs.data)
    agent.hold_plan(office.plan(now_ms(), broadcast("abc", theirs.items, now_ms() + 4000)))
    with closing(open_store(agent.data / "store.db", NODE)) as store:
        foreign = store.stream
        store._connection.execute("UPDATE owner SET node = 'node-9', sum = row_sum('node-9')")
    with OfficeAtBroker(office, broker.port, agent.key) as there, running(agent):
        wait_for(lambda: there.facts(Boot), "the node tells of its boot")
        said = there.reports(Heartbeat)[-1]
        assert (said.store, said.store_error) == (StoreState.OK, "a journal of node node-9 was set aside")
        assert [held.kind for held in said.held if held.kind == "plan"] == []
        assert foreign not in {batch.stream for batch in there.reports(EventBatch)}
        (boot,) = there.facts(Boot)
        assert (boot.boot, boot.new_stream) == (1, True)
    assert list(agent.data.glob("store.db.foreign-*"))
