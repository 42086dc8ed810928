"""The gateway is killed again and again, at any moment: nothing told is lost or doubled, the last decision goes out."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import select

from controller.nudges import SocketNudge
from controller.signer import Signer, open_signer
from controller.storage.engine import migrate, open_database, transact
from controller.storage.tables import EventRow
from playlists import wire
from playlists.models import Acknowledgement, AlertSheet, Millis
from playlists.reports import Boot
from playlists.topics import Lane, Topics
from tests.support import decisions
from tests.support.broker import Broker
from tests.support.ears import Ear, ear
from tests.support.fleet import SITE, Voice, enrol, voices
from tests.support.waiting import wait_for

KILLS = 5
LONGEST_S = 0.4
TOPICS = Topics(SITE)
MAILBOX, SHEET = TOPICS.node("n0", Lane.MSG), TOPICS.alert("z-commune", "office")


@pytest.mark.timeout(240)
def test_a_gateway_killed_at_any_moment_heals(tmp_path: Path, broker: Broker, protocol: int) -> None:
    data = tmp_path / "data"
    data.mkdir(mode=0o700)
    engine = open_database(str(data / "loa.db"))
    migrate(engine)
    node, chance = voices(1)[0], random.Random(7)
    enrol(engine, [node])
    decisions.begin(engine)
    signer, nudge = open_signer(data / "keys", SITE, Millis(1)), SocketNudge(data / "nudge.sock")
    with ear(broker, "n0", protocol, [MAILBOX, SHEET]) as listener:
        for turn in range(KILLS):
            gateway = _start(tmp_path, broker, protocol)
            decisions.mute(engine, "z-commune", datetime.now(UTC), hours=1 + turn)
            nudge.nudge()
            _tell(listener, node)
            _kill_within(gateway, chance.uniform(0, LONGEST_S))
        gateway = _start(tmp_path, broker, protocol)
        try:
            wait_for(lambda: _retold(listener, signer, node), "all that was told is acknowledged", 30)
            wait_for(lambda: _hours(listener, signer) == KILLS, "the last decision is out", 30)
        finally:
            gateway.terminate()
            assert gateway.wait(20) == 0
    stored = transact(engine, lambda session: list(session.scalars(select(EventRow.body).order_by(EventRow.number))))
    assert [body.decode() for body in stored] == node.events
    engine.dispose()


def _start(folder: Path, broker: Broker, protocol: int) -> subprocess.Popen[bytes]:
    """A gateway that listens."""
    (folder / "data" / "nudge.sock").unlink(missing_ok=True)
    settings = folder / "controller.toml"
    settings.write_text(
        f'site = "{SITE}"\ndata = "data"\n[broker]\nhost = "{broker.host}"\nport = {broker.port}\n'
        f'protocol = "{"5" if protocol == 5 else "3.1.1"}"\n'
    )
    with (folder / "log").open("ab") as log:
        command = [sys.executable, "-m", "controller", "--settings", str(settings), "gateway"]
        gateway = subprocess.Popen(command, stdout=log, stderr=log)
    wait_for((folder / "data" / "nudge.sock").exists, "the gateway listens", 40)
    return gateway


def _kill_within(gateway: subprocess.Popen[bytes], seconds: float) -> None:
    with pytest.raises(subprocess.TimeoutExpired):
        gateway.wait(seconds)
    gateway.kill()
    assert gateway.wait() == -signal.SIGKILL


def _tell(listener: Ear, node: Voice) -> None:
    """Three new facts, with all that went before, as a node tells what is not acknowledged."""
    for _ in range(3):
        node.happen(Boot(boot=1))
    listener.say(TOPICS.node("n0", Lane.EVENTS), node.tell(1, len(node.events)))


def _retold(listener: Ear, signer: Signer, node: Voice) -> bool:
    """Whether the last event is acknowledged; until then it is told again."""
    expected = wire.digest(node.events[-1].encode())
    for payload in listener.messages(MAILBOX):
        document = _open(signer, payload)
        if isinstance(document, Acknowledgement) and document.digest == expected:
            return True
    listener.say(TOPICS.node("n0", Lane.EVENTS), node.tell(1, len(node.events)))
    return False


def _hours(listener: Ear, signer: Signer) -> int:
    """For how many hours the newest sheet keeps all mute."""
    sheets = [_open(signer, payload) for payload in listener.messages(SHEET)]
    muted = [each.mute_until - each.issued_at for each in sheets if isinstance(each, AlertSheet)]
    return round(muted[-1] / 3_600_000) if muted else 0


def _open(signer: Signer, payload: bytes) -> object:
    opened = wire.open_signed(payload, lambda kid: signer.public(kid) or signer.root, wire.PLAN_LIMIT)
    return wire.decode_document(opened.payload)
