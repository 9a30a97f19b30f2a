"""What the headers of every answer say; that they are sent is shown in tests/server, what they do in tests/browser."""

import pytest

from aparte.release.delivery import cache_control, media_type, security_headers


def policy() -> dict[str, list[str]]:
    rules = security_headers(encrypted=True)["content-security-policy"].split("; ")
    return {rule.split(" ")[0]: rule.split(" ")[1:] for rule in rules}


@pytest.mark.promise("P24")
def test_the_content_policy_allows_what_the_pages_use_and_nothing_else() -> None:
    assert policy() == {
        "default-src": ["'none'"],
        "script-src": ["'self'", "blob:"],
        "worker-src": ["blob:"],
        "style-src": ["'self'"],
        "img-src": ["data:"],
        "connect-src": ["'self'"],
        "object-src": ["'none'"],
        "base-uri": ["'none'"],
        "form-action": ["'none'"],
        "frame-ancestors": ["'none'"],
        "require-trusted-types-for": ["'script'"],
        "trusted-types": ["aparte"],
    }


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("integrity-policy", "blocked-destinations=(script)"),
        ("cross-origin-opener-policy", "same-origin"),
        ("cross-origin-embedder-policy", "require-corp"),
        ("cross-origin-resource-policy", "same-origin"),
        ("x-content-type-options", "nosniff"),
        ("referrer-policy", "no-referrer"),
        ("strict-transport-security", "max-age=31536000; includeSubDomains"),
    ],
)
def test_the_other_headers(name: str, value: str) -> None:
    assert security_headers(encrypted=True)[name] == value


def test_permissions_are_those_of_a_meeting() -> None:
    allowed = security_headers(encrypted=True)["permissions-policy"].split(", ")
    own = {entry.removesuffix("=(self)") for entry in allowed if entry.endswith("=(self)")}
    passkeys = {"publickey-credentials-create", "publickey-credentials-get"}
    assert own == passkeys | {
        "camera",
        "microphone",
        "display-capture",
        "autoplay",
        "fullscreen",
        "picture-in-picture",
    }
    assert {entry for entry in allowed if not entry.endswith(("=(self)", "=()"))} == set()
    assert {"geolocation=()", "usb=()", "idle-detection=()", "payment=()"} <= set(allowed)


def test_without_tls_no_browser_is_told_to_insist_on_it() -> None:
    there, gone = security_headers(encrypted=True), security_headers(encrypted=False)
    assert there.keys() - gone.keys() == {"strict-transport-security"}


@pytest.mark.parametrize(
    ("path", "kind", "cache"),
    [
        ("/index.html", "text/html; charset=utf-8", "no-store"),
        ("/assets/a.js", "text/javascript; charset=utf-8", "public, max-age=31536000, immutable"),
        ("/robots.txt", "text/plain; charset=utf-8", "no-cache"),
        ("/release.json", "application/json", "no-cache"),
        ("/assets/a.unknown", "application/octet-stream", "public, max-age=31536000, immutable"),
    ],
)
def test_types_and_caching_depend_on_the_path_alone(path: str, kind: str, cache: str) -> None:
    assert (media_type(path), cache_control(path)) == (kind, cache)
