"""Alembic revisions; run by `controller.storage.engine.migrate`."""
