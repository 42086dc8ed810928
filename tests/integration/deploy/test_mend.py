"""A broker's database that cannot be read is moved aside, and only such a one; asked of a real mosquitto."""

import os
import random
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from deploy.broker.mend import KEPT, NAME, loads, mend
from playlists.client import Client, Endpoint, Happening
from tests.support.broker import running_broker
from tests.support.ears import retained
from tests.support.waiting import wait_for


def filled(folder: Path) -> Path:
    """The database of a broker that holds fifty documents and was stopped."""
    with running_broker(folder) as broker:
        up: list[Happening] = []
        client = Client(Endpoint(broker.host, broker.port, "office", window=100), up.append)
        client.start()
        wait_for(lambda: up, "connected")
        for number in range(50):
            client.publish(f"loa/{number}", os.urandom(500), retain=True)
        wait_for(lambda: len(up) > 50, "taken")
        client.stop()
        broker.stop()
    return folder / NAME


def random_bytes(data: bytes) -> bytes:
    return random.Random(1).randbytes(len(data))


def null_bytes(data: bytes) -> bytes:
    return bytes(len(data))


def null_tail(data: bytes) -> bytes:
    """As a power cut leaves it: the length was written, the bytes were not."""
    return data[: len(data) // 2] + bytes(len(data) - len(data) // 2)


def cut_off(data: bytes) -> bytes:
    return data[: len(data) * 2 // 3]


def rubbish_in_the_middle(data: bytes) -> bytes:
    return data[:100] + random.Random(2).randbytes(300) + data[400:]


@pytest.mark.parametrize("damage", [random_bytes, null_bytes, null_tail, cut_off, rubbish_in_the_middle])
def test_whatever_happened_to_its_database_the_broker_starts(tmp_path: Path, damage: Callable[[bytes], bytes]) -> None:
    database = filled(tmp_path)
    broken = damage(database.read_bytes())
    database.write_bytes(broken)
    aside = mend(tmp_path)
    if damage in (random_bytes, null_bytes):
        assert aside is not None
    if aside is not None:
        assert aside.read_bytes() == broken
        assert not database.exists()
    with running_broker(tmp_path) as broker:
        retained(broker)


def test_a_database_that_can_be_read_stays_with_all_it_holds(tmp_path: Path) -> None:
    database = filled(tmp_path)
    before = database.read_bytes()
    assert mend(tmp_path) is None
    assert database.read_bytes() == before
    with running_broker(tmp_path) as broker:
        assert len(retained(broker)) == 50


def test_where_there_is_none_or_an_empty_one_nothing_is_moved(tmp_path: Path) -> None:
    assert mend(tmp_path) is None
    (tmp_path / NAME).touch()
    assert mend(tmp_path) is None


def test_the_last_few_broken_ones_are_kept(tmp_path: Path) -> None:
    for number in range(KEPT + 2):
        (tmp_path / NAME).write_bytes(b"broken %d" % number)
        assert mend(tmp_path) is not None
    kept = sorted(tmp_path.glob(f"{NAME}.broken-*"))
    assert [path.read_bytes() for path in kept] == [b"broken %d" % number for number in range(2, KEPT + 2)]


def test_the_alarm_is_one_critical_line_and_the_command_is_run(tmp_path: Path) -> None:
    (tmp_path / NAME).write_bytes(bytes(3000))
    command = [sys.executable, "-m", "deploy.broker.mend", str(tmp_path), "--", "echo", "the broker"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout == "the broker\n"
    assert [line[:16] for line in done.stderr.splitlines()] == ["<2>loa: ALARM: t"]
    assert not loads(next(tmp_path.glob(f"{NAME}.broken-*")))
