"""The program itself: two processes under one parent, what stops a start, and the operator's few acts."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from tests.support.broker import HOST, Broker, free_port
from tests.support.waiting import wait_for


def command(settings: Path, *words: str) -> list[str]:
    return [sys.executable, "-m", "controller", "--settings", str(settings), *words]


def run(settings: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command(settings, *words), capture_output=True, text=True, timeout=50)


@pytest.fixture
def settings(tmp_path: Path, broker: Broker) -> Path:
    path = tmp_path / "controller.toml"
    path.write_text(
        f'site = "xa"\ndata = "data"\n[web]\nport = {free_port()}\n'
        f'[broker]\nhost = "{broker.host}"\nport = {broker.port}\n'
    )
    return path


def port(settings: Path) -> int:
    return int(settings.read_text().split("[web]\nport = ")[1].split("\n")[0])


@contextmanager
def serving(settings: Path) -> Iterator[subprocess.Popen[str]]:
    """`serve`, ended by SIGTERM at the end."""
    with (settings.parent / "log").open("w") as log:
        process = subprocess.Popen(command(settings, "serve"), stdout=subprocess.PIPE, stderr=log, text=True)
    try:
        wait_for(lambda: answers(settings), "the page answers", 40)
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 0
        assert process.stdout is not None
        process.stdout.close()


def answers(settings: Path) -> bool:
    try:
        return httpx.get(f"http://{HOST}:{port(settings)}/", trust_env=False).status_code < 500
    except httpx.TransportError:
        return False


def children(pid: int) -> dict[str, int]:
    """The children of a process by their verb."""
    found = {}
    for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
        words = Path(f"/proc/{child}/cmdline").read_bytes().decode().rstrip("\0").split("\0")
        found[words[-1]] = int(child)
    return found


@pytest.mark.timeout(120)
def test_serve_runs_web_and_gateway_and_starts_again_what_dies(settings: Path) -> None:
    with serving(settings) as process:
        assert process.stdout is not None
        assert "one-time set-up code: " in process.stdout.readline()
        before = children(process.pid)
        assert before.keys() == {"web", "gateway"}
        for name, pid in before.items():
            os.kill(pid, signal.SIGKILL)
            wait_for(lambda name=name, pid=pid: children(process.pid).get(name, pid) != pid, f"{name} comes back", 20)  # type: ignore[misc]
        wait_for(lambda: answers(settings), "the page answers again", 40)
        last = children(process.pid)
    assert not any(Path(f"/proc/{pid}").exists() for pid in last.values())


@pytest.mark.timeout(120)
def test_the_children_end_when_their_parent_is_killed(settings: Path) -> None:
    with (settings.parent / "log").open("w") as log:
        process = subprocess.Popen(command(settings, "serve"), stdout=log, stderr=log)
    wait_for(lambda: answers(settings), "the page answers", 40)
    orphans = children(process.pid)
    process.kill()
    process.wait()
    wait_for(lambda: not any(_runs(pid) for pid in orphans.values()), "web and gateway end", 20)


def _runs(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_a_second_gateway_of_one_office_does_not_start(settings: Path) -> None:
    first = subprocess.Popen(command(settings, "gateway"), stderr=subprocess.DEVNULL)
    try:
        wait_for((settings.parent / "data" / "nudge.sock").exists, "the gateway listens", 30)
        second = run(settings, "gateway")
        assert second.returncode == 1
        assert "another gateway of this office is running" in second.stderr
    finally:
        first.send_signal(signal.SIGINT)
        assert first.wait(20) == 0


def test_a_bad_setting_stops_the_start(settings: Path) -> None:
    settings.write_text(settings.read_text() + "pasword = 1\n")
    ended = run(settings, "serve")
    assert ended.returncode == 2
    assert ended.stderr == f"{settings}:8: broker.pasword: unknown key\n"


def test_a_missing_key_stops_the_start(settings: Path) -> None:
    assert run(settings, "set-up-code").returncode == 0
    (settings.parent / "data" / "keys" / "office.jwk").unlink()
    ended = run(settings, "gateway")
    assert ended.returncode == 1
    assert "office.jwk: No such file or directory" in ended.stderr


def test_the_operator_raises_the_epoch(settings: Path) -> None:
    assert [run(settings, "epoch", "raise").stdout for _ in range(2)] == ["2\n", "3\n"]


def test_inspect_says_whether_a_document_verifies(settings: Path) -> None:
    assert run(settings, "set-up-code").returncode == 0
    document = settings.parent / "data" / "keys" / "keyset.jws"
    good = run(settings, "inspect", str(document))
    assert (good.returncode, good.stdout.split("\n")[0]) == (0, "verified: yes")
    forged = settings.parent / "forged.jws"
    forged.write_bytes(document.read_bytes()[:-4] + b"AAAA")
    bad = run(settings, "inspect", str(forged))
    assert bad.returncode == 1
    assert "bad_signature" in bad.stdout
    elsewhere = run(settings.parent / "none.toml", "inspect", str(document))
    assert elsewhere.returncode == 1
    assert "unknown_key" in elsewhere.stdout


def test_a_start_that_shows_no_page_brings_nothing_of_the_web_along() -> None:
    script = "import controller.__main__, sys; print({'fastapi', 'uvicorn', 'controller.web'} & sys.modules.keys())"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
