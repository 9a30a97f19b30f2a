"""Restricted areas, who is cleared for them, and who was refused."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables; plans from before are in no area."""
    op.add_column("plan", sa.Column("area", sa.LargeBinary(16), nullable=True))
    op.create_table(
        "area",
        sa.Column("id", sa.LargeBinary(16), primary_key=True),
        sa.Column("name", sa.String(64), nullable=False, unique=True),
        sa.Column("networks", sa.Text, nullable=False),
        sa.Column("retired", sa.Boolean, nullable=False),
    )
    op.create_table(
        "area_authority",
        _area(primary_key=True),
        sa.Column("account", sa.LargeBinary(16), primary_key=True),
    )
    op.create_table(
        "clearance",
        sa.Column("id", sa.LargeBinary(16), primary_key=True),
        _area(),
        sa.Column("account", sa.LargeBinary(16), nullable=False),
        sa.Column("starts", sa.Float, nullable=False),
        sa.Column("ends", sa.Float, nullable=False),
        sa.Column("granted_by", sa.LargeBinary(16), nullable=False),
        sa.Column("granted", sa.Float, nullable=False),
        sa.Column("withdrawn", sa.Float, nullable=True),
        sa.Column("withdrawn_by", sa.LargeBinary(16), nullable=True),
    )
    op.create_table(
        "refusal",
        sa.Column("id", sa.LargeBinary(16), primary_key=True),
        _area(),
        sa.Column("plan", sa.LargeBinary(16), nullable=False),
        sa.Column("account", sa.LargeBinary(16), nullable=True),
        sa.Column("network", sa.String(64), nullable=False),
        sa.Column("why", sa.String(16), nullable=False),
        sa.Column("first", sa.Float, nullable=False),
        sa.Column("last", sa.Float, nullable=False),
        sa.Column("tries", sa.Integer, nullable=False),
    )
    for table, column in _INDICES:
        op.create_index(f"ix_{table}_{column}", table, [column])


def downgrade() -> None:
    """Drop them: every plan is open to whom its level lets in."""
    for table in ("refusal", "clearance", "area_authority", "area"):
        op.drop_table(table)
    op.drop_index("ix_plan_area", "plan")
    op.drop_column("plan", "area")


_INDICES = (
    ("plan", "area"),
    ("area_authority", "area"),
    ("clearance", "area"),
    ("clearance", "account"),
    ("clearance", "ends"),
    ("refusal", "area"),
    ("refusal", "last"),
)


def _area(primary_key: bool = False) -> sa.Column[bytes]:
    return sa.Column("area", sa.LargeBinary(16), sa.ForeignKey("area.id"), nullable=False, primary_key=primary_key)
