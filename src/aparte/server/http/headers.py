"""The headers that every response carries."""

from email.utils import formatdate

from aparte.release import delivery


def security_headers(encrypted: bool) -> list[tuple[bytes, bytes]]:
    """Name and value of each security header, as they are sent."""
    return [(name.encode(), value.encode()) for name, value in delivery.security_headers(encrypted).items()]


def date_header(now: float) -> tuple[bytes, bytes]:
    """The Date header (RFC 9110 section 6.6.1) for seconds since 1970."""
    return b"date", formatdate(now, usegmt=True).encode()
