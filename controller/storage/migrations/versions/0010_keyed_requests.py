"""What is kept of a request is keyed from now on; the plain hashes of before, of passwords too, are forgotten."""

from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """Forgets them."""
    op.execute("DELETE FROM idempotency")


def downgrade() -> None:
    """What is keyed is never found again, and is pruned with its time."""
