"""Audio, programmes, broadcasts, sheets."""

from alembic import op
from sqlalchemy import ForeignKeyConstraint, PrimaryKeyConstraint

from controller.storage.migrations.columns import big, counter, day, flag, integer, json, moment, real, text

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Audio, programmes, broadcasts, sheets."""
    _asset()
    _asset_entry()
    _programme()
    _speech()
    _broadcast()
    _mute()
    _withdrawal()
    _version()
    _play_now()
    _play_now_zone()


def downgrade() -> None:
    """Drops them."""
    for table in (
        "play_now_zone",
        "play_now",
        "version",
        "withdrawal",
        "mute",
        "broadcast",
        "speech",
        "programme",
        "asset_entry",
        "asset",
    ):
        op.drop_table(table)


def _asset() -> None:
    op.create_table(
        "asset",
        text("sha256"),
        big("bytes"),
        big("frames"),
        real("loudness_lufs", null=True),
        real("peak_dbtp", null=True),
        text("original_sha256", null=True),
        text("original_path", null=True),
        moment("made_at"),
        PrimaryKeyConstraint("sha256", name="pk_asset"),
    )


def _asset_entry() -> None:
    op.create_table(
        "asset_entry",
        text("sha256"),
        text("area_id"),
        text("title"),
        text("original_name", null=True),
        text("added_by"),
        moment("added_at"),
        moment("removed_at", null=True),
        PrimaryKeyConstraint("sha256", "area_id", name="pk_asset_entry"),
        ForeignKeyConstraint(["added_by"], ["person.id"], name="fk_asset_entry_added_by"),
        ForeignKeyConstraint(["area_id"], ["area.id"], name="fk_asset_entry_area_id"),
        ForeignKeyConstraint(["sha256"], ["asset.sha256"], name="fk_asset_entry_sha256"),
    )
    op.create_index("ix_asset_entry_area_id", "asset_entry", ["area_id"])


def _programme() -> None:
    op.create_table(
        "programme",
        text("id"),
        text("area_id"),
        text("name"),
        text("kind"),
        text("field"),
        json("defaults"),
        moment("created_at"),
        moment("removed_at", null=True),
        PrimaryKeyConstraint("id", name="pk_programme"),
        ForeignKeyConstraint(["area_id"], ["area.id"], name="fk_programme_area_id"),
    )
    op.create_index("ix_programme_area_id", "programme", ["area_id"])


def _speech() -> None:
    op.create_table(
        "speech",
        text("key"),
        text("voice"),
        text("language"),
        text("text"),
        text("sha256"),
        moment("rendered_at"),
        PrimaryKeyConstraint("key", name="pk_speech"),
        ForeignKeyConstraint(["sha256"], ["asset.sha256"], name="fk_speech_sha256"),
    )


def _broadcast() -> None:
    op.create_table(
        "broadcast",
        text("id"),
        text("programme_id"),
        text("area_id"),
        text("lane"),
        text("created_by"),
        moment("created_at"),
        moment("withdrawn_at", null=True),
        text("withdrawn_by", null=True),
        text("withdrawn_why", null=True),
        PrimaryKeyConstraint("id", name="pk_broadcast"),
        ForeignKeyConstraint(["area_id"], ["area.id"], name="fk_broadcast_area_id"),
        ForeignKeyConstraint(["created_by"], ["person.id"], name="fk_broadcast_created_by"),
        ForeignKeyConstraint(["programme_id"], ["programme.id"], name="fk_broadcast_programme_id"),
        ForeignKeyConstraint(["withdrawn_by"], ["person.id"], name="fk_broadcast_withdrawn_by"),
    )
    op.create_index("ix_broadcast_area_id", "broadcast", ["area_id"])
    op.create_index("ix_broadcast_programme_id", "broadcast", ["programme_id"])


def _mute() -> None:
    op.create_table(
        "mute",
        counter("id"),
        text("zone_id"),
        text("issuer"),
        big("until_ms"),
        text("by"),
        moment("at"),
        text("lifted_by", null=True),
        moment("lifted_at", null=True),
        PrimaryKeyConstraint("id", name="pk_mute"),
        ForeignKeyConstraint(["by"], ["person.id"], name="fk_mute_by"),
        ForeignKeyConstraint(["lifted_by"], ["person.id"], name="fk_mute_lifted_by"),
        ForeignKeyConstraint(["zone_id"], ["zone.id"], name="fk_mute_zone_id"),
    )
    op.create_index("ix_mute_zone_until", "mute", ["zone_id", "until_ms"])


def _withdrawal() -> None:
    op.create_table(
        "withdrawal",
        text("zone_id"),
        text("occurrence_id"),
        text("issuer"),
        text("cause"),
        big("until_ms"),
        text("by"),
        moment("at"),
        PrimaryKeyConstraint("zone_id", "occurrence_id", name="pk_withdrawal"),
        ForeignKeyConstraint(["by"], ["person.id"], name="fk_withdrawal_by"),
        ForeignKeyConstraint(["zone_id"], ["zone.id"], name="fk_withdrawal_zone_id"),
    )
    op.create_index("ix_withdrawal_occurrence_id", "withdrawal", ["occurrence_id"])
    op.create_index("ix_withdrawal_zone_until", "withdrawal", ["zone_id", "until_ms"])


def _version() -> None:
    op.create_table(
        "version",
        text("broadcast_id"),
        integer("number"),
        text("state"),
        text("digest"),
        json("scope"),
        text("title"),
        json("playlist", null=True),
        json("places", null=True),
        json("recurrence", null=True),
        json("session", null=True),
        json("start", null=True),
        text("time_zone"),
        text("priority"),
        integer("rank"),
        json("late"),
        day("last_true_day", null=True),
        text("author_id"),
        moment("created_at"),
        moment("submitted_at", null=True),
        text("decided_by", null=True),
        moment("decided_at", null=True),
        text("returned_why", null=True),
        integer("approval_carried_from", null=True),
        flag("own_approval"),
        PrimaryKeyConstraint("broadcast_id", "number", name="pk_version"),
        ForeignKeyConstraint(["author_id"], ["person.id"], name="fk_version_author_id"),
        ForeignKeyConstraint(["broadcast_id"], ["broadcast.id"], name="fk_version_broadcast_id"),
        ForeignKeyConstraint(["decided_by"], ["person.id"], name="fk_version_decided_by"),
    )
    op.create_index("ix_version_state", "version", ["state"])


def _play_now() -> None:
    op.create_table(
        "play_now",
        text("occurrence_id"),
        text("broadcast_id"),
        integer("version"),
        text("kind"),
        text("issuer"),
        text("asked_by"),
        moment("asked_at"),
        big("nominal_ms"),
        big("starts_at_ms", null=True),
        big("start_by_ms", null=True),
        big("ends_at_ms", null=True),
        moment("stopped_at", null=True),
        text("stopped_by", null=True),
        PrimaryKeyConstraint("occurrence_id", name="pk_play_now"),
        ForeignKeyConstraint(["asked_by"], ["person.id"], name="fk_play_now_asked_by"),
        ForeignKeyConstraint(
            ["broadcast_id", "version"],
            ["version.broadcast_id", "version.number"],
            name="fk_play_now_broadcast_id_version",
        ),
        ForeignKeyConstraint(["stopped_by"], ["person.id"], name="fk_play_now_stopped_by"),
    )
    op.create_index("ix_play_now_broadcast_id", "play_now", ["broadcast_id"])
    op.create_index("ix_play_now_ends_at_ms", "play_now", ["ends_at_ms"])


def _play_now_zone() -> None:
    op.create_table(
        "play_now_zone",
        text("occurrence_id"),
        text("zone_id"),
        PrimaryKeyConstraint("occurrence_id", "zone_id", name="pk_play_now_zone"),
        ForeignKeyConstraint(["occurrence_id"], ["play_now.occurrence_id"], name="fk_play_now_zone_occurrence_id"),
        ForeignKeyConstraint(["zone_id"], ["zone.id"], name="fk_play_now_zone_zone_id"),
    )
    op.create_index("ix_play_now_zone_zone_id", "play_now_zone", ["zone_id"])
