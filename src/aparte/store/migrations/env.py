"""Alembic's entry: migrates the connection that it is given, at the start of the server."""

from alembic import context

from aparte.store.tables import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata)
with context.begin_transaction():
    context.run_migrations()
