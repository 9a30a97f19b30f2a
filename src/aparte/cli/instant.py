"""``aparte instant``: a client that makes an instant meeting and prints its link."""

import http.client
import json
import secrets
import ssl
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from aparte.core.mls.suites import is_ed25519_key
from aparte.core.plan.shipped import PUBLIC
from aparte.core.policy.charter import TAG_SIZE, Charter, Door, Opens
from aparte.core.policy.person import guest_subject
from aparte.core.policy.rights import SENDING, Rights
from aparte.core.wire.b64 import b64_decode, b64_encode
from aparte.core.wire.limits import MEETING_SIZE
from aparte.e2ee.charter import seal_charter
from aparte.e2ee.keys import SECRET_SIZE, Link, build_link, derive_link_keys, hash_door

_SECONDS = 10.0
_MOST_BYTES = 4_096
_EQUALS: Final = SENDING | Rights.ADMIT | Rights.REMOVE | Rights.DOOR
"""What everybody may do where nobody directs."""


class Unmade(Exception):
    """The server made no meeting; the text says why."""


def instant(url: str, trust: Path | None) -> int:
    """Print the link of a new meeting. Returns the exit code: 0, or 1 with a line on standard error."""
    try:
        print(make_link(url, trust), flush=True)
    except Unmade as error:
        print(f"aparte: {error}", file=sys.stderr)
        return 1
    return 0


Write = Callable[[bytes, bytes], Charter]
"""Writes the charter of a meeting (id, 16 bytes) under a house key (32 bytes); the tag is made afterwards."""


def make_link(url: str, trust: Path | None = None, write: Write | None = None) -> str:
    """Make a meeting on the server at ``url`` (scheme, host and port) and return its link. Raises ``Unmade``.

    Without a charter to ``write`` it is a meeting among equals.
    """
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.path.strip("/") or parts.query:
        raise Unmade(f"{url}: not the address of a server")
    origin = f"{parts.scheme}://{parts.netloc}"
    link = Link(origin, secrets.token_bytes(MEETING_SIZE), secrets.token_bytes(SECRET_SIZE))
    try:
        connection = _connect(origin, trust)
        try:
            _make(connection, link, write or _charter)
        finally:
            connection.close()
    except (OSError, http.client.HTTPException) as error:
        raise Unmade(f"{origin} cannot be reached ({type(error).__name__})") from error
    return build_link(link)


def _make(connection: http.client.HTTPConnection, link: Link, write: Write) -> None:
    keys = derive_link_keys(link.secret, link.meeting)
    charter = seal_charter(keys.charter_key, write(link.meeting, _house_key(connection, link.origin)))
    body = {
        "meeting": b64_encode(link.meeting),
        "door_hash": b64_encode(hash_door(keys.door)),
        "charter": b64_encode(charter.encoded),
    }
    status, answer = _ask(connection, "POST", "/api/meetings", body)
    if status != http.HTTPStatus.CREATED:
        raise Unmade(f"{link.origin} made no meeting ({answer.get('reason') or status})")


def _house_key(connection: http.client.HTTPConnection, origin: str) -> bytes:
    """The key under which the server certifies accounts: the charter names it, so that no other one comes later."""
    _, answer = _ask(connection, "GET", "/api/house")
    try:
        key = b64_decode(answer["house_key"])
    except (KeyError, TypeError, ValueError):
        key = b""
    if not is_ed25519_key(key):
        raise Unmade(f"{origin} does not say which key certifies its accounts")
    return key


def _charter(meeting: bytes, house_key: bytes) -> Charter:
    """A meeting among equals: its organiser is a person key that nobody has."""
    nobody = guest_subject(Ed25519PrivateKey.generate().public_key().public_bytes_raw())
    return Charter(meeting, house_key, PUBLIC.number, Door.OPEN, Opens.ANYBODY, _EQUALS, (nobody,), tag=bytes(TAG_SIZE))


def _ask(
    connection: http.client.HTTPConnection, method: str, path: str, body: dict[str, str] | None = None
) -> tuple[int, dict[str, Any]]:
    """The status and the object that is answered; an empty one for anything else."""
    content = None if body is None else json.dumps(body)
    connection.request(method, path, content, {"content-type": "application/json"})
    response = connection.getresponse()
    try:
        answer = json.loads(response.read(_MOST_BYTES))
    except ValueError:
        answer = None
    return response.status, answer if isinstance(answer, dict) else {}


def _connect(origin: str, trust: Path | None) -> http.client.HTTPConnection:
    parts = urlsplit(origin)
    host = parts.hostname or ""
    if parts.scheme == "http":
        return http.client.HTTPConnection(host, parts.port, timeout=_SECONDS)
    context = ssl.create_default_context(cafile=trust)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    return http.client.HTTPSConnection(host, parts.port, timeout=_SECONDS, context=context)
