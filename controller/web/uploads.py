"""Where nodes PUT what they bring: no sign-in, a signature of the node's own key."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Annotated

from fastapi import APIRouter, Depends, Request

from controller.domain.problems import Problem
from controller.locale import N_
from controller.operations import uploads
from controller.operations.uploads import Announced
from controller.web.api.fields import HashPath
from controller.web.identity import WebPort
from controller.web.problems import HttpProblem

router = APIRouter(include_in_schema=False)

PREFIX = "/uploads/"


def announced(sha256: HashPath, request: Request, web: WebPort) -> Announced:
    """What the node announces; nothing of the body is read before that holds."""
    return uploads.announced(web.office, request.headers.get("authorization", ""), sha256)


async def body_of(request: Request, _: Annotated[Announced, Depends(announced)]) -> bytes:
    """The body of a request that may come."""
    return await request.body()


@router.put(PREFIX + "{sha256}", status_code=204)
def put(file: Annotated[Announced, Depends(announced)], body: Annotated[bytes, Depends(body_of)], web: WebPort) -> None:
    """A file that a node was asked for."""
    if len(body) != file.bytes or hashlib.sha256(body).hexdigest() != file.sha256:
        problem = Problem("body", "other_bytes", N_("These are not the bytes that were announced."))
        raise HttpProblem(422, "invalid", problems=[problem])
    keep(web.uploads, file.sha256, body)
    uploads.brought(web.office, file)


def keep(folder: Path, name: str, data: bytes) -> None:
    """Write a file whole or not at all."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    # A node whose line was slow brings it again while the first is still written: each has a part of its own.
    with NamedTemporaryFile(dir=folder, prefix=f".{name}-", delete=False) as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    Path(file.name).rename(folder / name)
