"""Browser libraries come at set-up, as they were locked, with their licences; no committed file says from where."""

import hashlib
import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from deploy import browser
from deploy.paths import ROOT


@pytest.fixture(autouse=True)
def laid() -> None:
    """As `./loa test` does it; nothing to do where they lie already."""
    browser.lay()


def test_each_file_lies_under_a_name_that_says_its_content() -> None:
    named = json.loads((browser.NAMED / "package.json").read_text(encoding="utf-8"))
    for file in named["loa"]["files"]:
        path = browser.library(file)
        assert path.stem.endswith(f"-{hashlib.sha256(path.read_bytes()).hexdigest()[:12]}")


def test_every_package_of_the_lock_stands_in_the_list_of_licences() -> None:
    lock = json.loads((browser.NAMED / "package-lock.json").read_text(encoding="utf-8"))
    licences = (browser.LAID / "LICENCES.txt").read_text(encoding="utf-8")
    packages = {name.removeprefix("node_modules/"): each for name, each in lock["packages"].items() if name}
    for name, package in packages.items():
        assert f"{name} {package['version']}: {package['license']}" in licences
        assert package["integrity"].startswith("sha512-")
        assert "resolved" not in package


def test_what_is_laid_is_laid_once_and_anew_when_the_lock_changes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    npm, asked = tmp_path / "npm", tmp_path / "asked"
    npm.write_text(f"#!/bin/sh\necho >> {asked}\nexit 1\n", encoding="utf-8")
    npm.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    browser.lay()
    assert not asked.exists()
    for file in browser.FILES:
        shutil.copy(browser.NAMED / file, tmp_path)
    (tmp_path / "package.json").write_text("{}", encoding="utf-8")
    monkeypatch.setattr(browser, "NAMED", tmp_path)
    with pytest.raises(subprocess.CalledProcessError):
        browser.lay()
    assert asked.exists()
    assert (browser.LAID / "names.json").is_file(), "a set-up that fails leaves what was there"


def test_no_library_and_no_address_of_one_is_committed() -> None:
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, check=True, capture_output=True, text=True).stdout.split(
        "\n"
    )
    assert not [name for name in listed if name.startswith(".browser") or "node_modules" in name]
    assert "http" not in (browser.NAMED / "package-lock.json").read_text(encoding="utf-8")
