"""Levels, plans with their people and invitations, attendance, and whose papers were looked at."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "level",
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("version", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("made", sa.Float, nullable=False),
    )
    op.create_table(
        "plan",
        sa.Column("meeting", sa.LargeBinary(16), primary_key=True),
        sa.Column("title", sa.String(120), nullable=False),
        sa.Column("agenda", sa.String(2_000), nullable=False),
        sa.Column("start", sa.Integer, nullable=False),
        sa.Column("zone", sa.String(64), nullable=False),
        sa.Column("minutes", sa.Integer, nullable=False),
        sa.Column("recurrence", sa.Text, nullable=True),
        sa.Column("level", sa.Integer, nullable=False),
        sa.Column("level_version", sa.Integer, nullable=False),
        sa.Column("creator", sa.LargeBinary(16), nullable=False),
        sa.Column("door_hash", sa.LargeBinary(32), nullable=True),
        sa.Column("charter", sa.LargeBinary(1_024), nullable=True),
        sa.Column("language", sa.String(2), nullable=False),
        sa.Column("sequence", sa.Integer, nullable=False),
        sa.Column("cancelled", sa.Boolean, nullable=False),
        sa.Column("ends", sa.Float, nullable=False),
        sa.ForeignKeyConstraint(["level", "level_version"], ["level.number", "level.version"]),
    )
    op.create_table(
        "plan_person",
        _plan(primary_key=True),
        sa.Column("account", sa.LargeBinary(16), primary_key=True),
        sa.Column("part", sa.String(9), primary_key=True),
    )
    op.create_table(
        "invitation",
        sa.Column("id", sa.LargeBinary(16), primary_key=True),
        _plan(),
        sa.Column("account", sa.LargeBinary(16), nullable=True),
        sa.Column("address", sa.String(254), nullable=True),
        sa.Column("name", sa.String(64), nullable=False),
        sa.Column("code_hash", sa.LargeBinary(32), nullable=True),
        sa.Column("mail", sa.String(7), nullable=False),
        sa.UniqueConstraint("plan", "account"),
        sa.UniqueConstraint("plan", "address"),
    )
    op.create_table(
        "attendance",
        sa.Column("id", sa.LargeBinary(16), primary_key=True),
        _plan(),
        sa.Column("account", sa.LargeBinary(16), nullable=True),
        sa.Column("came", sa.Float, nullable=False),
        sa.Column("went", sa.Float, nullable=True),
        sa.Column("ends", sa.Float, nullable=False),
    )
    op.create_table(
        "verification",
        sa.Column("account", sa.LargeBinary(16), sa.ForeignKey("account.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("verifier", sa.LargeBinary(16), nullable=False),
        sa.Column("made", sa.Float, nullable=False),
    )
    for table, column in _INDICES:
        op.create_index(f"ix_{table}_{column}", table, [column])


def downgrade() -> None:
    """Drop them."""
    for table in ("verification", "attendance", "invitation", "plan_person", "plan", "level"):
        op.drop_table(table)


_INDICES = (
    ("plan", "ends"),
    ("plan_person", "account"),
    ("invitation", "account"),
    ("attendance", "plan"),
    ("attendance", "ends"),
)


def _plan(primary_key: bool = False) -> sa.Column[bytes]:
    key = sa.ForeignKey("plan.meeting", ondelete="CASCADE")
    return sa.Column("plan", sa.LargeBinary(16), key, nullable=False, primary_key=primary_key)
