"""What the exchange remembers: adopted sheets, plans held back, how far births and statuses came."""

from alembic import op
from sqlalchemy import BigInteger, Boolean, Column, false

from controller.storage.migrations.columns import moment

revision = "0004"
down_revision = "0003"

_MARKS = ("boot", "told")


def upgrade() -> None:
    """Adds its columns."""
    with op.batch_alter_table("site") as site:
        site.add_column(moment("plans_held_at", null=True))
    with op.batch_alter_table("document") as document:
        document.add_column(Column("adopted", Boolean(), nullable=False, server_default=false()))
        document.alter_column("adopted", server_default=None)
    with op.batch_alter_table("stream") as stream:
        for name in _MARKS:
            stream.add_column(Column(name, BigInteger(), nullable=False, server_default="0"))
    with op.batch_alter_table("stream") as stream:
        for name in _MARKS:
            stream.alter_column(name, server_default=None)


def downgrade() -> None:
    """Drops them."""
    with op.batch_alter_table("stream") as stream:
        for name in _MARKS:
            stream.drop_column(name)
    with op.batch_alter_table("document") as document:
        document.drop_column("adopted")
    with op.batch_alter_table("site") as site:
        site.drop_column("plans_held_at")
