"""Presence, births and statuses folded into what is known of a node."""

from datetime import timedelta
from typing import Any

import pytest

from controller.storage.ingest.marks import Condition, Known, machines_json, machines_read
from controller.storage.ingest.told import Told
from playlists.reports import Birth, Clock, Connection, Heartbeat, Refusal, Trust
from tests.support.fleet import T0, T0_MS

CLOCK = Clock(wall=T0_MS, trust=Trust.HELD, bound=1)


def status(number: int, stream: str = "s1", boot: int = 1, connection: str = "c1", **more: Any) -> Told:
    whole: dict[str, Any] = {"clock": CLOCK, **more}
    said = Heartbeat(node="n0", connection=connection, stream=stream, boot=boot, number=number, **whole)
    return Told("n0", "t", said)


def birth(number: int, stream: str = "s1", boot: int = 1) -> Told:
    said = Birth(node="n0", connection="c1", nonce="x", stream=stream, boot=boot, number=number, clock=CLOCK)
    return Told("n0", "t", said)


def conn(on: bool, connection: str = "c1") -> Told:
    return Told("n0", "t", Connection(on=on, connection=connection, boot=1))


def after(*told: Told) -> Known:
    known = Known()
    for step, each in enumerate(told):
        known.take(each, T0 + timedelta(seconds=step))
    return known


def test_the_newest_status_is_kept() -> None:
    known = after(status(1), status(2))
    assert known.statuses["n0"].number == 2
    assert known.conditions["n0"] == Condition(True, "c1", T0, "s1", (1, 2))


@pytest.mark.parametrize("old", [status(1), status(9, boot=0), birth(1)])
def test_an_older_report_of_the_stream_is_not_taken(old: Told) -> None:
    known = after(status(2), old)
    assert known.conditions["n0"].mark == (1, 2)
    assert known.births == {}
    refused = [each.reason for each in known.not_taken]
    assert refused == [Refusal.OLDER] or len(known.repeated) == 1


def test_an_equal_status_is_a_silent_repeat() -> None:
    known = after(status(2), status(2))
    assert known.not_taken == []


def test_a_new_boot_counts_from_its_own_numbers() -> None:
    assert after(status(7), status(1, boot=2)).conditions["n0"].mark == (2, 1)


def test_a_new_stream_is_taken_and_the_old_one_keeps_its_mark() -> None:
    known = after(status(7), birth(1, stream="s2"))
    assert known.conditions["n0"].stream == "s2"
    assert known.marks["n0", "s1"] == (1, 7)
    assert known.left == {("n0", "s1")}


def test_what_was_recorded_from_a_stream_that_was_left_is_not_taken() -> None:
    known = after(status(7), birth(1, stream="s2"), status(7), status(6))
    assert known.conditions["n0"].stream == "s2"
    assert [each.reason for each in known.not_taken] == [Refusal.OLDER]


def test_a_will_ends_the_connection_it_names() -> None:
    known = after(status(1), conn(False))
    assert not known.conditions["n0"].online
    assert known.absent == {"n0"}


def test_a_late_will_of_an_older_connection_changes_nothing() -> None:
    assert after(status(1, connection="c2"), conn(False)).conditions["n0"].online


def test_unsigned_presence_never_makes_a_node_present() -> None:
    assert after(conn(True)).conditions == {}
    assert not after(status(1), conn(False), conn(True)).conditions["n0"].online


def test_a_signed_status_after_a_forged_will_brings_the_node_back() -> None:
    known = after(status(1), conn(False), status(2))
    assert known.conditions["n0"].online
    assert known.absent == set()


def at(second: int, trust: Trust = Trust.HELD) -> Clock:
    return Clock(wall=T0_MS + second * 1000, trust=trust, bound=1)


def heard(known: Known) -> str:
    return "".join(turn.machine for turn in known.conditions["n0"].machines.turns)


def test_two_machines_with_journals_of_their_own_are_heard_by_turns() -> None:
    known = after(*(status(number, stream=one, machine=one) for number in (1, 2) for one in "ab"))
    assert heard(known) == "abab"


def test_two_machines_with_one_journal_are_heard_by_turns_though_one_is_always_too_old() -> None:
    told = [status(9, machine="a", clock=at(1)), status(3, machine="b", clock=at(2))]
    told += [status(10, machine="a", clock=at(3)), status(4, machine="b", clock=at(4))]
    known = after(*told)
    assert heard(known) == "abab"
    assert (known.by_turns, known.statuses["n0"].machine) == ({"n0"}, "a")
    assert [each.reason for each in known.not_taken] == [Refusal.OLDER] * 2


@pytest.mark.parametrize("clock", [at(0), at(2), at(9, Trust.UNTRUSTED)])
def test_an_old_status_that_is_played_back_is_no_second_machine(clock: Clock) -> None:
    known = after(status(1, machine="a", clock=at(1)), status(5, machine="b", clock=at(2)))
    known.take(status(2, machine="a", clock=clock), T0)
    assert (heard(known), known.by_turns) == ("ab", set())


def test_what_is_known_of_machines_is_stored_and_read_back() -> None:
    machines = after(status(1, machine="a"), status(2, machine="b")).conditions["n0"].machines
    assert machines_read(machines_json(machines)) == machines
