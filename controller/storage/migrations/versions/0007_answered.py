"""With which sheet a mute or withdrawal, and with which plan a silence, first went out: who holds it has answered."""

from alembic import op
from sqlalchemy import ForeignKeyConstraint, PrimaryKeyConstraint

from controller.storage.migrations.columns import big, integer, moment, text

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Adds its columns and its table."""
    for name in ("mute", "withdrawal"):
        with op.batch_alter_table(name) as table:
            table.add_column(integer("epoch", null=True))
            table.add_column(big("sequence", null=True))
    op.create_table(
        "silence_told",
        text("silence_id"),
        text("node_id"),
        moment("until_at"),
        integer("epoch"),
        big("sequence"),
        PrimaryKeyConstraint("silence_id", "node_id", name="pk_silence_told"),
        ForeignKeyConstraint(["silence_id"], ["silence.id"], name="fk_silence_told_silence_id"),
        ForeignKeyConstraint(["node_id"], ["node.id"], name="fk_silence_told_node_id"),
    )


def downgrade() -> None:
    """Drops them."""
    op.drop_table("silence_told")
    for name in ("withdrawal", "mute"):
        with op.batch_alter_table(name) as table:
            table.drop_column("sequence")
            table.drop_column("epoch")
