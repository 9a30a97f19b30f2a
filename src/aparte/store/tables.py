"""The tables. ``migrations`` builds them; this module is what queries are written against."""

from sqlalchemy import Column, Float, ForeignKey, Index, Integer, LargeBinary, MetaData, String, Table

metadata = MetaData()

meeting = Table(
    "meeting",
    metadata,
    Column("id", LargeBinary(16), primary_key=True),
    Column("door_hash", LargeBinary(32), nullable=False),
    Column("charter", LargeBinary(1_024), nullable=False),
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

# One row: the private half of the key that certifies accounts. It opens no meeting.
house = Table(
    "house",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("seed", LargeBinary(32), nullable=False),
)

account = Table(
    "account",
    metadata,
    Column("id", LargeBinary(16), primary_key=True),
    Column("login", String(254), nullable=False, unique=True),
    Column("name", String(80), nullable=False),
    Column("label", String(80), nullable=False),
    Column("role", String(16), nullable=False),
    Column("created", Float, nullable=False),
    Column("ends", Float, nullable=True),
    Column("ended", Float, nullable=True),
    Column("password", String(256), nullable=True),
)


def _owner() -> Column[bytes]:
    """Whose it is: what an account has goes with it."""
    return Column("account", LargeBinary(16), ForeignKey("account.id", ondelete="CASCADE"), nullable=False, index=True)


session = Table(
    "session",
    metadata,
    Column("id", LargeBinary(16), primary_key=True),
    _owner(),
    Column("token_hash", LargeBinary(32), nullable=False, unique=True),
    Column("made", Float, nullable=False),
    Column("used", Float, nullable=False),
    Column("program", String(40), nullable=False),
)

ticket = Table(
    "ticket",
    metadata,
    Column("ticket_hash", LargeBinary(32), primary_key=True),
    Column("account", LargeBinary(16), ForeignKey("account.id", ondelete="CASCADE"), nullable=True, index=True),
    Column("ends", Float, nullable=False),
)

device = Table(
    "device",
    metadata,
    Column("device_hash", LargeBinary(32), primary_key=True),
    _owner(),
    Column("used", Float, nullable=False),
)

factor = Table(
    "factor",
    metadata,
    Column("id", LargeBinary(16), primary_key=True),
    _owner(),
    Column("kind", String(16), nullable=False),
    Column("name", String(80), nullable=False),
    Column("made", Float, nullable=False),
    Column("used", Float, nullable=True),
    Column("credential", LargeBinary(1023), nullable=True, unique=True),
    Column("public_key", LargeBinary, nullable=True),
    Column("count", Integer, nullable=False),
)

recovery = Table(
    "recovery",
    metadata,
    Column("code_hash", LargeBinary(32), primary_key=True),
    _owner(),
)
