"""The site that is killed: its folder with keys and a staffed commune, and three nodes whose journal is a rule."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from joserfc.jwk import OKPKey
from sqlalchemy.orm import Session

from controller.storage.engine import transact
from controller.storage.tables import NodeRow
from playlists import wire
from playlists.reports import Boot, Event, EventBatch, Trust
from tests.support.commune import NOON
from tests.support.fleet import T0_MS
from tests.support.staffed import staffed_office

SITE = "xa-b"
NODES = ("n1", "n2", "n3")
STREAM = "s1"


@dataclass(frozen=True)
class Site:
    """Where it lies and who is who; `turn` moves the clock on from kill to kill."""

    folder: Path
    people: dict[str, str]
    areas: dict[str, str]
    programme: str
    keys: dict[str, OKPKey]

    @property
    def database(self) -> Path:
        """The database's file."""
        return self.folder / "loa.db"

    def at(self, turn: int) -> datetime:
        """When a turn begins: each has two minutes."""
        return NOON + timedelta(minutes=2 * turn)


def make_site(folder: Path) -> Site:
    """A staffed commune whose nodes have keys of their own."""
    folder.mkdir(parents=True)
    keys = {node: wire.new_key(node) for node in NODES}
    with staffed_office(folder) as made:

        def unit(session: Session) -> None:
            for node, key in keys.items():
                session.get_one(NodeRow, node).public_key = {"x": wire.public_x(key)}

        transact(made.office.engine, unit)
        database = Path(str(made.office.engine.url.database))
        people: dict[str, str] = {name: actor.person for name, actor in made.people.items()}
        areas: dict[str, str] = dict(made.areas)
        site = Site(folder, people, areas, made.programme, keys)
    if database != site.database:
        shutil.move(database, site.database)
    said = {"people": site.people, "areas": site.areas, "programme": site.programme}
    said["keys"] = {node: wire.private_text(key) for node, key in keys.items()}
    (folder / "site.json").write_text(json.dumps(said))
    return site


def read_site(folder: Path) -> Site:
    """The site of a folder."""
    said = json.loads((folder / "site.json").read_text())
    keys = {node: wire.load_private(text) for node, text in said["keys"].items()}
    return Site(folder, said["people"], said["areas"], said["programme"], keys)


def event_text(number: int) -> str:
    """The exact text of a node's n-th event, the same whenever it is told."""
    fact = Boot(boot=number, versions=(("loa", "1"),))
    return wire.encode_event(
        Event(number=number, wall=T0_MS + number, mono=number, boot=1, trust=Trust.HELD, fact=fact)
    )


def batch(site: Site, node: str, first: int, last: int) -> bytes:
    """These events of a node, signed."""
    texts = tuple(event_text(number) for number in range(first, last + 1))
    said = EventBatch(node=node, stream=STREAM, first=first, last=last, events=texts)
    return wire.sign(said, site.keys[node])
