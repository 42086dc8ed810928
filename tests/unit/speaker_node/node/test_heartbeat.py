"""A heartbeat on a line that costs: small, with everything that a technician reads in it."""

from playlists import wire
from playlists.models import Number
from playlists.reports import Because, Clock, Heartbeat, Held, Line, Trust

MOST_BYTES = 1100
"""Signed. Every five minutes these are less than 10 MB a month, of the 30 that a node may use."""
KEY = wire.new_key("cum-01")
HELD = tuple(
    Held(kind=kind, to="thon-1", issuer="office", number=Number(epoch=1, sequence=n), digest=wire.digest(b"%d" % n))
    for n, kind in enumerate(("keys", "plan", "sheet", "sheet"), start=1_795_000_000_000)
)
LINE = Line(
    bearer="4g",
    operator="Viettel",
    signal=-95,
    quality=67,
    used=12_345_678,
    balance=45_000,
    expires=1_798_675_200_000,
    reconnects=4,
)
WHOLE = Heartbeat(
    node="cum-01",
    stream="0123456789abcdef",
    boot=42,
    number=1234,
    connection="fedcba9876543210",
    clock=Clock(wall=1_795_000_000_000, trust=Trust.SYNCHRONISED, bound=14, source="kernel", rtc=True),
    held=HELD,
    ready=212,
    relay=False,
    read_back=False,
    sound_ok=True,
    temperature=48.25,
    under_voltage=False,
    under_voltage_since_boot=False,
    disk_free=9_123_456_789,
    disk_errors=0,
    memory_free=512_345_678,
    load=0.42,
    uptime=864_321,
    line=LINE,
    because=Because.POWER,
    machine="0123456789ab",
    profile="4g",
    versions=(("loa", "0.1.0"),),
)


def test_a_whole_node_s_heartbeat_is_small_on_a_line_that_costs() -> None:
    assert len(wire.sign(WHOLE, KEY)) <= MOST_BYTES


def test_what_a_machine_does_not_say_costs_nothing() -> None:
    silent = {"line": Line(), "disk_errors": None, "memory_free": None, "load": None, "under_voltage_since_boot": None}
    assert len(wire.sign(WHOLE.model_copy(update=silent), KEY)) < len(wire.sign(WHOLE, KEY)) - 120
