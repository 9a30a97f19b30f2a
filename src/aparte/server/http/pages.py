"""The web client, as Vite built it into this package: read once, served from memory."""

import gzip
import mimetypes
from dataclasses import dataclass
from pathlib import Path

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response

FOLDER = Path(__file__).parent.parent / "pages"

_NOT_BUILT = "The pages of this server are not built. From the source folder, `make run` builds and serves them.\n"
_TYPES = {".js": "text/javascript", ".mjs": "text/javascript", ".wasm": "application/wasm", ".map": "application/json"}
_TEXTS = ("text/", "application/json", "application/wasm", "application/manifest+json", "image/svg+xml")


@dataclass(frozen=True, slots=True)
class _Page:
    content: bytes
    packed: bytes | None  # gzip, where it is smaller
    media_type: str
    cache: str


def add_pages(app: Starlette, folder: Path = FOLDER) -> None:
    """Serve ``folder``: its index at ``/`` and at every ``/m/{id}``, known or not, and its files at their paths."""
    pages = _read(folder)
    index = pages.get("/index.html")

    async def entry(request: Request) -> Response:
        if index is None:
            return PlainTextResponse(_NOT_BUILT, 503)
        return _respond(request, index)

    async def file(request: Request) -> Response:
        page = pages.get("/" + request.path_params["path"])
        if page is None:
            return JSONResponse({"reason": "not-found"}, 404)
        return _respond(request, page)

    app.add_route("/", entry, methods=["GET"])
    app.add_route("/m/{id}", entry, methods=["GET"])
    app.add_route("/{path:path}", file, methods=["GET"])


def _respond(request: Request, page: _Page) -> Response:
    headers = {"cache-control": page.cache, "vary": "accept-encoding"}
    content = page.content
    if page.packed is not None and "gzip" in request.headers.get("accept-encoding", ""):
        headers["content-encoding"] = "gzip"
        content = page.packed
    return Response(content, media_type=page.media_type, headers=headers)


def _read(folder: Path) -> dict[str, _Page]:
    if not (folder / "index.html").is_file():
        return {}
    return {
        f"/{path.relative_to(folder).as_posix()}": _page(folder, path) for path in folder.rglob("*") if path.is_file()
    }


def _page(folder: Path, path: Path) -> _Page:
    content = path.read_bytes()
    media_type = _TYPES.get(path.suffix) or mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    packed = gzip.compress(content, mtime=0) if media_type.startswith(_TEXTS) else content
    # Names under assets/ carry a hash of their content; the index names them and is always asked for anew.
    relative = path.relative_to(folder)
    if relative.parts[0] == "assets":
        cache = "public, max-age=31536000, immutable"
    else:
        cache = "no-store" if path.suffix == ".html" else "no-cache"
    return _Page(content, packed if len(packed) < len(content) else None, media_type, cache)
