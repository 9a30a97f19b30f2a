"""``aparte verify-web``: whether a server delivers the pages of a release."""

import asyncio
import json
import sys
from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from aparte.release.delivery import MANIFEST, PAGES
from aparte.release.fetch import CONDITIONS, FetchError, Origin, Unfetched
from aparte.release.manifest import Manifest, ManifestError, Unread, read_manifest
from aparte.release.verify import Report, verify

SAME, DIFFERS, NOT_CHECKED = 0, 1, 2

_WORDS: Final = {
    Unread.MISSING: "there is no manifest to compare with (a source folder has one after `make pages`)",
    Unread.TOO_LARGE: "the manifest is too large to be one",
    Unread.MALFORMED: "the manifest is not one that this version reads",
    Unread.NO_SIGNATURE: "there is no signature beside the manifest",
    Unread.BAD_KEY: "the key is no Ed25519 public key in PEM",
    Unread.BAD_SIGNATURE: "the manifest's signature was not made with this key",
    Unfetched.NOT_HTTPS: "the address has to be https://HOST or https://HOST:PORT",
    Unfetched.UNREACHABLE: "the server cannot be reached",
    Unfetched.NOT_TRUSTED: "the server's certificate is not trusted (--ca names an authority)",
    Unfetched.NO_TLS: "the server does not speak TLS 1.3",
    Unfetched.NO_CA: "the authority's certificate cannot be read",
    Unfetched.NOT_HTTP: "the server's answer is not HTTP",
    Unfetched.TOO_SLOW: "the server takes too long",
}
_REACH: Final = (
    "This is what the server gave to these requests. It can give other visitors something else; a client that was "
    "installed apart does not depend on it."
)


def verify_web(url: str, manifest: Path | None, key: Path | None, ca: Path | None, as_json: bool) -> int:
    """Print what differs between a server and a manifest (without one: the installed release's).

    Returns the exit code: 0 when nothing differs, 1 when something does, 2 with a line on standard error otherwise.
    """
    try:
        origin = Origin.parse(url)
        published = read_manifest(manifest or PAGES / MANIFEST.removeprefix("/"), key)
        report = asyncio.run(verify(origin, published, PAGES, ca))
    except (ManifestError, FetchError) as error:
        if as_json:
            print(json.dumps({"same": None, "error": str(error.reason)}))
        print(f"aparte: {_WORDS[error.reason]}", file=sys.stderr)
        return NOT_CHECKED
    if as_json:
        print(json.dumps(_record(origin, published, report, signed=key is not None), indent=1))
    else:
        print("\n".join(_lines(origin, published, report, signed=key is not None)))
    return DIFFERS if report.findings else SAME


def _record(origin: Origin, manifest: Manifest, report: Report, signed: bool) -> dict[str, object]:
    return {
        "same": not report.findings,
        "server": str(origin),
        "release": manifest.version,
        "manifest": f"sha384-{b64encode(manifest.sha384).decode()}",
        "signed": signed,
        "conditions": [condition.name for condition in CONDITIONS],
        "paths": list(report.paths),
        "differences": [
            {
                "path": finding.difference.path,
                "kind": finding.difference.kind,
                "detail": finding.difference.detail,
                "conditions": list(finding.conditions),
            }
            for finding in report.findings
        ],
    }


def _lines(origin: Origin, manifest: Manifest, report: Report, signed: bool) -> Iterator[str]:
    yield f"Server    {origin}"
    yield f"Release   {manifest.version}, {'manifest signed with the given key' if signed else 'manifest not signed'}"
    yield f"Manifest  sha384-{b64encode(manifest.sha384).decode()}"
    yield f"Asked     {len(report.paths)} paths, each as {' and as '.join(c.name for c in CONDITIONS)}"
    for finding in report.findings:
        difference = finding.difference
        once = "" if len(finding.conditions) == len(CONDITIONS) else f" (asked as {', '.join(finding.conditions)} only)"
        yield f"Differs   {difference.path}  {difference.kind}: {difference.detail}{once}"
    yield f"Result    {'differs' if report.findings else 'the same, byte for byte, with the same headers'}"
    yield _REACH
