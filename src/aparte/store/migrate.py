"""Bring a database up to the newest migration of this package (Alembic)."""

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection


def migrate(connection: Connection) -> None:
    """Run what is missing, inside the caller's transaction."""
    config = Config()
    config.set_main_option("script_location", "aparte.store:migrations")
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
