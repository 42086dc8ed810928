"""One run of the demo: its children started in order, the commune set up, the page opened when the nodes can speak."""

import json
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx

from deploy.broker import files
from deploy.demo.commune import (
    PEOPLE,
    Commune,
    daily,
    found,
    hamlet_names,
    keep,
    kept_commune,
    node_names,
    once,
    sign_in,
)
from deploy.demo.folders import (
    HOST,
    SITE,
    Home,
    Secrets,
    node_key,
    write_broker,
    write_node,
    write_office,
    write_private,
)
from deploy.demo.office import Office
from deploy.demo.processes import Child, Household
from deploy.paths import ROOT

PATIENCE_S = 120.0
"""How long any step may take on a slow machine until the demo gives up."""
TOO_OFTEN = 4
"""A child that died so often, each time soon after its start, will not come up."""
AHEAD = timedelta(seconds=5)
"""From the decision to the bulletin's start: the page opens meanwhile."""
CODE = "one-time set-up code: "


class DemoError(Exception):
    """The demo cannot go on; the text says why and which log to read."""


@dataclass
class Run:
    """The children of this run and what they are for. `listen`: the node that plays on the sound card."""

    home: Home
    hamlets: int
    say: Callable[[str], None]
    listen: str | None = None
    began: datetime = field(default_factory=lambda: datetime.now(UTC))

    def __post_init__(self) -> None:
        self.kept = Secrets(self.home.folder)
        before = kept_commune(self.home.commune)
        self.nodes = node_names(len(before.hamlets) if before else self.hamlets)
        self.household = Household(self.say)
        self._started: dict[str, Child] = {}
        self._described: dict[str, list[int]] = {}

    def start(self) -> Commune:
        """Everything up to the page's first answer; what this commune is."""
        write_broker(self.home, self.kept, self.nodes)
        write_office(self.home, self.kept, self.nodes)
        settings = self.home.broker_settings
        mended = [sys.executable, "-m", "deploy.broker.mend", str(settings.parent), "--"]
        self._start("broker", [*mended, "mosquitto", "-c", str(settings)])
        code = self._setup_code()
        self._controller("gateway", self.home.office_settings)
        setting_up = self._controller("web", self.home.set_up_settings)
        if code is None:
            self._start_nodes()
        self._answers(self.home.set_up_page, setting_up)
        with Office(self.home.set_up_page) as office:
            commune = kept_commune(self.home.commune) or self._found(office, code or "")
            self._nodes_hold(office, commune)
            once(office, self.kept, commune, _next_second(datetime.now(UTC) + AHEAD))
        self.say("opening the page")
        page = self._controller("page", self.home.office_settings, "web")
        self._answers(self.home.page, page)
        self.household.stop([setting_up])
        self.describe(commune)
        return commune

    def look(self, commune: Commune) -> None:
        """Start again what died, and say in demo.json which processes there are now."""
        self.household.look()
        if self._families() != self._described:
            self.describe(commune)

    def describe(self, commune: Commune) -> None:
        """Write demo.json anew; process ids are those of now."""
        self._described = self._families()
        nodes = [self._describe_node(commune, name) for name in self.nodes]
        people = {role: {"username": name, "password": self.kept.of(name)} for role, (name, _) in PEOPLE.items()}
        broker = {"host": HOST, "port": self.home.broker_port, "username": files.CONTROLLER,
                  "password": self.kept.of(f"broker {files.CONTROLLER}"), "site": SITE}  # fmt: skip
        processes = {name: self._started[name].pid for name in ("broker", "gateway", "page")}
        text = {"page": self.home.page, "api": f"{self.home.page}/api/v1", "broker": broker, "log_ins": people,
                "logs": str(self.home.logs), "processes": processes, "nodes": nodes}  # fmt: skip
        write_private(self.home.description, json.dumps(text, ensure_ascii=False, indent=2) + "\n")

    def stop(self) -> None:
        """End all children: nodes first, so that they can still say goodbye."""
        nodes = [child for child in self.household.children if child.name.startswith("node ")]
        self.household.stop(nodes)
        self.household.stop([child for child in self.household.children if child.name != "broker"])
        self.household.stop(self.household.children)

    def _setup_code(self) -> str | None:
        """The code of a fresh office; None where an earlier run set it up."""
        if kept_commune(self.home.commune) is not None:
            return None
        command = [*_controller_command(self.home.office_settings), "set-up-code"]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
        if CODE not in done.stdout:
            why = done.stderr.strip()[-600:] or "an earlier run broke off; take an empty folder"
            raise DemoError(f"the controller in {self.home.office} cannot be set up: {why}")
        return done.stdout.split(CODE, 1)[1].split()[0]

    def _found(self, office: Office, code: str) -> Commune:
        commune = found(self.home, office, self.kept, code, self.hamlets, self.say)
        self._start_nodes()
        daily(office, self.kept, commune)
        keep(self.home.commune, commune)
        return commune

    def _start_nodes(self) -> None:
        for name in self.nodes:
            node_key(self.home, name)
            settings = write_node(self.home, self.kept, name, listen=name == self.listen)
            self._start(f"node {name}", [sys.executable, "-m", "speaker_node", "run", "--settings", str(settings)])

    def _nodes_hold(self, office: Office, commune: Commune) -> None:
        """Until every node is there and holds the bulletins' audio."""
        self.say("waiting until every node holds the audio")
        sign_in(office, self.kept, "editor")
        wanted = len(set(commune.spoken.values()))

        def ready() -> bool:
            states = [node["status"] or {} for node in office.get("/nodes") if node["online"]]
            holding = [state for state in states if state.get("ready", 0) >= wanted and not state.get("missing")]
            return len(holding) >= len(self.nodes)

        self._until(ready, f"every node holds the audio; logs: {self.home.logs}")

    def _controller(self, name: str, settings: Path, verb: str | None = None) -> Child:
        return self._start(name, [*_controller_command(settings), verb or name])

    def _start(self, name: str, command: Sequence[str]) -> Child:
        self.say(f"starting {name}")
        child = Child(name, command, self.home.logs / f"{name.replace(' ', '-')}.log")
        self._started[name] = child
        return self.household.start(child)

    def _answers(self, address: str, child: Child) -> None:
        def answered() -> bool:
            try:
                return httpx.get(f"{address}/api/v1/health", trust_env=False, timeout=5).status_code == 200
            except httpx.HTTPError:
                return False

        self._until(answered, f"{address} answers; log: {child.log}")

    def _until(self, condition: Callable[[], bool], what: str) -> None:
        end = time.monotonic() + PATIENCE_S
        while not condition():
            self.household.look()
            for child in self.household.children:
                if child.deaths >= TOO_OFTEN:
                    raise DemoError(f"{child.name} does not stay up; its log ends:\n{child.last_words()}")
            if time.monotonic() > end:
                raise DemoError(f"not within {PATIENCE_S:.0f} s: {what}")
            time.sleep(0.1)

    def _families(self) -> dict[str, list[int]]:
        return {name: child.family() for name, child in self._started.items()}

    def _describe_node(self, commune: Commune, name: str) -> dict[str, object]:
        return {
            "id": name,
            "hamlet": dict(zip(self.nodes, hamlet_names(len(self.nodes)), strict=True))[name],
            "area": commune.hamlets[name],
            "processes": self._described[f"node {name}"],
            "recordings": str(self.home.recordings(name)),
            "relay_log": str(self.home.relay_log(name)),
            "settings": str(self.home.node(name) / "node.toml"),
        }


def remove(folder: Path) -> None:
    """A folder of the demo's own making."""
    shutil.rmtree(folder, ignore_errors=True)


def _controller_command(settings: Path) -> list[str]:
    return [sys.executable, "-m", "controller", "--settings", str(settings)]


def _next_second(moment: datetime) -> datetime:
    return (moment + timedelta(seconds=1)).replace(microsecond=0)
