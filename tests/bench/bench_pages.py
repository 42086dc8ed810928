"""How fast and how light the office's pages are with sixty nodes and a year of their log, and what memory that takes.

Every page is asked for by the role that mostly opens it, over one connection that stays open, of the real process.
"""

from __future__ import annotations

import atexit
import http.client
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from statistics import median, quantiles

import httpx

from controller.domain.values import Role
from controller.storage.engine import open_database
from tests.bench.figures import Figure, Measured
from tests.bench.year.__main__ import make
from tests.bench.year.objects import objects
from tests.bench.year.places import PASSWORD, usernames
from tests.support.broker import HOST, free_port, running_broker
from tests.support.pages import Page, pages
from tests.support.processes import pss_mb
from tests.support.waiting import wait_for

NODES, DAYS = 60, 365
RUNS, REQUESTS, WARM = 5, 200, 20
_PARTS = re.compile(r'(?:href|src)="(/static/[^"]+\.(?:css|js|svg)\?[^"#]+)[#"]')


@dataclass(frozen=True)
class Running:
    """The office at work: its port, its processes, its pages, and a cookie for each role."""

    port: int
    processes: tuple[int, ...]
    pages: tuple[Page, ...]
    cookies: dict[Role, str]

    def ask(self, connection: http.client.HTTPConnection, path: str, role: Role) -> bytes:
        """A page as it comes over the wire."""
        connection.request("GET", path, headers={"Cookie": self.cookies[role], "Accept-Encoding": "gzip"})
        answer = connection.getresponse()
        body = answer.read()
        assert answer.status < 400, (path, answer.status, body[:500])
        return body


@cache
def office() -> Running:
    """One for all figures; it ends with this process."""
    leaving = ExitStack()
    atexit.register(leaving.close)
    return leaving.enter_context(running_office(NODES, DAYS))


@contextmanager
def running_office(nodes: int, days: int) -> Iterator[Running]:
    """Broker, web and gateway over a year of their own."""
    with tempfile.TemporaryDirectory() as name, running_broker(Path(name, "broker")) as broker, ExitStack() as leaving:
        port = free_port()
        settings = make(Path(name, "office"), nodes, days, port, broker.port)
        database = settings.parent / "data" / "loa.db"
        children = [leaving.enter_context(_process(settings, verb)) for verb in ("gateway", "web")]
        wait_for(lambda: _healthy(port), "the web answers", 30)
        wait_for(lambda: _quiet(database), "the gateway has signed the plans of today", 120)
        engine = open_database(str(database))
        found = tuple(pages(objects(engine)))
        engine.dispose()
        cookies = {role: _signed_in(port, usernames()[role]) for role in {page.role for page in found}}
        yield Running(port, tuple(child.pid for child in children), found, cookies)


@contextmanager
def _process(settings: Path, verb: str) -> Iterator[subprocess.Popen[bytes]]:
    command = [sys.executable, "-m", "controller", "--settings", str(settings), verb]
    with (settings.parent / f"{verb}.log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log)
    try:
        yield process
    finally:
        process.terminate()
        process.wait(30)


def _healthy(port: int) -> bool:
    try:
        return httpx.get(f"http://{HOST}:{port}/api/v1/health", trust_env=False).is_success
    except httpx.TransportError:
        return False


def _quiet(database: Path) -> bool:
    """Whether nothing was written for two seconds."""
    return time.time() - database.stat().st_mtime > 2 and not database.with_name("loa.db-journal").stat().st_size


def _signed_in(port: int, username: str) -> str:
    origin = f"http://{HOST}:{port}"
    with httpx.Client(base_url=origin, headers={"Origin": origin}, trust_env=False) as client:
        said = client.post("/api/v1/sign-in", json={"username": username, "password": PASSWORD})
        assert said.status_code == 200, said.text
        return "; ".join(f"{name}={value}" for name, value in client.cookies.items())


def page_p95_ms() -> Measured:
    """Of each run the 95th percentile of the slowest page, in ms."""
    running = office()
    runs = [_run(running) for _ in range(RUNS)]
    slowest = [max(run, key=lambda page: run[page]) for run in runs]
    for page in sorted(runs[0], key=lambda page: -median(run[page] for run in runs)):
        print(f"{median(run[page] for run in runs):8.1f} ms  {page.path}  ({page.role.value})", file=sys.stderr)
    values = tuple(run[page] for run, page in zip(runs, slowest, strict=True))
    return Measured(median(values), values)


def _run(running: Running) -> dict[Page, float]:
    connection = http.client.HTTPConnection(HOST, running.port)
    return {page: _p95([_timed(running, connection, page) for _ in range(WARM + REQUESTS)]) for page in running.pages}


def _timed(running: Running, connection: http.client.HTTPConnection, page: Page) -> float:
    began = time.perf_counter()
    running.ask(connection, page.path, page.role)
    return (time.perf_counter() - began) * 1000


def _p95(times: Sequence[float]) -> float:
    return quantiles(times[WARM:], n=20)[-1]


def controller_pss_mb() -> Measured:
    """Memory of web and gateway after every page was opened many times, in MB."""
    running = office()
    _run(running)
    value = pss_mb(running.processes)
    return Measured(value, (value,))


def first_page_kb() -> Measured:
    """The heaviest first visit: a page with its styles and scripts, compressed, in kB."""
    running = office()
    return _heaviest({page: _page(running, page) + _its_parts(running, page) for page in running.pages})


def later_page_kb() -> Measured:
    """The heaviest page once its styles and scripts are known, compressed, in kB."""
    running = office()
    return _heaviest({page: _page(running, page) for page in running.pages})


def _heaviest(weights: dict[Page, int]) -> Measured:
    for page in sorted(weights, key=lambda page: -weights[page]):
        print(f"{weights[page] / 1000:8.1f} kB  {page.path}  ({page.role.value})", file=sys.stderr)
    value = max(weights.values()) / 1000
    return Measured(value, (value,))


def _page(running: Running, page: Page) -> int:
    return len(running.ask(http.client.HTTPConnection(HOST, running.port), page.path, page.role))


def _its_parts(running: Running, page: Page) -> int:
    headers = {"Cookie": running.cookies[page.role]}
    with httpx.Client(base_url=f"http://{HOST}:{running.port}", headers=headers, trust_env=False) as client:
        parts = sorted(set(_PARTS.findall(client.get(page.path).text)))
    connection = http.client.HTTPConnection(HOST, running.port)
    return sum(len(running.ask(connection, part, page.role)) for part in parts)


FIGURES = (
    Figure("page_p95_ms", "ms", "<= 50", page_p95_ms),
    Figure("controller_pss_mb", "MB", "<= 300", controller_pss_mb),
    Figure("first_page_kb", "kB", "<= 30", first_page_kb),
    Figure("later_page_kb", "kB", "<= 5", later_page_kb),
)
