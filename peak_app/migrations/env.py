"""Alembic's entry: runs inside the transaction that `peak_app.migrations.migrate` opened."""

from alembic import context

from peak_app.migrations.tables import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata, compare_type=True)
context.run_migrations()
