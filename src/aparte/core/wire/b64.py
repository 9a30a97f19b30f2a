"""base64url without padding (RFC 4648 section 5), one spelling a value."""

import base64


def b64_encode(data: bytes) -> str:
    """Return the one text of these bytes."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


def b64_decode(text: str) -> bytes:
    """Return the bytes of a text; raises ``ValueError`` for padding, a strange character or set trailing bits."""
    data = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    # Python's decoder skips what it does not know: only the one canonical spelling may come back the same.
    if b64_encode(data) != text:
        raise ValueError("not canonical base64url")
    return data
