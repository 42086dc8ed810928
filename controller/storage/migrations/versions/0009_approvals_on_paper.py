"""Who recorded an approval on paper, and what ended a standing one."""

from alembic import op

from controller.storage.migrations.columns import moment, text

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """Adds the columns."""
    with op.batch_alter_table("version") as version:
        version.add_column(moment("approval_ended_at", null=True))
        version.add_column(text("paper_by", null=True))
        version.add_column(text("paper_note", null=True))
        version.add_column(moment("paper_seen_at", null=True))
        version.create_foreign_key("fk_version_paper_by", "person", ["paper_by"], ["id"])


def downgrade() -> None:
    """Drops them."""
    with op.batch_alter_table("version") as version:
        version.drop_constraint("fk_version_paper_by", type_="foreignkey")
        for column in ("paper_seen_at", "paper_note", "paper_by", "approval_ended_at"):
            version.drop_column(column)
