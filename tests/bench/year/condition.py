"""How the nodes are now, and the documents that the office signed for them in the last weeks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta
from typing import Any

from controller.domain.owed import OFFICE
from controller.domain.values import to_ms
from controller.exchange.documents import PLAN, content_of
from controller.signer import Signer
from controller.storage.ingest.marks import Condition, report_columns
from playlists import wire
from playlists.models import Plan
from playlists.reports import Birth, Clock, Heartbeat, Held, Trust
from tests.bench.year.owing import signed_on
from tests.bench.year.told import STREAM

KEPT = 62
"""How many days documents that were replaced are kept."""
SILENT_EVERY = 20
"""One node in so many is out of reach."""
Columns = dict[str, Any]


def documents(plan: Plan, signer: Signer, today: date) -> Iterator[Columns]:
    """A plan a day; those of before have the bytes of today's, which alone are ever sent again."""
    signed, content = signer.sign(plan, OFFICE), content_of(plan)
    for back in reversed(range(KEPT)):
        at = signed_on(today - timedelta(days=back))
        yield {
            "kind": PLAN,
            "to": plan.to,
            "issuer": OFFICE,
            "epoch": 1,
            "sequence": to_ms(at),
            "digest": f"{to_ms(at):064x}" if back else wire.digest(signed),
            "content_sha256": f"{to_ms(at):064x}" if back else content,
            "window_start_ms": plan.window.start - back * 86_400_000,
            "entries": None,
            "signed_bytes": signed,
            "signed_at": at,
            "published_at": at,
            "adopted": False,
        }


def streams(numbers: Mapping[str, int], now: datetime) -> list[Columns]:
    """How far each journal is acknowledged."""
    told = {"stream": STREAM, "digest": "0" * 64, "gone": [], "boot": 1, "told": 1, "begun_at": now, "received_at": now}
    return [{"node_id": node, "number": number, **told} for node, number in numbers.items()]


def conditions(plans: Mapping[str, Plan], assets: int, now: datetime) -> list[Columns]:
    """The last word of each node: most spoke just now, some are out of reach since yesterday."""
    return [
        _condition(plan, assets, now, online=number % SILENT_EVERY != 0)
        for number, plan in enumerate(plans.values(), 1)
    ]


def _condition(plan: Plan, assets: int, now: datetime, *, online: bool) -> Columns:
    at = now if online else now - timedelta(days=1)
    known = Condition(online, "c1", at, STREAM, (1, 2))
    held = (Held(kind=PLAN, to=plan.to, issuer=OFFICE, number=plan.number, digest="0" * 64),)
    said: Columns = {"node": plan.to, "connection": "c1", "stream": STREAM, "boot": 1, "held": held}
    clock = Clock(wall=to_ms(at), trust=Trust.SYNCHRONISED, bound=20)
    birth = Birth(**said, nonce="n1", number=1, clock=clock, first=1, last=1)
    status = Heartbeat(
        **said,
        number=2,
        clock=clock,
        ready=assets,
        relay=False,
        sound_ok=True,
        temperature=46.5,
        disk_free=20_000_000_000,
        uptime=86_400,
    )
    return {**report_columns(known, birth, at), **report_columns(known, status, at)}
