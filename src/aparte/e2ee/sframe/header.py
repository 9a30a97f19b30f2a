"""The SFrame header: config byte, key id, counter (RFC 9605 section 4.3)."""

from dataclasses import dataclass

from aparte.e2ee.sframe.errors import SealError, SealReason

_MAX: int = 2**64 - 1


@dataclass(frozen=True, slots=True)
class SFrameHeader:
    """``kid`` and ``ctr`` are below 2**64; ``size`` is the encoded header's, 1 to 17 bytes."""

    kid: int
    ctr: int
    size: int


def build_sframe_header(kid: int, ctr: int) -> bytes:
    """Write a header in its one shortest form; ``ValueError`` outside 64 bits."""
    if not 0 <= kid <= _MAX or not 0 <= ctr <= _MAX:
        raise ValueError("kid and ctr have 64 bits")
    kid_flags, kid_bytes = _encode(kid)
    ctr_flags, ctr_bytes = _encode(ctr)
    return bytes([kid_flags << 4 | ctr_flags]) + kid_bytes + ctr_bytes


def parse_sframe_header(data: bytes | memoryview) -> SFrameHeader:
    """Read the header in front of ``data``; raises ``SealError(malformed)`` when cut short or not the shortest form."""
    if not data:
        raise SealError(SealReason.MALFORMED)
    kid, at = _decode(data, data[0] >> 4, 1)
    ctr, at = _decode(data, data[0] & 0x0F, at)
    return SFrameHeader(kid, ctr, at)


def _encode(value: int) -> tuple[int, bytes]:
    """Four bits for the config byte and the bytes that follow: values to 7 sit in the config byte itself."""
    if value < 8:
        return value, b""
    size = (value.bit_length() + 7) // 8
    return 8 | size - 1, value.to_bytes(size)


def _decode(data: bytes | memoryview, flags: int, at: int) -> tuple[int, int]:
    if flags < 8:
        return flags, at
    end = at + (flags & 7) + 1
    # One value has one spelling: no leading zero byte, nothing long that fits the config byte.
    value = int.from_bytes(data[at:end])
    if end > len(data) or data[at] == 0 or value < 8:
        raise SealError(SealReason.MALFORMED)
    return value, end
