"""The web client, as Vite built it into this package: read once, served from memory."""

import gzip
from dataclasses import dataclass
from pathlib import Path

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response

from aparte.release.delivery import ENTRY, PAGES, cache_control, media_type

_NOT_BUILT = "The pages of this server are not built. From the source folder, `make run` builds and serves them.\n"
_ENTRIES = ("/", "/m/{id}", "/signin", "/setup", "/welcome", "/account", "/accounts", "/levels", "/plan", "/p/{id}")
_TEXTS = ("text/", "application/json", "application/wasm", "image/svg+xml")


@dataclass(frozen=True, slots=True)
class _Page:
    content: bytes
    packed: bytes | None  # gzip, where it is smaller
    media_type: str
    cache: str


def add_pages(app: Starlette, folder: Path = PAGES) -> None:
    """Serve ``folder``: its index at ``/``, at every ``/m/{id}``, known or not, and at each screen about accounts and
    plans.

    Its files are at their paths.
    """
    pages = _read(folder)
    index = pages.get(ENTRY)

    async def entry(request: Request) -> Response:
        if index is None:
            return PlainTextResponse(_NOT_BUILT, 503)
        return _respond(request, index)

    async def file(request: Request) -> Response:
        page = pages.get("/" + request.path_params["path"])
        if page is None:
            return JSONResponse({"reason": "not-found"}, 404)
        return _respond(request, page)

    for path in _ENTRIES:
        app.add_route(path, entry, methods=["GET"])
    app.add_route("/{path:path}", file, methods=["GET"])


def _respond(request: Request, page: _Page) -> Response:
    headers = {"cache-control": page.cache, "vary": "accept-encoding"}
    content = page.content
    if page.packed is not None and "gzip" in request.headers.get("accept-encoding", ""):
        headers["content-encoding"] = "gzip"
        content = page.packed
    return Response(content, media_type=page.media_type, headers=headers)


def _read(folder: Path) -> dict[str, _Page]:
    files = {f"/{path.relative_to(folder).as_posix()}": path for path in folder.rglob("*") if path.is_file()}
    return {path: _page(path, file.read_bytes()) for path, file in files.items()} if ENTRY in files else {}


def _page(path: str, content: bytes) -> _Page:
    kind = media_type(path)
    packed = gzip.compress(content, mtime=0) if kind.startswith(_TEXTS) else content
    return _Page(content, packed if len(packed) < len(content) else None, kind, cache_control(path))
