"""How pages are delivered: media types, caching, and the security headers of every answer.

Sources: OWASP Secure Headers; W3C CSP 3, Trusted Types, Subresource Integrity (Integrity-Policy), Permissions Policy.
"""

from pathlib import Path, PurePosixPath
from typing import Final

ENTRY: Final = "/index.html"
MANIFEST: Final = "/release.json"
PAGES: Final = Path(__file__).parent.parent / "server" / "pages"  # of this installation

_POLICY = "; ".join(
    (
        "default-src 'none'",
        # Workers and worklets start from code inside the page's own script: it becomes a blob, and a script on the
        # server, whose hash nothing could check, is no worker.
        "script-src 'self' blob:",
        "worker-src blob:",
        "style-src 'self'",
        "img-src data:",
        "connect-src 'self'",
        "object-src 'none'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
        "require-trusted-types-for 'script'",
        "trusted-types aparte",
    )
)

_ALLOWED = (
    "camera",
    "microphone",
    "display-capture",
    "autoplay",
    "fullscreen",
    "picture-in-picture",
    "publickey-credentials-create",
    "publickey-credentials-get",
)
_FORBIDDEN = (
    "accelerometer",
    "browsing-topics",
    "geolocation",
    "gyroscope",
    "hid",
    "idle-detection",
    "local-fonts",
    "magnetometer",
    "midi",
    "payment",
    "serial",
    "sync-xhr",
    "usb",
    "xr-spatial-tracking",
)

_HSTS = "max-age=31536000; includeSubDomains"  # as OWASP ASVS 5.0 has it (3.4.1)

_HEADERS = {
    "content-security-policy": _POLICY,
    "integrity-policy": "blocked-destinations=(script)",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-embedder-policy": "require-corp",
    "cross-origin-resource-policy": "same-origin",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "permissions-policy": ", ".join([f"{name}=(self)" for name in _ALLOWED] + [f"{name}=()" for name in _FORBIDDEN]),
}

# A table of our own: what a machine takes a file for must not decide what a browser does with it.
_TYPES = {
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".txt": "text/plain; charset=utf-8",
    ".json": "application/json",
    ".svg": "image/svg+xml",
    ".wasm": "application/wasm",
}


def security_headers(encrypted: bool) -> dict[str, str]:
    """Value of each header by its lower-case name; HSTS (RFC 6797) only where the port speaks TLS."""
    return {**_HEADERS, "strict-transport-security": _HSTS} if encrypted else dict(_HEADERS)


def media_type(path: str) -> str:
    """Content-Type of the file at this path."""
    return _TYPES.get(PurePosixPath(path).suffix, "application/octet-stream")


def cache_control(path: str) -> str:
    """Names under /assets/ carry a hash of their content; the entry names them and is always asked for anew."""
    if path.startswith("/assets/"):
        return "public, max-age=31536000, immutable"
    return "no-store" if path.endswith(".html") else "no-cache"
