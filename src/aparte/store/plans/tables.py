"""The tables of planned meetings. Nothing in them opens a meeting: of the link there is the hash of its door."""

from sqlalchemy import (
    Boolean,
    Column,
    Float,
    ForeignKey,
    ForeignKeyConstraint,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from aparte.store.tables import metadata

level = Table(
    "level",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("body", Text, nullable=False),
    Column("made", Float, nullable=False),
)

plan = Table(
    "plan",
    metadata,
    Column("meeting", LargeBinary(16), primary_key=True),
    Column("title", String(120), nullable=False),
    Column("agenda", String(2_000), nullable=False),
    Column("start", Integer, nullable=False),
    Column("zone", String(64), nullable=False),
    Column("minutes", Integer, nullable=False),
    Column("recurrence", Text, nullable=True),
    Column("level", Integer, nullable=False),
    Column("level_version", Integer, nullable=False),
    Column("creator", LargeBinary(16), nullable=False),
    Column("door_hash", LargeBinary(32), nullable=True),
    Column("charter", LargeBinary(1_024), nullable=True),
    Column("language", String(2), nullable=False),
    Column("sequence", Integer, nullable=False),
    Column("cancelled", Boolean, nullable=False),
    Column("ends", Float, nullable=False, index=True),
    # Areas are retired and never erased, so nothing has to hold them.
    Column("area", LargeBinary(16), nullable=True, index=True),
    ForeignKeyConstraint(["level", "level_version"], ["level.number", "level.version"]),
)


def _plan(primary_key: bool = False, index: bool = False) -> Column[bytes]:
    """Whose it is: what a plan has goes with it."""
    key = ForeignKey("plan.meeting", ondelete="CASCADE")
    return Column("plan", LargeBinary(16), key, nullable=False, primary_key=primary_key, index=index)


# Who manages a plan, and who organises its meeting.
person = Table(
    "plan_person",
    metadata,
    _plan(primary_key=True),
    Column("account", LargeBinary(16), primary_key=True, index=True),
    Column("part", String(9), primary_key=True),
)

invitation = Table(
    "invitation",
    metadata,
    Column("id", LargeBinary(16), primary_key=True),
    _plan(),
    Column("account", LargeBinary(16), nullable=True, index=True),
    Column("address", String(254), nullable=True),
    Column("name", String(64), nullable=False),
    Column("code_hash", LargeBinary(32), nullable=True),
    Column("mail", String(7), nullable=False),
    UniqueConstraint("plan", "account"),
    UniqueConstraint("plan", "address"),
)

attendance = Table(
    "attendance",
    metadata,
    Column("id", LargeBinary(16), primary_key=True),
    _plan(index=True),
    Column("account", LargeBinary(16), nullable=True),
    Column("came", Float, nullable=False),
    Column("went", Float, nullable=True),
    Column("ends", Float, nullable=False, index=True),
)

verification = Table(
    "verification",
    metadata,
    Column("account", LargeBinary(16), ForeignKey("account.id", ondelete="CASCADE"), primary_key=True),
    Column("verifier", LargeBinary(16), nullable=False),
    Column("made", Float, nullable=False),
)

area = Table(
    "area",
    metadata,
    Column("id", LargeBinary(16), primary_key=True),
    Column("name", String(64), nullable=False, unique=True),
    Column("networks", Text, nullable=False),
    Column("retired", Boolean, nullable=False),
)


def _area(primary_key: bool = False) -> Column[bytes]:
    return Column("area", LargeBinary(16), ForeignKey("area.id"), nullable=False, primary_key=primary_key, index=True)


area_authority = Table(
    "area_authority",
    metadata,
    _area(primary_key=True),
    Column("account", LargeBinary(16), primary_key=True),
)

# Rows are added and withdrawn, and never erased: they are the record of who had access when.
clearance = Table(
    "clearance",
    metadata,
    Column("id", LargeBinary(16), primary_key=True),
    _area(),
    Column("account", LargeBinary(16), nullable=False, index=True),
    Column("starts", Float, nullable=False),
    Column("ends", Float, nullable=False, index=True),
    Column("granted_by", LargeBinary(16), nullable=False),
    Column("granted", Float, nullable=False),
    Column("withdrawn", Float, nullable=True),
    Column("withdrawn_by", LargeBinary(16), nullable=True),
)

# The plan may have been erased since.
refusal = Table(
    "refusal",
    metadata,
    Column("id", LargeBinary(16), primary_key=True),
    _area(),
    Column("plan", LargeBinary(16), nullable=False),
    Column("account", LargeBinary(16), nullable=True),
    Column("network", String(64), nullable=False),
    Column("why", String(16), nullable=False),
    Column("first", Float, nullable=False),
    Column("last", Float, nullable=False, index=True),
    Column("tries", Integer, nullable=False),
)
