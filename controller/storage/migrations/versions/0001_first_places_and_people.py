"""Places and people."""

from alembic import op
from sqlalchemy import ForeignKeyConstraint, PrimaryKeyConstraint, UniqueConstraint

from controller.storage.migrations.columns import counter, day, integer, json, moment, text

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Places and people."""
    _area()
    _person()
    _setup_code()
    _sign_in_failure()
    _site()
    _area_period()
    _audit()
    _idempotency()
    _node()
    _role_grant()
    _sign_in()
    _token()
    _zone()
    _serves()
    _zone_hamlet()


def downgrade() -> None:
    """Drops them."""
    for table in (
        "zone_hamlet",
        "serves",
        "zone",
        "token",
        "sign_in",
        "role_grant",
        "node",
        "idempotency",
        "audit",
        "area_period",
        "site",
        "sign_in_failure",
        "setup_code",
        "person",
        "area",
    ):
        op.drop_table(table)


def _area() -> None:
    op.create_table(
        "area",
        text("id"),
        text("kind"),
        text("head_title", null=True),
        text("time_zone", null=True),
        json("hours", null=True),
        json("sessions", null=True),
        json("languages", null=True),
        json("settings"),
        moment("created_at"),
        moment("removed_at", null=True),
        PrimaryKeyConstraint("id", name="pk_area"),
    )


def _person() -> None:
    op.create_table(
        "person",
        text("id"),
        text("username"),
        text("name"),
        text("pen_name", null=True),
        text("language"),
        text("password", null=True),
        moment("created_at"),
        moment("disabled_at", null=True),
        PrimaryKeyConstraint("id", name="pk_person"),
        UniqueConstraint("username", name="uq_person_username"),
    )


def _setup_code() -> None:
    op.create_table(
        "setup_code",
        counter("id"),
        text("code_sha256"),
        moment("created_at"),
        moment("expires_at"),
        moment("used_at", null=True),
        PrimaryKeyConstraint("id", name="pk_setup_code"),
        UniqueConstraint("code_sha256", name="uq_setup_code_code_sha256"),
    )


def _sign_in_failure() -> None:
    op.create_table(
        "sign_in_failure",
        counter("id"),
        text("username"),
        text("address", null=True),
        moment("at"),
        PrimaryKeyConstraint("id", name="pk_sign_in_failure"),
    )
    op.create_index("ix_sign_in_failure_address_at", "sign_in_failure", ["address", "at"])
    op.create_index("ix_sign_in_failure_username_at", "sign_in_failure", ["username", "at"])


def _site() -> None:
    op.create_table(
        "site",
        integer("id"),
        text("site"),
        integer("epoch"),
        moment("created_at"),
        moment("epoch_raised_at", null=True),
        PrimaryKeyConstraint("id", name="pk_site"),
    )


def _area_period() -> None:
    op.create_table(
        "area_period",
        text("area_id"),
        day("from_day"),
        day("to_day", null=True),
        text("parent_id", null=True),
        text("name"),
        PrimaryKeyConstraint("area_id", "from_day", name="pk_area_period"),
        ForeignKeyConstraint(["area_id"], ["area.id"], name="fk_area_period_area_id"),
        ForeignKeyConstraint(["parent_id"], ["area.id"], name="fk_area_period_parent_id"),
    )
    op.create_index("ix_area_period_parent_id", "area_period", ["parent_id"])


def _audit() -> None:
    op.create_table(
        "audit",
        counter("id"),
        moment("at"),
        text("person_id", null=True),
        text("person_name"),
        text("address", null=True),
        text("act"),
        text("area_id", null=True),
        text("object_kind"),
        text("object_id"),
        json("details"),
        PrimaryKeyConstraint("id", name="pk_audit"),
        ForeignKeyConstraint(["area_id"], ["area.id"], name="fk_audit_area_id"),
        ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_audit_person_id"),
    )
    op.create_index("ix_audit_area_id", "audit", ["area_id"])
    op.create_index("ix_audit_at", "audit", ["at"])
    op.create_index("ix_audit_object", "audit", ["object_kind", "object_id"])
    op.create_index("ix_audit_person_id", "audit", ["person_id"])


def _idempotency() -> None:
    op.create_table(
        "idempotency",
        text("person_id"),
        text("key"),
        text("request_sha256"),
        json("answer"),
        moment("at"),
        PrimaryKeyConstraint("person_id", "key", name="pk_idempotency"),
        ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_idempotency_person_id"),
    )
    op.create_index("ix_idempotency_at", "idempotency", ["at"])


def _node() -> None:
    op.create_table(
        "node",
        text("id"),
        text("name"),
        text("home_hamlet_id"),
        json("public_key"),
        json("settings"),
        moment("enrolled_at"),
        moment("removed_at", null=True),
        PrimaryKeyConstraint("id", name="pk_node"),
        ForeignKeyConstraint(["home_hamlet_id"], ["area.id"], name="fk_node_home_hamlet_id"),
    )


def _role_grant() -> None:
    op.create_table(
        "role_grant",
        text("id"),
        text("person_id"),
        text("role"),
        text("area_id"),
        moment("granted_at"),
        text("granted_by", null=True),
        moment("revoked_at", null=True),
        PrimaryKeyConstraint("id", name="pk_role_grant"),
        ForeignKeyConstraint(["area_id"], ["area.id"], name="fk_role_grant_area_id"),
        ForeignKeyConstraint(["granted_by"], ["person.id"], name="fk_role_grant_granted_by"),
        ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_role_grant_person_id"),
    )
    op.create_index("ix_role_grant_person_id", "role_grant", ["person_id"])


def _sign_in() -> None:
    op.create_table(
        "sign_in",
        text("secret_sha256"),
        text("person_id"),
        text("form_secret"),
        text("address", null=True),
        text("browser", null=True),
        moment("created_at"),
        moment("seen_at"),
        moment("expires_at"),
        moment("ended_at", null=True),
        PrimaryKeyConstraint("secret_sha256", name="pk_sign_in"),
        ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_sign_in_person_id"),
    )
    op.create_index("ix_sign_in_person_id", "sign_in", ["person_id"])


def _token() -> None:
    op.create_table(
        "token",
        text("id"),
        text("secret_sha256"),
        text("person_id"),
        text("name"),
        moment("created_at"),
        moment("expires_at"),
        moment("used_at", null=True),
        moment("revoked_at", null=True),
        PrimaryKeyConstraint("id", name="pk_token"),
        ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_token_person_id"),
        UniqueConstraint("secret_sha256", name="uq_token_secret_sha256"),
    )
    op.create_index("ix_token_person_id", "token", ["person_id"])


def _zone() -> None:
    op.create_table(
        "zone",
        text("id"),
        text("name", null=True),
        text("area_id", null=True),
        text("owner_area_id"),
        moment("created_at"),
        moment("removed_at", null=True),
        PrimaryKeyConstraint("id", name="pk_zone"),
        ForeignKeyConstraint(["area_id"], ["area.id"], name="fk_zone_area_id"),
        ForeignKeyConstraint(["owner_area_id"], ["area.id"], name="fk_zone_owner_area_id"),
    )
    op.create_index("ix_zone_owner_area_id", "zone", ["owner_area_id"])
    op.create_index("uq_zone_area_id", "zone", ["area_id"], unique=True)


def _serves() -> None:
    op.create_table(
        "serves",
        text("node_id"),
        text("hamlet_id"),
        integer("homes"),
        PrimaryKeyConstraint("node_id", "hamlet_id", name="pk_serves"),
        ForeignKeyConstraint(["hamlet_id"], ["area.id"], name="fk_serves_hamlet_id"),
        ForeignKeyConstraint(["node_id"], ["node.id"], name="fk_serves_node_id"),
    )
    op.create_index("ix_serves_hamlet_id", "serves", ["hamlet_id"])


def _zone_hamlet() -> None:
    op.create_table(
        "zone_hamlet",
        text("zone_id"),
        text("hamlet_id"),
        PrimaryKeyConstraint("zone_id", "hamlet_id", name="pk_zone_hamlet"),
        ForeignKeyConstraint(["hamlet_id"], ["area.id"], name="fk_zone_hamlet_hamlet_id"),
        ForeignKeyConstraint(["zone_id"], ["zone.id"], name="fk_zone_hamlet_zone_id"),
    )
