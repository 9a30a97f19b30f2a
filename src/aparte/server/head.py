"""The head of an HTTP/1.1 request (RFC 9112), as far as the port needs it to tell links from everything else."""

import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

_LOCAL: Final = re.compile(r"(localhost|127\.0\.0\.1|\[::1\])(:[0-9]{1,5})?", re.ASCII | re.IGNORECASE)


def names_this_machine(hosts: list[str]) -> bool:
    """Whether these values of ``Host`` are one, and one that no name service answers for.

    A page of a name that its owner lets point to 127.0.0.1 is of the same origin as the server, for a browser.
    """
    return len(hosts) == 1 and _LOCAL.fullmatch(hosts[0]) is not None


@dataclass(frozen=True, slots=True)
class Head:
    """Method, target as sent, and the values of each header by its name in small letters."""

    method: str
    target: str
    headers: dict[str, list[str]]

    def one(self, name: str) -> str | None:
        """The value of a header that is there exactly once."""
        values = self.headers.get(name, [])
        return values[0] if len(values) == 1 else None

    @property
    def wants_link(self) -> bool:
        """Whether this asks for a link: a WebSocket upgrade (RFC 6455 section 4.1) of ``/link``."""
        upgrade = self.one("upgrade")
        return (
            self.method == "GET" and self.target == "/link" and upgrade is not None and upgrade.lower() == "websocket"
        )

    def same_origin(self, encrypted: bool) -> bool:
        """Whether the request comes from a page of this very host, or from no browser at all (no ``Origin``)."""
        if "origin" not in self.headers:
            return True
        host, origin = self.one("host"), self.one("origin")
        if not host or not origin:
            return False
        scheme = "https" if encrypted else "http"
        try:
            named, asked = urlsplit(origin), urlsplit(f"{scheme}://{host}")
            return origin == f"{named.scheme}://{named.netloc}" and _place(*named[:2]) == _place(*asked[:2])
        except ValueError:
            return False


def _place(scheme: str, netloc: str) -> tuple[str, str, int]:
    parts = urlsplit(f"{scheme}://{netloc}")
    if parts.username is not None or not parts.hostname:
        raise ValueError("not a host")
    port = parts.port or {"http": 80, "https": 443}[scheme] if scheme in ("http", "https") else 0
    return scheme, parts.hostname, port


def parse_head(data: bytes) -> Head | None:
    """Read a head without its empty line; ``None`` for what is not one (the HTTP parser answers that)."""
    lines = data.split(b"\r\n")
    request = lines[0].split(b" ")
    if len(request) != 3 or not request[2].startswith(b"HTTP/1."):
        return None
    headers: dict[str, list[str]] = {}
    for line in lines[1:]:
        name, colon, value = line.partition(b":")
        if not colon:
            return None
        headers.setdefault(name.decode("latin-1").lower(), []).append(value.strip(b" \t").decode("latin-1"))
    return Head(request[0].decode("latin-1"), request[1].decode("latin-1"), headers)
