"""The office's database under power cuts: what nodes told, ingested by the real code, and acknowledged."""

from __future__ import annotations

import hashlib
import random
import sys
from pathlib import Path
from typing import Any

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from controller.exchange.upward import Arrived, load_registry, read
from controller.storage.engine import migrate, open_database, transact
from controller.storage.ingest import ingest
from controller.storage.tables import ConditionRow, EventRow, ProofRow, StreamRow
from playlists.reports import Boot
from playlists.topics import Lane, Topics
from tests.fault.powercuts.recording import mark
from tests.support.fleet import SITE, T0, closed, enrol, voices

TOPICS = Topics(SITE)
NODES = 3


def run(place: Path, ctl: Path, dice: random.Random, commits: int) -> None:
    """So many batches of three nodes, each acknowledged after its commit."""
    engine = open_database(str(place / "office.db"))
    migrate(engine)
    nodes = voices(NODES)
    enrol(engine, nodes)
    for node in nodes:
        node.happen(Boot(boot=1))
    told = {node.node: 0 for node in nodes}
    mark(ctl, migrated=True)
    for turn in range(commits):
        node = dice.choice(nodes)
        for each in range(dice.randrange(1, 6)):
            node.happen(closed(f"bulletin01-{turn}-{each}"))
        batch = node.tell(told[node.node] + 1, len(node.events))
        messages = [(Lane.EVENTS, batch), (Lane.STATUS, node.status())]
        arrived = [Arrived(TOPICS.node(node.node, lane), payload) for lane, payload in messages]
        heard, refused = read(arrived, TOPICS, transact(engine, load_registry))

        def take(session: Session, heard: Any = heard, refused: Any = refused) -> Any:
            return ingest(session, heard, refused, T0)

        taken = transact(engine, take)
        told[node.node] = len(node.events)
        for word in taken.acknowledged:
            mark(ctl, node=word.node, number=word.number, digest=word.digest, status=node.number)
    engine.dispose()


def lost_and_torn(place: Path, marks: list[dict[str, Any]]) -> tuple[list[str], list[str]]:
    """What was acknowledged and is not there; what is there and not whole. The real database is opened for it."""
    if not any("migrated" in each for each in marks):
        return [], []
    engine = open_database(str(place / "office.db"))
    newest = {each["node"]: each for each in marks if "node" in each}
    try:
        return transact(engine, lambda session: (_lost(session, newest), _torn(session)))
    finally:
        engine.dispose()


def _lost(session: Session, newest: dict[str, dict[str, Any]]) -> list[str]:
    lost = []
    for name, said in newest.items():
        chosen = select(EventRow.number, EventRow.body).where(EventRow.node_id == name)
        bodies = {row.number: row.body for row in session.execute(chosen)}
        lost += [f"event {n} of {name}" for n in range(1, said["number"] + 1) if n not in bodies]
        body = bodies.get(said["number"])
        if body is not None and hashlib.sha256(body).hexdigest() != said["digest"]:
            lost.append(f"the bytes of event {said['number']} of {name}")
        condition = session.scalar(select(ConditionRow.number).where(ConditionRow.node_id == name))
        if (condition or 0) < said["status"]:
            lost.append(f"the mark {said['status']} of {name}")
    return lost


def _torn(session: Session) -> list[str]:
    """The file is whole; each proof has its event; a stream says no more than is held, and no less."""
    found = str(session.scalar(text("PRAGMA integrity_check")))
    torn = [] if found == "ok" else [found]
    facts = session.scalar(select(func.count()).where(EventRow.kind == "closed"))
    proofs = session.scalar(select(func.count()).select_from(ProofRow))
    if facts != proofs:
        torn.append(f"{proofs} proofs of {facts} closing facts")
    for stream in session.scalars(select(StreamRow)):
        last = session.scalar(select(func.max(EventRow.number)).where(EventRow.node_id == stream.node_id))
        if (last or 0) != stream.number:
            torn.append(f"stream of {stream.node_id} at {stream.number} with events up to {last}")
    return torn


if __name__ == "__main__":
    run(Path(sys.argv[1]), Path(sys.argv[2]), random.Random(int(sys.argv[3])), int(sys.argv[4]))
