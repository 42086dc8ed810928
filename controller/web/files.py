"""Files by address: assets by their hash for nodes and ears, static files, recordings."""

from __future__ import annotations

from pathlib import Path as FilePath
from typing import Annotated

from fastapi import APIRouter, Path
from starlette.responses import FileResponse, Response

from controller.web.identity import WebPort
from controller.web.pages.rendering import STATIC
from controller.web.problems import HttpProblem

router = APIRouter(include_in_schema=False)

Hash = Annotated[str, Path(pattern=r"^[0-9a-f]{64}$")]
_FOREVER = {"cache-control": "public, max-age=31536000, immutable"}
_STATIC = {path.name: path for path in STATIC.iterdir() if path.is_file()}


@router.api_route("/assets/{sha256}", methods=["GET", "HEAD"])
def asset_file(sha256: Hash, web: WebPort) -> Response:
    """An asset, by its hash alone; ranges are honoured."""
    return by_hash(web.studio.asset(sha256), sha256, "audio/ogg")


@router.api_route("/static/{name}", methods=["GET", "HEAD"])
def static_file(name: str) -> Response:
    """A file of the pages; its address names its content, so browsers keep it."""
    if name not in _STATIC:
        raise HttpProblem(404, "not_found")
    return FileResponse(_STATIC[name], headers=_FOREVER)


def download(path: FilePath, name: str) -> Response:
    """A file that is saved under a name; 404 for one that was removed meanwhile."""
    if not path.is_file():
        raise HttpProblem(404, "not_found")
    return FileResponse(path, media_type="application/octet-stream", filename=name)


def by_hash(path: FilePath | None, sha256: str, media_type: str) -> Response:
    """A file that never changes under its name; 404 for none."""
    if path is None:
        raise HttpProblem(404, "not_found")
    return FileResponse(path, media_type=media_type, headers={**_FOREVER, "etag": f'"{sha256}"'})
