"""Lays the browser libraries that package.json names into .browser, under names that say their content.

npm fetches them, checked against the lock; where this machine has none, a wheel brings one into .boot.
"""

import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from deploy.paths import ROOT

NAMED = ROOT / "controller" / "web"
FILES = ("package.json", "package-lock.json")
LAID = ROOT / ".browser"
NPM = ROOT / "deploy" / "requirements" / "browser.txt"
_BOOT = ROOT / ".boot" / "bin"
_TRUSTED = "/etc/ssl/certs/ca-certificates.crt"
_NPM_CI = ("ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error")


def library(file: str) -> Path:
    """Where a file of a package lies, "axe-core/axe.min.js"; FileNotFoundError where it was not laid."""
    names = json.loads((LAID / "names.json").read_text(encoding="utf-8"))
    path: Path = LAID / names[file]
    if not path.is_file():
        raise FileNotFoundError(path)
    return path


def lay() -> None:
    """Lay them, unless what is there was made of the same lock."""
    if _laid() == _wanted():
        return
    print("loa: installing browser libraries into .browser", file=sys.stderr, flush=True)
    with tempfile.TemporaryDirectory(dir=ROOT, prefix=".browser-") as name:
        work, new = Path(name), Path(name, "new")
        for file in FILES:
            shutil.copy(NAMED / file, work)
        subprocess.run([_npm(), *_NPM_CI], cwd=work, check=True, env=_trusting())
        new.mkdir()
        _fill(new, work / "node_modules")
        shutil.rmtree(LAID, ignore_errors=True)
        new.rename(LAID)


def _wanted() -> str:
    return hashlib.sha256(b"".join((NAMED / file).read_bytes() for file in FILES)).hexdigest()


def _laid() -> str:
    stamp = LAID / "stamp"
    return stamp.read_text(encoding="utf-8") if stamp.is_file() else ""


def _trusting() -> dict[str, str]:
    """npm trusts whom this machine trusts: node brings a list of its own, which knows no proxy of an office."""
    return {"NODE_EXTRA_CA_CERTS": os.environ.get("SSL_CERT_FILE", _TRUSTED), **os.environ}


def _npm() -> str:
    """The machine's npm, else that of the wheel."""
    found = shutil.which("npm")
    if found is None:
        into = ["--python", str(_BOOT / "python"), "--require-hashes", "-r", str(NPM)]
        subprocess.run([str(_BOOT / "uv"), "pip", "install", "--quiet", *into], check=True)
        found = str(_BOOT / "npm")
    return found


def _fill(new: Path, modules: Path) -> None:
    named = json.loads((NAMED / "package.json").read_text(encoding="utf-8"))
    names = {}
    for file in named["loa"]["files"]:
        source = modules / file
        content = source.read_bytes()
        names[file] = f"{source.stem}-{hashlib.sha256(content).hexdigest()[:12]}{source.suffix}"
        (new / names[file]).write_bytes(content)
    (new / "names.json").write_text(json.dumps(names, indent=2), encoding="utf-8")
    (new / "LICENCES.txt").write_text("\n\n".join(_licences(modules)), encoding="utf-8")
    (new / "stamp").write_text(_wanted(), encoding="utf-8")


def _licences(modules: Path) -> Iterator[str]:
    """Of each package: name, version, licence and its text."""
    for path in sorted(modules.glob("**/package.json")):
        package = json.loads(path.read_text(encoding="utf-8"))
        if path.parent.parent != modules and not path.parent.parent.name.startswith("@"):
            continue
        texts = sorted(each for each in path.parent.iterdir() if each.name.upper().startswith(("LICENSE", "LICENCE")))
        head = f"{package['name']} {package['version']}: {package.get('license', 'no licence named')}"
        yield "\n\n".join([head, *(text.read_text(encoding="utf-8") for text in texts)])
