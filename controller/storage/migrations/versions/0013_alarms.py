"""Alarms: what a sheet's entry says beyond its audio, who else agreed, PINs, and the message book."""

from alembic import op
from sqlalchemy import ForeignKeyConstraint, PrimaryKeyConstraint

from controller.storage.migrations.columns import big, counter, data, flag, integer, json, moment, text

revision = "0013"
down_revision = "0012"

_COLUMNS = ("message", "slots", "every_ms", "answers", "lasts_ms", "waits_until", "out_of_hours", "reason")
_SECOND = ("second_by", "second_at")


def upgrade() -> None:
    """Adds them; what was asked before says nothing of it."""
    with op.batch_alter_table("play_now") as play_now:
        play_now.add_column(text("message", null=True))
        play_now.add_column(json("slots", null=True))
        play_now.add_column(integer("every_ms", null=True))
        play_now.add_column(json("answers", null=True))
        play_now.add_column(big("lasts_ms", null=True))
        play_now.add_column(moment("waits_until", null=True))
        play_now.add_column(flag("out_of_hours", null=True))
        play_now.add_column(text("reason", null=True))
        play_now.add_column(text("second_by", null=True))
        play_now.add_column(moment("second_at", null=True))
        play_now.create_foreign_key("fk_play_now_second_by", "person", ["second_by"], ["id"])
    with op.batch_alter_table("person") as person:
        person.add_column(text("pin", null=True))
    op.create_table(
        "message_clip",
        text("name"),
        text("value"),
        text("language"),
        text("text", null=True),
        text("spoken", null=True),
        text("sha256", null=True),
        text("by", null=True),
        moment("at"),
        PrimaryKeyConstraint("name", "value", "language", name="pk_message_clip"),
        ForeignKeyConstraint(["sha256"], ["asset.sha256"], name="fk_message_clip_sha256"),
        ForeignKeyConstraint(["by"], ["person.id"], name="fk_message_clip_by"),
    )
    op.create_table(
        "message_book",
        counter("id"),
        text("sha256"),
        data("content"),
        moment("built_at"),
        PrimaryKeyConstraint("id", name="pk_message_book"),
    )


def downgrade() -> None:
    """Drops them."""
    op.drop_table("message_book")
    op.drop_table("message_clip")
    with op.batch_alter_table("person") as person:
        person.drop_column("pin")
    with op.batch_alter_table("play_now") as play_now:
        play_now.drop_constraint("fk_play_now_second_by", type_="foreignkey")
        for column in (*_COLUMNS, *_SECOND):
            play_now.drop_column(column)
