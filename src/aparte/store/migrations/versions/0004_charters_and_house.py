"""Meetings with their charters, the house key, and names that a certificate can say."""

import unicodedata

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_NAME_CHARACTERS, _NAME_BYTES, _LABEL_BYTES = 64, 128, 64
_ACCOUNT = sa.table(
    "account", sa.column("id", sa.LargeBinary), sa.column("name", sa.String), sa.column("label", sa.String)
)
_PLAN = sa.table("plan", sa.column("door_hash", sa.LargeBinary), sa.column("charter", sa.LargeBinary))


def upgrade() -> None:
    """Make the tables anew, and shorten names."""
    # A meeting without a charter is not known any more, and after a restart nobody comes back to a group.
    op.drop_table("commit")
    op.drop_table("meeting")
    _make_meetings(sa.Column("charter", sa.LargeBinary(1_024), nullable=False))
    op.create_table(
        "house",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("seed", sa.LargeBinary(32), nullable=False),
    )
    # The charters of plans name no house: an organiser's client makes them anew.
    op.execute(_PLAN.update().values(door_hash=None, charter=None))
    connection = op.get_bind()
    for id, name, label in connection.execute(sa.select(_ACCOUNT.c.id, _ACCOUNT.c.name, _ACCOUNT.c.label)).all():
        values = {
            "name": _cut(name, _NAME_CHARACTERS, _NAME_BYTES) or "?",
            "label": _cut(label, _LABEL_BYTES, _LABEL_BYTES),
        }
        connection.execute(_ACCOUNT.update().where(_ACCOUNT.c.id == id).values(**values))


def downgrade() -> None:
    """Bring the tables back; nobody knows the longer names any more."""
    op.drop_table("house")
    op.drop_table("commit")
    op.drop_table("meeting")
    _make_meetings()


def _make_meetings(*more: sa.Column[bytes]) -> None:
    op.create_table(
        "meeting",
        sa.Column("id", sa.LargeBinary(16), primary_key=True),
        sa.Column("door_hash", sa.LargeBinary(32), nullable=False),
        *more,
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


def _cut(text: str, characters: int, octets: int) -> str:
    """Return the text in NFC, without what nobody sees and blanks around it, and not longer than it may be."""
    seen = [
        c for c in unicodedata.normalize("NFC", text) if unicodedata.category(c) not in ("Cc", "Cf", "Cs", "Zl", "Zp")
    ]
    # Taking a character out may let its neighbours be composed.
    text = unicodedata.normalize("NFC", "".join(seen)).strip()[:characters]
    while len(text.encode()) > octets:
        text = text[:-1]
    return text.strip()
