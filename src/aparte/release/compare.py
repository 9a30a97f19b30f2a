"""One answer of a server beside what the release delivers there. Values in, values out."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from aparte.release.delivery import ENTRY, cache_control, media_type, security_headers
from aparte.release.manifest import File, Manifest

_SHOWN = 120

# Attributes of HTML that make a browser fetch or run something.
_LOADS = re.compile(
    r"""\b(?:src|srcset|href|data|poster|action|formaction|background)\s*=\s*("[^"]*"|'[^']*'|[^\s>]+)""", re.IGNORECASE
)
_INLINE = re.compile(r"<script\b(?![^>]*\ssrc\s*=)|<style\b|\s(?:on[a-z]+|style|http-equiv)\s*=", re.IGNORECASE)

# What an answer may carry beside the security headers: it says how the answer is sent and nothing about the page.
_PLAIN = {"connection", "content-encoding", "content-length", "date", "transfer-encoding"}


class Kind(StrEnum):
    """In what an answer differs. Stable words."""

    MISSING = "missing"
    CHANGED = "changed"
    REFERENCE = "additional-reference"
    HEADER_MISSING = "header-missing"
    HEADER_CHANGED = "header-changed"
    HEADER_ADDED = "header-added"


@dataclass(frozen=True, slots=True, order=True)
class Difference:
    """What differs at one path; ``detail`` is printable ASCII."""

    path: str
    kind: Kind
    detail: str


@dataclass(frozen=True, slots=True)
class Answer:
    """Status, headers with lower-case names, and the content without its transfer coding."""

    status: int
    headers: tuple[tuple[str, str], ...]
    content: bytes


def differences(
    path: str, name: str, answer: Answer, manifest: Manifest, published: bytes | None
) -> Iterator[Difference]:
    """In what the answer at ``path`` differs from the file ``name`` of the manifest, delivered over TLS.

    ``published`` is that file's content, where it is known: it tells at which byte the difference begins.
    """
    if answer.status != 200:
        yield Difference(path, Kind.MISSING, f"status {answer.status}")
        return
    file = manifest.files[name]
    if not file.matches(answer.content):
        yield Difference(path, Kind.CHANGED, _first(file, answer.content, published))
        if name == ENTRY:
            known = {*manifest.files, *(references(published) if published is not None else ())}
            for reference in sorted(references(answer.content) - known):
                yield Difference(path, Kind.REFERENCE, reference)
    yield from _header_differences(path, name, answer.headers)


def references(html: bytes) -> set[str]:
    """What a page names to be loaded or run, as far as a plain reading finds it: the bytes decide, this explains."""
    text = html.decode("utf-8", "replace")
    named = (match[1].strip("\"'") for match in _LOADS.finditer(text))
    found = {_shown(name) for name in named if not name.startswith("data:image/")}
    return found | {f"inline {_shown(match[0].strip())}" for match in _INLINE.finditer(text)}


def _first(file: File, content: bytes, published: bytes | None) -> str:
    size = f"{len(content)} bytes" if len(content) <= file.size else f"more than {file.size} bytes"
    if published is None:
        return size if len(content) != file.size else f"{size}, another hash"
    pairs = enumerate(zip(content, published, strict=False))
    at = next((index for index, (one, other) in pairs if one != other), min(len(content), len(published)))
    return f"{size}, published {file.size}; they differ from byte {at} on"


def _header_differences(path: str, name: str, headers: tuple[tuple[str, str], ...]) -> Iterator[Difference]:
    expected = {
        **security_headers(encrypted=True),
        "content-type": media_type(name),
        "cache-control": cache_control(name),
        "vary": "accept-encoding",
    }
    given: dict[str, list[str]] = {}
    for header, value in headers:
        given.setdefault(header, []).append(value)
    for header, value in expected.items():
        values = given.pop(header, [])
        if not values:
            yield Difference(path, Kind.HEADER_MISSING, header)
        elif values != [value]:
            yield Difference(path, Kind.HEADER_CHANGED, f"{header}: {_shown(', '.join(values))}")
    for header in sorted(given.keys() - _PLAIN):
        yield Difference(path, Kind.HEADER_ADDED, f"{_shown(header)}: {_shown(', '.join(given[header]))}")


def _shown(text: str) -> str:
    """What a stranger sent, short and without anything that a terminal would obey."""
    shown = "".join(sign if " " <= sign <= "~" else "?" for sign in text)
    return shown if len(shown) <= _SHOWN else f"{shown[:_SHOWN]}..."
