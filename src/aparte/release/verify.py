"""Whether a server delivers a release: every file, asked for in more than one way, beside its manifest."""

import asyncio
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from aparte.core.wire.b64 import b64_encode
from aparte.core.wire.limits import MEETING_SIZE
from aparte.release.compare import Difference, differences
from aparte.release.delivery import ENTRY
from aparte.release.fetch import CONDITIONS, Condition, FetchError, Origin, Unfetched, client_context, fetch
from aparte.release.manifest import Manifest

TOTAL_SECONDS: Final = 300.0


@dataclass(frozen=True, slots=True)
class Finding:
    """A difference, and the names of the conditions under which it showed."""

    difference: Difference
    conditions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Report:
    """What was asked for, and all that differs."""

    paths: tuple[str, ...]
    findings: tuple[Finding, ...]


async def verify(origin: Origin, manifest: Manifest, pages: Path | None, ca: Path | None) -> Report:
    """Ask for the entry, for a meeting's page and for every file. Raises ``FetchError``.

    ``pages`` is a folder with the files of the manifest, where there is one.
    """
    tls = client_context(ca)
    meeting = f"/m/{b64_encode(secrets.token_bytes(MEETING_SIZE))}"
    names = {"/": ENTRY, meeting: ENTRY, **{path: path for path in sorted(manifest.files)}}
    published = {name: content for name in manifest.files if (content := _published(pages, manifest, name)) is not None}
    found: dict[Difference, list[str]] = {}

    async def look(path: str, name: str, condition: Condition) -> None:
        answer = await fetch(origin, path, condition, tls, manifest.files[name].size)
        for difference in differences(path, name, answer, manifest, published.get(name)):
            found.setdefault(difference, []).append(condition.name)

    try:
        async with asyncio.timeout(TOTAL_SECONDS):
            for condition in CONDITIONS:
                for path, name in names.items():
                    await look(path, name, condition)
    except TimeoutError as error:
        raise FetchError(Unfetched.TOO_SLOW) from error
    findings = [Finding(difference, tuple(conditions)) for difference, conditions in sorted(found.items())]
    return Report(tuple(names), tuple(findings))


def _published(pages: Path | None, manifest: Manifest, name: str) -> bytes | None:
    if pages is None:
        return None
    try:
        content = (pages / name.removeprefix("/")).read_bytes()
    except OSError:
        return None
    return content if manifest.files[name].matches(content) else None
