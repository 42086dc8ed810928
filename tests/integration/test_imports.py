"""Each module can be imported first: nothing rests on the order in which others were."""

import subprocess
import sys

from deploy.paths import ROOT

SCRIPT = """
import importlib, os, sys, traceback
from pathlib import Path

def alone(name, below=None):
    # Whoever imports a module has imported its package: so each is forked from where its package stands.
    child = os.fork()
    if child == 0:
        try:
            importlib.import_module(name)
            print("fine", name, flush=True)
        except BaseException:
            traceback.print_exc()
            print("failed", name, flush=True)
        if below is not None:
            visit(below, name)
        os._exit(0)
    os.waitpid(child, 0)

def visit(folder, name):
    for path in sorted(folder.iterdir()):
        if path.suffix == ".py" and path.stem not in ("__init__", "__main__"):
            alone(f"{name}.{path.stem}")
        elif (path / "__init__.py").exists() and path.name != "migrations":
            alone(f"{name}.{path.name}", path)

# What is not ours is imported once, so that each fork below imports our modules alone.
for name in (
    "alembic", "argon2", "babel.messages.pofile", "dateutil.rrule", "fastapi", "gpiozero", "httpx", "jinja2",
    "joserfc.jwk", "numpy", "paho.mqtt.client", "pydantic", "sqlalchemy.orm", "uvicorn",
):
    importlib.import_module(name)
for root in ("playlists", "speaker_node", "controller", "deploy"):
    alone(root, Path(root))
"""


def test_each_module_can_be_imported_alone() -> None:
    done = subprocess.run([sys.executable, "-c", SCRIPT], cwd=ROOT, capture_output=True, text=True, check=True)
    told = [line.split() for line in done.stdout.splitlines()]
    assert [name for word, name in told if word == "failed"] == [], done.stderr[-2000:]
    assert len(told) > 300
