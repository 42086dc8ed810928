"""The revisions and the tables of today say the same."""

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Engine, inspect, select

from controller.storage.engine import alembic_config, migrate, reading, transact
from controller.storage.tables import Base, PersonRow
from tests.integration.controller.storage.test_ledger import plant


def test_all_revisions_give_exactly_the_tables_of_today(empty: Engine) -> None:
    migrate(empty)
    with empty.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []


def test_to_migrate_again_changes_nothing(empty: Engine) -> None:
    migrate(empty)
    migrate(empty)
    assert set(inspect(empty).get_table_names()) == {*Base.metadata.tables, "alembic_version"}


def test_every_revision_can_be_taken_back(empty: Engine) -> None:
    migrate(empty)
    with empty.connect() as connection:
        command.downgrade(alembic_config(connection), "base")
    assert set(inspect(empty).get_table_names()) == {"alembic_version"}
    migrate(empty)


def test_what_refers_to_a_table_that_is_made_anew_is_still_there_after_going_back_and_on(engine: Engine) -> None:
    transact(engine, plant)
    before = people(engine)
    with engine.connect() as connection:
        command.downgrade(alembic_config(connection), "0008")
    migrate(engine)
    assert people(engine) == before != []


def people(engine: Engine) -> list[tuple[str, str]]:
    with reading(engine) as session:
        rows = session.execute(select(PersonRow.id, PersonRow.name).order_by(PersonRow.id))
        return [(row.id, row.name) for row in rows]
