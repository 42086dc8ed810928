"""Devices that are remembered; sign-ins are named, so that their owner can end them one by one."""

from alembic import op
from sqlalchemy import ForeignKeyConstraint, PrimaryKeyConstraint, UniqueConstraint

from controller.storage.migrations.columns import moment, text

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Adds them. Sign-ins of before are over: each is begun again with a name."""
    op.create_table(
        "device",
        text("id"),
        text("person_id"),
        text("secret_sha256"),
        moment("created_at"),
        moment("expires_at"),
        moment("forgotten_at", null=True),
        PrimaryKeyConstraint("id", name="pk_device"),
        UniqueConstraint("person_id", "secret_sha256", name="uq_device_person_id_secret_sha256"),
        ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_device_person_id"),
    )
    op.execute("DELETE FROM sign_in")
    with op.batch_alter_table("sign_in") as sign_in:
        sign_in.drop_column("form_secret")
        sign_in.add_column(text("id"))
        sign_in.add_column(text("device_id", null=True))
        sign_in.create_unique_constraint("uq_sign_in_id", ["id"])
        sign_in.create_foreign_key("fk_sign_in_device_id", "device", ["device_id"], ["id"])
    with op.batch_alter_table("sign_in_failure") as failure:
        failure.add_column(text("device_id", null=True))
        failure.create_foreign_key("fk_sign_in_failure_device_id", "device", ["device_id"], ["id"])
        failure.create_index("ix_sign_in_failure_device_id", ["device_id"])


def downgrade() -> None:
    """Drops them, and all sign-ins."""
    op.execute("DELETE FROM sign_in")
    with op.batch_alter_table("sign_in_failure") as failure:
        failure.drop_index("ix_sign_in_failure_device_id")
        failure.drop_constraint("fk_sign_in_failure_device_id", type_="foreignkey")
        failure.drop_column("device_id")
    with op.batch_alter_table("sign_in") as sign_in:
        sign_in.drop_constraint("fk_sign_in_device_id", type_="foreignkey")
        sign_in.drop_constraint("uq_sign_in_id", type_="unique")
        sign_in.drop_column("device_id")
        sign_in.drop_column("id")
        sign_in.add_column(text("form_secret"))
    op.drop_table("device")
