"""The golden files of playlists/contract; run as a module it lays what is missing, never over what is there."""

import json
from pathlib import Path

import playlists
from playlists import wire
from playlists.models import Value
from playlists.reports import Event
from tests.contract.examples import EXAMPLES

VERSION = "1"
FOLDER = Path(playlists.__file__).parent / "contract" / VERSION
KEY_FILE = FOLDER / "key.json"
UNSIGNED = frozenset({"conn"})


def schema(model: type[Value]) -> str:
    """A model's JSON Schema as the file holds it."""
    return json.dumps(model.model_json_schema(), indent=1, ensure_ascii=False, sort_keys=True) + "\n"


def models() -> dict[str, type[Value]]:
    """Every document and report by name, and the event that batches carry."""
    return {name: type(value) for name, value in EXAMPLES.items()} | {"event": Event}


def missing() -> dict[Path, bytes]:
    """What no golden file holds yet."""
    key = wire.load_private(KEY_FILE.read_text()) if KEY_FILE.exists() else wire.new_key("golden")
    files = {KEY_FILE: wire.private_text(key).encode()}
    files |= {FOLDER / f"{name}.schema.json": schema(model).encode() for name, model in models().items()}
    for name, value in EXAMPLES.items():
        files[FOLDER / f"{name}.json"] = wire.dump(value)
        if name not in UNSIGNED:
            files[FOLDER / f"{name}.jws"] = wire.sign(value, key)
    return {path: data for path, data in files.items() if not path.exists()}


if __name__ == "__main__":
    FOLDER.mkdir(parents=True, exist_ok=True)
    for path, data in missing().items():
        path.write_bytes(data)
        print(path.name)
