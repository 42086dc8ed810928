"""Silences, standing approvals, and to which day a version's approval holds."""

from alembic import op
from sqlalchemy import ForeignKeyConstraint, PrimaryKeyConstraint

from controller.storage.migrations.columns import day, json, moment, text

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Adds its tables and column."""
    with op.batch_alter_table("version") as version:
        version.add_column(day("approved_until", null=True))
    _silence()
    _silence_area()
    _standing_approval()


def downgrade() -> None:
    """Drops them."""
    for table in ("standing_approval", "silence_area", "silence"):
        op.drop_table(table)
    with op.batch_alter_table("version") as version:
        version.drop_column("approved_until")


def _silence() -> None:
    op.create_table(
        "silence",
        text("id"),
        moment("begin_at"),
        moment("end_at"),
        json("kinds"),
        text("why"),
        text("note"),
        text("by"),
        moment("at"),
        text("lifted_by", null=True),
        moment("lifted_at", null=True),
        PrimaryKeyConstraint("id", name="pk_silence"),
        ForeignKeyConstraint(["by"], ["person.id"], name="fk_silence_by"),
        ForeignKeyConstraint(["lifted_by"], ["person.id"], name="fk_silence_lifted_by"),
    )
    op.create_index("ix_silence_end_at", "silence", ["end_at"])


def _silence_area() -> None:
    op.create_table(
        "silence_area",
        text("silence_id"),
        text("area_id"),
        PrimaryKeyConstraint("silence_id", "area_id", name="pk_silence_area"),
        ForeignKeyConstraint(["silence_id"], ["silence.id"], name="fk_silence_area_silence_id"),
        ForeignKeyConstraint(["area_id"], ["area.id"], name="fk_silence_area_area_id"),
    )
    op.create_index("ix_silence_area_area_id", "silence_area", ["area_id"])


def _standing_approval() -> None:
    op.create_table(
        "standing_approval",
        text("id"),
        text("area_id"),
        text("sha256"),
        day("until"),
        text("by"),
        moment("at"),
        text("revoked_by", null=True),
        moment("revoked_at", null=True),
        PrimaryKeyConstraint("id", name="pk_standing_approval"),
        ForeignKeyConstraint(["area_id"], ["area.id"], name="fk_standing_approval_area_id"),
        ForeignKeyConstraint(["sha256"], ["asset.sha256"], name="fk_standing_approval_sha256"),
        ForeignKeyConstraint(["by"], ["person.id"], name="fk_standing_approval_by"),
        ForeignKeyConstraint(["revoked_by"], ["person.id"], name="fk_standing_approval_revoked_by"),
    )
    op.create_index("ix_standing_approval_area_id", "standing_approval", ["area_id"])
