"""Each module can be imported first: nothing rests on the order in which others were."""

import json
import subprocess
import sys

import pytest

from deploy.paths import ROOT

SCRIPT = """
import importlib, json, os, traceback
from pathlib import Path

ROOTS = ("playlists", "speaker_node", "controller", "deploy")
names = []
for path in sorted(path for each in ROOTS for path in Path(each).rglob("*.py")):
    parts = path.with_suffix("").parts
    if parts[-1] != "__main__" and "migrations" not in parts:
        names.append(".".join(parts[:-1] if parts[-1] == "__init__" else parts))
# What is not ours is imported once, so that each fork below imports our modules alone.
for name in (
    "alembic", "argon2", "babel.messages.pofile", "dateutil.rrule", "fastapi", "gpiozero", "httpx", "jinja2",
    "joserfc.jwk", "numpy", "paho.mqtt.client", "pydantic", "sqlalchemy.orm", "uvicorn",
):
    importlib.import_module(name)
failed = []
for name in names:
    child = os.fork()
    if child == 0:
        try:
            importlib.import_module(name)
        except BaseException:
            traceback.print_exc()
            os._exit(1)
        os._exit(0)
    if os.waitpid(child, 0)[1]:
        failed.append(name)
print(json.dumps({"failed": failed, "count": len(names)}))
"""


@pytest.mark.timeout(180)
def test_each_module_can_be_imported_alone() -> None:
    done = subprocess.run([sys.executable, "-c", SCRIPT], cwd=ROOT, capture_output=True, text=True, check=True)
    told = json.loads(done.stdout)
    assert told["failed"] == [], done.stderr[-2000:]
    assert told["count"] > 100
