"""What a node lacks, by its own word."""

import pytest

from controller.exchange.answers import lacking
from controller.exchange.documents import Current, Name
from playlists.models import Number
from playlists.reports import Clock, Heartbeat, Held, Trust
from tests.support.fleet import T0, T0_MS

PLAN: Name = ("plan", "n0", "office")
SHEET: Name = ("sheet", "z", "office")
KEYS = "e" * 64
STANDING = {
    name: Current(row, name, Number(epoch=1, sequence=10), f"{row}" * 64, "c", "k1", b"", T0)
    for row, name in enumerate((PLAN, SHEET, ("sheet", "elsewhere", "office")), 1)
}


def held(name: Name, sequence: int = 10) -> Held:
    kind, to, issuer = name
    return Held(kind=kind, to=to, issuer=issuer, number=Number(epoch=1, sequence=sequence), digest="a" * 64)


KEY_SET = Held(kind="keys", to="xa", issuer="root", number=Number(epoch=1, sequence=1), digest=KEYS)


@pytest.mark.parametrize(
    ("holds", "lacks"),
    [
        ((held(PLAN), held(SHEET), KEY_SET), []),
        ((held(PLAN), KEY_SET), [SHEET]),
        ((held(PLAN, 9), held(SHEET), KEY_SET), [PLAN]),
        ((held(PLAN, 11), held(SHEET), KEY_SET), []),
        ((held(PLAN), held(SHEET)), [("keys", "", "")]),
        ((), [PLAN, SHEET, ("keys", "", "")]),
    ],
)
def test_a_node_lacks_what_it_does_not_hold_or_holds_older(holds: tuple[Held, ...], lacks: list[Name]) -> None:
    status = Heartbeat(
        node="n0",
        connection="c1",
        stream="s1",
        boot=1,
        number=1,
        clock=Clock(wall=T0_MS, trust=Trust.HELD, bound=1),
        held=holds,
    )
    assert lacking(status, ["z"], ["office", "office-emergency"], STANDING, KEYS) == lacks
