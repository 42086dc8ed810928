"""Documents, events, proofs, owed."""

from alembic import op
from sqlalchemy import ForeignKeyConstraint, PrimaryKeyConstraint

from controller.storage.migrations.columns import big, counter, data, day, flag, integer, json, moment, real, text

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Documents, events, proofs, owed."""
    _document()
    _key()
    _refusal()
    _condition()
    _event()
    _owed()
    _proof()
    _stream()


def downgrade() -> None:
    """Drops them."""
    for table in ("stream", "proof", "owed", "event", "condition", "refusal", "key", "document"):
        op.drop_table(table)


def _document() -> None:
    op.create_table(
        "document",
        counter("id"),
        text("kind"),
        text("to"),
        text("issuer"),
        integer("epoch"),
        big("sequence"),
        text("digest"),
        text("content_sha256"),
        big("window_start_ms", null=True),
        json("entries", null=True),
        data("signed_bytes"),
        moment("signed_at"),
        moment("published_at", null=True),
        PrimaryKeyConstraint("id", name="pk_document"),
    )
    op.create_index("ix_document_digest", "document", ["digest"])
    op.create_index("ix_document_kind_to", "document", ["kind", "to", "issuer", "epoch", "sequence"], unique=True)


def _key() -> None:
    op.create_table(
        "key",
        text("kid"),
        text("issuer"),
        json("rights"),
        text("x"),
        moment("made_at"),
        moment("retired_at", null=True),
        PrimaryKeyConstraint("kid", name="pk_key"),
    )


def _refusal() -> None:
    op.create_table(
        "refusal",
        counter("id"),
        text("topic"),
        text("reason"),
        text("details"),
        integer("count"),
        moment("first_at"),
        moment("last_at"),
        PrimaryKeyConstraint("id", name="pk_refusal"),
    )
    op.create_index("ix_refusal_last_at", "refusal", ["last_at"])


def _condition() -> None:
    op.create_table(
        "condition",
        text("node_id"),
        flag("online"),
        text("connection_id", null=True),
        moment("connection_at", null=True),
        text("stream", null=True),
        integer("boot", null=True),
        big("number", null=True),
        json("birth", null=True),
        moment("birth_at", null=True),
        json("status", null=True),
        moment("status_at", null=True),
        PrimaryKeyConstraint("node_id", name="pk_condition"),
        ForeignKeyConstraint(["node_id"], ["node.id"], name="fk_condition_node_id"),
    )


def _event() -> None:
    op.create_table(
        "event",
        text("node_id"),
        text("stream"),
        big("number"),
        text("kind"),
        text("occurrence_id", null=True),
        data("body"),
        moment("received_at"),
        PrimaryKeyConstraint("node_id", "stream", "number", name="pk_event"),
        ForeignKeyConstraint(["node_id"], ["node.id"], name="fk_event_node_id"),
    )
    op.create_index("ix_event_occurrence", "event", ["occurrence_id", "node_id"])


def _owed() -> None:
    op.create_table(
        "owed",
        text("node_id"),
        text("occurrence_id"),
        integer("version"),
        text("broadcast_id"),
        big("nominal_ms"),
        big("starts_at_ms"),
        big("start_by_ms"),
        big("ends_at_ms"),
        day("day"),
        big("due_ms"),
        json("hashes"),
        text("lane"),
        text("zone_id", null=True),
        text("issuer"),
        integer("epoch"),
        big("sequence"),
        integer("gone_epoch", null=True),
        big("gone_sequence", null=True),
        moment("gone_at", null=True),
        text("gone_cause", null=True),
        text("area_id"),
        json("hamlets"),
        json("area_path"),
        text("node_name"),
        text("title"),
        text("programme"),
        text("programme_kind"),
        text("field"),
        text("priority"),
        json("verdict", null=True),
        moment("settled_at", null=True),
        PrimaryKeyConstraint("node_id", "occurrence_id", "version", name="pk_owed"),
        ForeignKeyConstraint(["node_id"], ["node.id"], name="fk_owed_node_id"),
    )
    op.create_index("ix_owed_broadcast", "owed", ["broadcast_id", "nominal_ms"])
    op.create_index("ix_owed_day", "owed", ["day"])
    op.create_index("ix_owed_ends_at_ms", "owed", ["ends_at_ms"])
    op.create_index("ix_owed_occurrence_id", "owed", ["occurrence_id"])
    op.create_index("ix_owed_starts_at", "owed", ["starts_at_ms", "node_id"])


def _proof() -> None:
    op.create_table(
        "proof",
        text("node_id"),
        text("stream"),
        big("number"),
        text("occurrence_id"),
        integer("version"),
        integer("attempt"),
        big("sounded_ms"),
        big("due_ms"),
        real("loudness", null=True),
        big("start_error_us", null=True),
        json("evidence"),
        text("cause", null=True),
        big("started_at_ms", null=True),
        big("closed_at_ms"),
        json("assets"),
        PrimaryKeyConstraint("node_id", "stream", "number", name="pk_proof"),
        ForeignKeyConstraint(["node_id"], ["node.id"], name="fk_proof_node_id"),
    )
    op.create_index("ix_proof_occurrence", "proof", ["occurrence_id", "node_id"])


def _stream() -> None:
    op.create_table(
        "stream",
        text("node_id"),
        text("stream"),
        big("number"),
        text("digest", null=True),
        json("gone"),
        moment("begun_at"),
        moment("received_at"),
        PrimaryKeyConstraint("node_id", "stream", name="pk_stream"),
        ForeignKeyConstraint(["node_id"], ["node.id"], name="fk_stream_node_id"),
    )
