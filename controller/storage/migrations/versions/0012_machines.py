"""Which machines speak by a node's name."""

from alembic import op

from controller.storage.migrations.columns import json

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    """Adds them to what is known of a node."""
    with op.batch_alter_table("condition") as condition:
        condition.add_column(json("machines", null=True))


def downgrade() -> None:
    """Drops them."""
    with op.batch_alter_table("condition") as condition:
        condition.drop_column("machines")
