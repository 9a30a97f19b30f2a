"""Meetings by the hash of their door, and their commits in order."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the two tables."""
    op.create_table(
        "meeting",
        sa.Column("id", sa.LargeBinary(16), primary_key=True),
        sa.Column("door_hash", sa.LargeBinary(32), nullable=False),
        sa.Column("created", sa.Float, nullable=False),
        sa.Column("last_used", sa.Float, nullable=False),
    )
    op.create_index("meeting_last_used", "meeting", ["last_used"])
    op.create_table(
        "commit",
        sa.Column("meeting", sa.LargeBinary(16), sa.ForeignKey("meeting.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("group", sa.LargeBinary(64), primary_key=True),
        sa.Column("epoch", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("seat", sa.String(22), nullable=False),
        sa.Column("bytes", sa.LargeBinary, nullable=False),
    )


def downgrade() -> None:
    """Drop them."""
    op.drop_table("commit")
    op.drop_table("meeting")
