"""The security headers that every response carries (OWASP Secure Headers; W3C CSP 3, Trusted Types)."""

from email.utils import formatdate

_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self' 'wasm-unsafe-eval'",
        "style-src 'self'",
        "img-src 'self' data: blob:",
        "connect-src 'self'",
        "media-src 'self' blob: mediastream:",
        "worker-src 'self'",
        "font-src 'self'",
        "manifest-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
        "require-trusted-types-for 'script'",
        "trusted-types aparte",
    )
)

_ALLOWED = ("camera", "microphone", "display-capture", "autoplay", "fullscreen", "picture-in-picture")
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
    "publickey-credentials-create",
    "publickey-credentials-get",
    "serial",
    "sync-xhr",
    "usb",
    "xr-spatial-tracking",
)

_HEADERS = {
    "Content-Security-Policy": _POLICY,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Embedder-Policy": "require-corp",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Permissions-Policy": ", ".join([f"{name}=(self)" for name in _ALLOWED] + [f"{name}=()" for name in _FORBIDDEN]),
}


def security_headers(encrypted: bool) -> list[tuple[bytes, bytes]]:
    """Name and value of each header; HSTS (RFC 6797) only where the port speaks TLS."""
    headers = dict(_HEADERS)
    if encrypted:
        headers["Strict-Transport-Security"] = "max-age=31536000"
    return [(name.lower().encode(), value.encode()) for name, value in headers.items()]


def date_header(now: float) -> tuple[bytes, bytes]:
    """The Date header (RFC 9110 section 6.6.1) for seconds since 1970."""
    return b"date", formatdate(now, usegmt=True).encode()
