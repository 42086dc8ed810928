"""To which day a version can still air, so that a year of past broadcasts need not be read for the next one."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from alembic import op
from sqlalchemy import JSON, Date, bindparam, column, select, table, update

from controller.storage.migrations.columns import day

revision = "0008"
down_revision = "0007"

_DECIDES = ("scope", "recurrence", "start", "session")
_DAYS = ("last_true_day", "approved_until")
_VERSION = table(
    "version",
    column("broadcast_id"),
    column("number"),
    column("time_zone"),
    *(column(name, JSON) for name in _DECIDES),
    *(column(name, Date) for name in (*_DAYS, "until_day")),
)


def upgrade() -> None:
    """Adds it, with its index, and works it out for the versions that are there."""
    with op.batch_alter_table("version") as version:
        version.add_column(day("until_day", null=True))
        version.create_index("ix_version_until_day", ["until_day"])
    found = [
        {"broadcast": row.broadcast_id, "of": row.number, "until": until}
        for row in op.get_bind().execute(select(_VERSION)).all()
        if (until := _until(row)) is not None
    ]
    this = (_VERSION.c.broadcast_id == bindparam("broadcast")) & (_VERSION.c.number == bindparam("of"))
    if found:
        op.get_bind().execute(update(_VERSION).where(this).values(until_day=bindparam("until")), found)


def downgrade() -> None:
    """Drops it."""
    with op.batch_alter_table("version") as version:
        version.drop_index("ix_version_until_day")
        version.drop_column("until_day")


def _until(row: Any) -> date | None:
    last = min(_ends(row), default=None)
    return last if last is None or row.session is None or last == date.max else last + timedelta(days=1)


def _ends(row: Any) -> Iterator[date]:
    scope, recurrence, start = row.scope, row.recurrence, row.start or {}
    if "nominals" in scope:
        ms = max(*scope["nominals"], start.get("starts_at") or 0, 0)
        yield datetime.fromtimestamp(ms / 1000, UTC).astimezone(ZoneInfo(row.time_zone)).date()
    elif recurrence is None:
        yield date.fromisoformat(scope["day"])
    elif recurrence["repeat"] == "once":
        yield date.fromisoformat(recurrence["first_day"])
    elif recurrence["last_day"] is not None:
        yield date.fromisoformat(recurrence["last_day"])
    days = ("approved_until",) if "nominals" in scope else _DAYS
    yield from (getattr(row, name) for name in days if getattr(row, name) is not None)
