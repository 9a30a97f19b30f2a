"""The tables. ``migrations`` builds them; this module is what queries are written against."""

from sqlalchemy import Column, Float, ForeignKey, Index, Integer, LargeBinary, MetaData, String, Table

metadata = MetaData()

meeting = Table(
    "meeting",
    metadata,
    Column("id", LargeBinary(16), primary_key=True),
    Column("door_hash", LargeBinary(32), nullable=False),
    Column("created", Float, nullable=False),
    Column("last_used", Float, nullable=False),
    Index("meeting_last_used", "last_used"),
)

# The key says it once more, below all code: one commit for a meeting, group and epoch.
commit = Table(
    "commit",
    metadata,
    Column("meeting", LargeBinary(16), ForeignKey("meeting.id", ondelete="CASCADE"), primary_key=True),
    Column("group", LargeBinary(64), primary_key=True),
    Column("epoch", Integer, primary_key=True, autoincrement=False),
    Column("seat", String(22), nullable=False),
    Column("bytes", LargeBinary, nullable=False),
)
