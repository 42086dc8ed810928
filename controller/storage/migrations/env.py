"""Runs revisions on the connection that `engine.migrate` hands over."""

from collections.abc import Iterator
from contextlib import contextmanager

from alembic import context
from sqlalchemy import Connection

from controller.storage.tables import Base


@contextmanager
def rebuilding(connection: Connection) -> Iterator[None]:
    """SQLite changes a table by making it anew: what refers to it is checked at the end, all at once."""
    if connection.dialect.name != "sqlite":
        yield
        return
    # Outside of any transaction: within one the pragma does nothing.
    raw = connection.connection.cursor()
    raw.execute("PRAGMA foreign_keys = OFF")
    try:
        yield
    finally:
        raw.execute("PRAGMA foreign_keys = ON")
        raw.close()


def whole(connection: Connection) -> None:
    """Raises RuntimeError where a row refers to one that is not there; then nothing is committed."""
    if connection.dialect.name == "sqlite" and (lost := connection.exec_driver_sql("PRAGMA foreign_key_check").all()):
        raise RuntimeError(f"the migration leaves rows that refer to nothing: {lost[:5]}")


given: Connection = context.config.attributes["connection"]
with rebuilding(given):
    context.configure(
        connection=given,
        target_metadata=Base.metadata,
        render_as_batch=True,
        transaction_per_migration=False,
    )
    with context.begin_transaction():
        context.run_migrations()
        whole(given)
