"""The documentation names only what is there."""

import re
from pathlib import Path

import pytest

from controller.settings import load as load_controller
from deploy.__main__ import VERBS
from deploy.paths import ROOT
from deploy.test import PARTS
from speaker_node.settings import load

PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("deploy/**/*.md")])
ROOMS = ("playlists/", "speaker_node/", "controller/", "deploy/", "tests/", "docs/")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_leads_somewhere(page: Path) -> None:
    links = re.findall(r"\]\(([^)#]+)", page.read_text(encoding="utf-8"))
    ours = [link for link in links if not link.startswith("http")]
    assert [link for link in ours if not (page.parent / link).exists()] == []


@pytest.mark.parametrize("page", [page for page in PAGES if "decisions" not in page.parts], ids=lambda page: page.name)
def test_every_path_named_exists(page: Path) -> None:
    named = re.findall(r"`([^`\s]+)`", page.read_text(encoding="utf-8"))
    paths = [path for path in named if path.startswith(ROOMS) and "*" not in path]
    assert [path for path in paths if not (ROOT / path).exists()] == []


def test_every_decision_is_listed() -> None:
    folder = ROOT / "docs/decisions"
    listed = re.findall(r"\]\(([^)]+)\)", (folder / "README.md").read_text(encoding="utf-8"))
    assert listed == sorted(page.name for page in folder.glob("2*.md"))


def test_the_door_and_its_usage_know_the_same_verbs() -> None:
    script = (ROOT / "loa").read_text(encoding="utf-8")
    usage = set(re.findall(r"^  ([a-z-]+) ", script, re.MULTILINE))
    assert usage == {*VERBS, "loa-controller", "loa-node"}
    assert ", ".join(PARTS) in script


def test_the_settings_of_the_guide_are_taken(tmp_path: Path) -> None:
    guide = (ROOT / "docs/administrator.md").read_text(encoding="utf-8")
    office, node = re.findall(r"```toml\n(.*?)```", guide, re.DOTALL)
    (tmp_path / "controller-password").touch()
    controller_settings = tmp_path / "controller.toml"
    controller_settings.write_text(office.replace("/etc/loa", str(tmp_path)), encoding="utf-8")
    assert load_controller(controller_settings).web.base == "https://office.example"
    for name in ("node.jwk", "root-public.jwk", "keyset.jws", "password", "ca.crt"):
        (tmp_path / name).touch()
    settings = tmp_path / "node.toml"
    settings.write_text(node.replace("/etc/loa/node", str(tmp_path)), encoding="utf-8")
    assert load(settings).broker.tls
