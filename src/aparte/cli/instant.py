"""``aparte instant``: a client that makes an instant meeting and prints its link."""

import http.client
import json
import secrets
import ssl
import sys
from pathlib import Path
from urllib.parse import urlsplit

from aparte.core.wire.b64 import b64_decode, b64_encode
from aparte.core.wire.limits import MEETING_SIZE
from aparte.e2ee.keys import SECRET_SIZE, Link, build_link, derive_door, hash_door

_SECONDS = 10.0
_MOST_BYTES = 4_096


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


def make_link(url: str, trust: Path | None = None) -> str:
    """Make a meeting on the server at ``url`` (scheme, host and port) and return its link. Raises ``Unmade``."""
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.path.strip("/") or parts.query:
        raise Unmade(f"{url}: not the address of a server")
    secret = secrets.token_bytes(SECRET_SIZE)
    meeting = _make(f"{parts.scheme}://{parts.netloc}", hash_door(derive_door(secret)), trust)
    return build_link(Link(f"{parts.scheme}://{parts.netloc}", meeting, secret))


def _make(origin: str, door_hash: bytes, trust: Path | None) -> bytes:
    body = json.dumps({"door_hash": b64_encode(door_hash)})
    try:
        connection = _connect(origin, trust)
        try:
            connection.request("POST", "/api/meetings", body, {"content-type": "application/json"})
            response = connection.getresponse()
            answer = json.loads(response.read(_MOST_BYTES))
        finally:
            connection.close()
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise Unmade(f"{origin} cannot be reached ({type(error).__name__})") from error
    if response.status != http.HTTPStatus.CREATED:
        reason = answer.get("reason") if isinstance(answer, dict) else None
        raise Unmade(f"{origin} made no meeting ({reason or response.status})")
    try:
        meeting = b64_decode(answer["meeting"])
    except (KeyError, TypeError, ValueError):
        meeting = b""
    if len(meeting) != MEETING_SIZE:
        raise Unmade(f"{origin} answered with something that is no meeting")
    return meeting


def _connect(origin: str, trust: Path | None) -> http.client.HTTPConnection:
    parts = urlsplit(origin)
    host = parts.hostname or ""
    if parts.scheme == "http":
        return http.client.HTTPConnection(host, parts.port, timeout=_SECONDS)
    context = ssl.create_default_context(cafile=trust)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    return http.client.HTTPSConnection(host, parts.port, timeout=_SECONDS, context=context)
