"""The presentation language of RFC 9420 section 2: integers, variable-size vectors (2.1.2), optional values.

Every value has exactly one spelling: lengths must be minimal, presence octets 0 or 1, and nothing may follow. What is
read therefore encodes to the octets it came from.
"""

from collections.abc import Callable, Iterable
from struct import Struct, unpack
from typing import Final, Protocol, TypeVar

from aparte.core.mls.errors import MlsError, Rule, require

T = TypeVar("T")
u16 = Struct(">H").pack
u32 = Struct(">I").pack
u64 = Struct(">Q").pack


class Encodable(Protocol):
    """What has one encoding."""

    @property
    def encoded(self) -> bytes:
        """The octets of the value."""


def varint(length: int) -> bytes:
    """Return the shortest encoding of a length (1, 2 or 4 octets); ``ValueError`` from 2^30 on."""
    if length < 0x40:
        return length.to_bytes(1)
    if length < 0x4000:
        return (length | 0x4000).to_bytes(2)
    if length < 0x4000_0000:
        return (length | 0x8000_0000).to_bytes(4)
    raise ValueError("a vector has less than 2^30 octets")


def vector(octets: bytes) -> bytes:
    """Return ``opaque octets<V>``."""
    return varint(len(octets)) + octets


def vectors(items: Iterable[Encodable]) -> bytes:
    """Return ``T items<V>``."""
    return vector(b"".join(item.encoded for item in items))


def u16s(values: Iterable[int]) -> bytes:
    """Return ``uint16 values<V>``."""
    return vector(b"".join(map(u16, values)))


def optional(value: Encodable | None) -> bytes:
    """Return ``optional<T>``."""
    return b"\0" if value is None else b"\1" + value.encoded


MAX_ITEMS: Final = 2**13
"""How many items all lists of a message or tree may have together: it bounds the work that hostile octets can cause."""


class Reader:
    """Reads octets from front to back; raises ``MlsError(ENCODING)`` for what is not there or not the only spelling."""

    __slots__ = ("_at", "_data", "_end", "_items")

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0
        self._end = len(data)
        self._items = 0

    def take(self, count: int) -> bytes:
        """Read ``count`` octets."""
        begin = self._at
        end = begin + count
        if end > self._end:
            raise MlsError(Rule.ENCODING)
        self._at = end
        return self._data[begin:end]

    def u8(self) -> int:
        """Read a uint8."""
        if self._at >= self._end:
            raise MlsError(Rule.ENCODING)
        self._at += 1
        return self._data[self._at - 1]

    def u16(self) -> int:
        """Read a uint16."""
        return int.from_bytes(self.take(2))

    def u32(self) -> int:
        """Read a uint32."""
        return int.from_bytes(self.take(4))

    def u64(self) -> int:
        """Read a uint64."""
        return int.from_bytes(self.take(8))

    def varint(self) -> int:
        """Read a length: two bits say how many octets it has, and fewer must not do."""
        first = self.u8()
        size = 1 << (first >> 6)
        if size == 1:
            return first
        if size == 8:
            raise MlsError(Rule.ENCODING)
        value = int.from_bytes(bytes([first & 0x3F]) + self.take(size - 1))
        require(value >= (0x40 if size == 2 else 0x4000), Rule.ENCODING)
        return value

    def vector(self) -> bytes:
        """Read ``opaque<V>``."""
        return self.take(self.varint())

    def items(self, decode: Callable[["Reader"], T]) -> tuple[T, ...]:
        """Read ``T<V>``."""
        size = self.varint()
        outer, end = self._end, self._at + size
        require(end <= outer, Rule.ENCODING)
        self._end = end
        found: list[T] = []
        while self._at < end:
            self._items += 1
            require(self._items <= MAX_ITEMS, Rule.ENCODING)
            found.append(decode(self))
        self._end = outer
        return tuple(found)

    def u16s(self) -> tuple[int, ...]:
        """Read ``uint16<V>``."""
        octets = self.vector()
        require(len(octets) % 2 == 0, Rule.ENCODING)
        return unpack(f">{len(octets) // 2}H", octets)

    def optional(self, decode: Callable[["Reader"], T]) -> T | None:
        """Read ``optional<T>``."""
        present = self.u8()
        require(present <= 1, Rule.ENCODING)
        return decode(self) if present else None

    @property
    def at(self) -> int:
        """How many octets have been read."""
        return self._at

    def since(self, begin: int) -> bytes:
        """Return what has been read since ``begin``."""
        return self._data[begin : self._at]

    def rest(self) -> bytes:
        """Read everything that is left."""
        return self.take(self._end - self._at)

    def end(self) -> None:
        """Refuse when something is left."""
        require(self._at == self._end, Rule.ENCODING)


def decode(data: bytes, read: Callable[[Reader], T]) -> T:
    """Read one value that fills ``data``; raises ``MlsError``."""
    reader = Reader(data)
    value = read(reader)
    reader.end()
    return value
