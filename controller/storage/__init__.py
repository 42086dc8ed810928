"""What the office remembers: engine, tables, queries, ingest, migrations."""
