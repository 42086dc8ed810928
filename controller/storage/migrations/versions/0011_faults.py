"""Faults, stretches without contact, telling facts, and what was asked of nodes."""

import sqlalchemy as sa
from alembic import op

from controller.storage.migrations.columns import big, flag, integer, json, moment, real, text

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    """Adds the tables, and to the site when it was last watched."""
    with op.batch_alter_table("site") as site:
        site.add_column(moment("watched_at", null=True))
        site.add_column(flag("linked", null=True))
        site.add_column(moment("link_since", null=True))
    op.create_table(
        "fault",
        text("id"),
        text("kind"),
        text("node_id", null=True),
        text("area_id", null=True),
        text("life"),
        text("what"),
        integer("severity"),
        moment("opened_at"),
        moment("since_at"),
        moment("known_at"),
        json("grounds"),
        moment("clear_since", null=True),
        moment("resolved_at", null=True),
        integer("times"),
        text("under", null=True),
        json("members"),
        text("acknowledged_by", null=True),
        moment("acknowledged_at", null=True),
        text("note"),
        sa.PrimaryKeyConstraint("id", name="pk_fault"),
        sa.ForeignKeyConstraint(["node_id"], ["node.id"], name="fk_fault_node_id"),
        sa.ForeignKeyConstraint(["area_id"], ["area.id"], name="fk_fault_area_id"),
        sa.ForeignKeyConstraint(["acknowledged_by"], ["person.id"], name="fk_fault_acknowledged_by"),
    )
    op.create_index("ix_fault_node", "fault", ["node_id", "opened_at"])
    op.create_index("ix_fault_resolved_at", "fault", ["resolved_at"])
    op.create_table(
        "outage",
        text("node_id"),
        moment("begin_at"),
        moment("end_at", null=True),
        sa.PrimaryKeyConstraint("node_id", "begin_at", name="pk_outage"),
        sa.ForeignKeyConstraint(["node_id"], ["node.id"], name="fk_outage_node_id"),
    )
    op.create_table(
        "sign",
        text("node_id"),
        text("stream"),
        big("number"),
        text("kind"),
        moment("at"),
        json("fact"),
        moment("received_at"),
        sa.PrimaryKeyConstraint("node_id", "stream", "number", name="pk_sign"),
        sa.ForeignKeyConstraint(["node_id"], ["node.id"], name="fk_sign_node_id"),
    )
    op.create_index("ix_sign_node", "sign", ["node_id", "at"])
    op.create_index("ix_sign_received_at", "sign", ["received_at"])
    op.create_table(
        "request",
        text("id"),
        text("node_id"),
        text("action"),
        json("arguments"),
        text("asked_by"),
        moment("asked_at"),
        moment("expires_at"),
        moment("sent_at", null=True),
        moment("taken_at", null=True),
        moment("done_at", null=True),
        text("outcome", null=True),
        text("detail"),
        real("level", null=True),
        text("sha256", null=True),
        integer("bytes", null=True),
        moment("uploaded_at", null=True),
        sa.PrimaryKeyConstraint("id", name="pk_request"),
        sa.ForeignKeyConstraint(["node_id"], ["node.id"], name="fk_request_node_id"),
        sa.ForeignKeyConstraint(["asked_by"], ["person.id"], name="fk_request_asked_by"),
    )
    op.create_index("ix_request_node", "request", ["node_id", "asked_at"])
    op.create_index("ix_request_expires_at", "request", ["expires_at"])


def downgrade() -> None:
    """Drops them."""
    for table in ("request", "sign", "outage", "fault"):
        op.drop_table(table)
    with op.batch_alter_table("site") as site:
        for column in ("link_since", "linked", "watched_at"):
            site.drop_column(column)
