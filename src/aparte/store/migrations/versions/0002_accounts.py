"""Accounts, with their sessions, tickets, devices, factors and recovery codes."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_OWNED = ("recovery", "factor", "device", "ticket", "session")


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "account",
        sa.Column("id", sa.LargeBinary(16), primary_key=True),
        sa.Column("login", sa.String(254), nullable=False, unique=True),
        sa.Column("name", sa.String(80), nullable=False),
        sa.Column("label", sa.String(80), nullable=False),
        sa.Column("role", sa.String(16), nullable=False),
        sa.Column("created", sa.Float, nullable=False),
        sa.Column("ends", sa.Float, nullable=True),
        sa.Column("ended", sa.Float, nullable=True),
        sa.Column("password", sa.String(256), nullable=True),
    )
    op.create_table(
        "session",
        sa.Column("id", sa.LargeBinary(16), primary_key=True),
        _owner(),
        sa.Column("token_hash", sa.LargeBinary(32), nullable=False, unique=True),
        sa.Column("made", sa.Float, nullable=False),
        sa.Column("used", sa.Float, nullable=False),
        sa.Column("program", sa.String(40), nullable=False),
    )
    op.create_table(
        "ticket",
        sa.Column("ticket_hash", sa.LargeBinary(32), primary_key=True),
        _owner(nullable=True),
        sa.Column("ends", sa.Float, nullable=False),
    )
    op.create_table(
        "device",
        sa.Column("device_hash", sa.LargeBinary(32), primary_key=True),
        _owner(),
        sa.Column("used", sa.Float, nullable=False),
    )
    op.create_table(
        "factor",
        sa.Column("id", sa.LargeBinary(16), primary_key=True),
        _owner(),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("name", sa.String(80), nullable=False),
        sa.Column("made", sa.Float, nullable=False),
        sa.Column("used", sa.Float, nullable=True),
        sa.Column("credential", sa.LargeBinary(1023), nullable=True, unique=True),
        sa.Column("public_key", sa.LargeBinary, nullable=True),
        sa.Column("count", sa.Integer, nullable=False),
    )
    op.create_table("recovery", sa.Column("code_hash", sa.LargeBinary(32), primary_key=True), _owner())
    for table in _OWNED:
        op.create_index(f"ix_{table}_account", table, ["account"])


def downgrade() -> None:
    """Drop them."""
    for table in (*_OWNED, "account"):
        op.drop_table(table)


def _owner(nullable: bool = False) -> sa.Column[bytes]:
    key = sa.ForeignKey("account.id", ondelete="CASCADE")
    return sa.Column("account", sa.LargeBinary(16), key, nullable=nullable)
