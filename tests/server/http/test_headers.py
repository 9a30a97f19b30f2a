"""What the security of the pages rests upon is in the headers of every answer, whatever else is."""

import pytest

from aparte.release.delivery import security_headers

HEADERS = {
    "content-security-policy": (
        "default-src 'none'",
        "script-src 'self' blob:",
        "worker-src blob:",
        "connect-src 'self'",
        "object-src 'none'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
        "require-trusted-types-for 'script'",
        "trusted-types aparte",
    ),
    "integrity-policy": ("blocked-destinations=(script)",),
    "cross-origin-opener-policy": ("same-origin",),
    "cross-origin-embedder-policy": ("require-corp",),
    "cross-origin-resource-policy": ("same-origin",),
    "x-content-type-options": ("nosniff",),
    "referrer-policy": ("no-referrer",),
    "permissions-policy": (
        "camera=(self)",
        "microphone=(self)",
        "publickey-credentials-get=(self)",
        "geolocation=()",
        "usb=()",
    ),
}


@pytest.mark.parametrize("name", HEADERS)
def test_what_the_pages_rest_upon(name: str) -> None:
    for encrypted in (True, False):
        value = security_headers(encrypted)[name]
        assert set(HEADERS[name]) <= {part.strip() for part in value.replace(",", ";").split(";")}


def test_tls_is_not_left_again() -> None:
    assert security_headers(encrypted=True)["strict-transport-security"] == "max-age=31536000; includeSubDomains"
