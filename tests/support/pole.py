"""A desk with an office behind it and one node on a pole whose key we have: what it says is heard and looked at."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

from httpx import Response

from controller.domain.facts import OfficeLink
from controller.domain.values import to_ms
from controller.exchange import Arrived, Exchange, Outgoing
from controller.housekeeping import Watch
from controller.signer import Signer, open_signer
from playlists import wire
from playlists.reports import Clock, Fact, Trust, Upload
from tests.support.desk import Desk
from tests.support.fleet import Voice

SITE = "tan-phu"


@dataclass
class Pole:
    """A desk with an office behind it, and one node whose key we have."""

    desk: Desk
    signer: Signer
    voice: Voice
    exchange: Exchange = field(init=False)
    watch: Watch = field(init=False)

    def __post_init__(self) -> None:
        engine, clock = self.desk.office.engine, self.desk.clock
        self.exchange = Exchange(engine, self.signer, SITE, clock)
        self.exchange.connected()
        self.exchange.reading_done()
        link = OfficeLink(True, clock() - timedelta(days=1))
        self.watch = Watch(engine, clock, lambda: link)

    def hear(self, lane: str, payload: bytes) -> None:
        """What the node says; then the office looks."""
        self.exchange.receive([Arrived(f"loa/1/{SITE}/node/n9/{lane}", payload)])
        self.watch.look()

    def beat(self, **said: Any) -> None:
        """A heartbeat at the desk's own time."""
        sure = Clock(wall=to_ms(self.desk.clock()), trust=Trust.SYNCHRONISED, bound=10)
        self.hear("status", self.voice.status(**{"clock": sure, **said}))

    def tell(self, fact: Fact) -> None:
        """An event of now."""
        self.voice.wall = to_ms(self.desk.clock())
        self.voice.happen(fact)
        self.hear("events", self.voice.tell(len(self.voice.events), len(self.voice.events)))

    def born(self, nonce: str = "n1") -> None:
        """A new connection."""
        self.hear("birth", self.voice.birth(nonce))

    def ask(self, action: str, who: str = "technician") -> Response:
        """Ask the node."""
        return self.desk.post("/nodes/n9/requests", {"action": action}, who)

    def sent(self) -> list[Outgoing]:
        """What goes down after a nudge."""
        self.exchange.look()
        return self.exchange.requests()

    def page(self, who: str = "technician", language: str = "vi") -> dict[str, Any]:
        """The node's page."""
        answer = self.desk.get("/nodes/n9", who, headers={"Accept-Language": language})
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    def request(self) -> dict[str, Any]:
        """The newest Request, as the page tells it."""
        found: dict[str, Any] = self.page()["requests"][0]
        return found

    def bring(self, data: bytes, request: str, **said: Any) -> Response:
        """The node PUTs a file."""
        name = hashlib.sha256(data).hexdigest()
        key = said.pop("key", self.voice.key)
        word = {"node": "n9", "sha256": name, "bytes": len(data), "what": "log", "request": request, **said}
        token = wire.sign(Upload(**word), key).decode()
        return self.desk.client.put(f"/uploads/{name}", content=data, headers={"Authorization": f"Loa {token}"})


def stand(commune: Desk, folder: Path) -> Pole:
    """Thôn 3 gets a node; there is a technician."""
    voice = Voice("n9", wire.new_key("n9"))
    hamlet = commune.hamlets["Thôn 3"]
    body = {"id": "n9", "name": "Cụm 9", "home": hamlet, "serves": [{"hamlet": hamlet, "homes": 80}],
            "public_key": wire.public_x(voice.key), "settings": {"heartbeat": 10_000}}  # fmt: skip
    commune.made("/nodes", body)
    commune.add_person("technician", "technician")
    return Pole(commune, open_signer(folder / "keys", SITE, to_ms(commune.clock())), voice)
