"""Real databases: a SQLite file, and a PostgreSQL of our own on a socket in a folder of its own."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from sqlalchemy import Engine, text

from controller.storage.engine import migrate, open_database

_ADMINISTRATOR = "postgres"
FILE = "loa.db"


@dataclass
class Postgres:
    """A running server; `url(name)` is of one database in it."""

    folder: Path
    made: int = 0
    migrated: bool = False

    def url(self, name: str) -> str:
        """Address of a database."""
        return f"postgresql://{_ADMINISTRATOR}@/{name}?host={self.folder}&port=5432"

    def fresh(self) -> str:
        """Address of a new database with all tables."""
        if not self.migrated:
            self._create("migrated")
            _migrated(self.url("migrated")).dispose()
            self.migrated = True
        self.made += 1
        name = f"loa{self.made}"
        self._create(name, "migrated")
        return self.url(name)

    def empty(self) -> str:
        """Address of a new database without any table."""
        self.made += 1
        self._create(f"empty{self.made}")
        return self.url(f"empty{self.made}")

    def _create(self, name: str, template: str = "template0") -> None:
        engine = open_database(self.url("postgres"))
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text(f'CREATE DATABASE "{name}" TEMPLATE "{template}"'))
        engine.dispose()


@contextmanager
def running_postgresql() -> Iterator[Postgres]:
    """A server for as long as the block runs. It does not run as root, so it is handed to its own user there."""
    programs = max(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name))
    folder = Path(tempfile.mkdtemp(prefix="loa-pg-"))
    as_user: list[str | Path] = ["runuser", "-u", _ADMINISTRATOR, "--"] if os.geteuid() == 0 else []
    if as_user:
        shutil.chown(folder, _ADMINISTRATOR)
    data = folder / "data"
    options = f"-c listen_addresses='' -c unix_socket_directories={folder} -c fsync=off"
    control: list[str | Path] = [*as_user, programs / "pg_ctl", "-D", data, "-w"]
    try:
        _run([*as_user, programs / "initdb", "-D", data, "-U", _ADMINISTRATOR, "-A", "trust", "-E", "UTF8", "-N"])
        _run([*control, "-l", folder / "log", "-o", options, "start"])
        try:
            yield Postgres(folder)
        finally:
            _run([*control, "-m", "immediate", "stop"])
    finally:
        shutil.rmtree(folder)


def fresh_sqlite(folder: Path) -> str:
    """Address of a new SQLite file with all tables."""
    (folder / FILE).write_bytes(_tables())
    return sqlite_url(folder)


def sqlite_url(folder: Path) -> str:
    """Address of the SQLite file of a folder."""
    return f"sqlite:///{folder / FILE}"


@cache
def _tables() -> bytes:
    """A file with all tables; the migrations are run once."""
    with tempfile.TemporaryDirectory() as folder:
        _migrated(sqlite_url(Path(folder))).dispose()
        return Path(folder, FILE).read_bytes()


def _migrated(url: str) -> Engine:
    engine = open_database(url)
    migrate(engine)
    return engine


def _run(command: list[str | Path]) -> None:
    subprocess.run(command, check=True, capture_output=True, cwd="/", timeout=60)
