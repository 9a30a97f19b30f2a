"""Reading request heads."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aparte.server.head import parse_head

LINK = b"GET /link HTTP/1.1\r\nHost: Meet.Example\r\nUpgrade: WebSocket\r\nOrigin: https://meet.example"


def test_a_link() -> None:
    head = parse_head(LINK)
    assert head is not None
    assert head.wants_link
    assert head.same_origin(encrypted=True)
    assert not head.same_origin(encrypted=False)


@pytest.mark.parametrize(
    ("host", "origin", "same"),
    [
        ("a.example", "https://a.example", True),
        ("a.example:443", "https://a.example", True),
        ("a.example", "https://a.example:443", True),
        ("a.example:8443", "https://a.example:8443", True),
        ("[2001:db8::1]:8443", "https://[2001:db8::1]:8443", True),
        ("a.example:8443", "https://a.example", False),
        ("a.example", "https://b.example", False),
        ("a.example", "http://a.example", False),
        ("a.example", "https://a.example.evil", False),
        ("a.example", "https://a.example/path", False),
        ("a.example@b", "https://a.example@b", False),
        ("a.example:x", "https://a.example:x", False),
        ("", "https://", False),
    ],
)
def test_origins(host: str, origin: str, same: bool) -> None:
    head = parse_head(f"GET /link HTTP/1.1\r\nHost: {host}\r\nOrigin: {origin}".encode())
    assert head is not None
    assert head.same_origin(encrypted=True) is same


def test_no_origin_is_no_browser() -> None:
    head = parse_head(b"GET /link HTTP/1.1\r\nHost: a.example")
    assert head is not None
    assert head.same_origin(encrypted=True)


@pytest.mark.parametrize("data", [b"", b"GET /", b"GET / HTTP/2", b"GET / HTTP/1.1\r\nno colon"])
def test_what_is_no_head(data: bytes) -> None:
    assert parse_head(data) is None


@given(st.binary(max_size=200), st.booleans())
def test_anything_can_be_read(data: bytes, encrypted: bool) -> None:
    for text in (
        data,
        b"GET /link HTTP/1.1\r\n" + data,
        LINK + data,
        b"GET /link HTTP/1.1\r\nHost: a\r\nOrigin: " + data,
    ):
        head = parse_head(text)
        if head is not None:
            assert head.wants_link in (True, False)
            assert head.same_origin(encrypted) in (True, False)
