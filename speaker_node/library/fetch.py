"""One asset over HTTP: resumed where it was cut, bounded by the bytes that the signed document promises."""

import os
import re
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path

import httpx

SLOWEST = 256
"""Bytes a second, over one stall time-out, below which a server counts as stalled."""
_RANGE = re.compile(r"^bytes (\d+)-\d+/(\d+|\*)$")


class Lack(StrEnum):
    """Why an asset is missing, as the heartbeat says it."""

    NO_ANSWER = "no answer"
    STALLED = "the server stalls"
    NOT_FOUND = "not found on the server"
    REFUSED = "the server refuses"
    WRONG_LENGTH = "wrong length"
    WRONG_BYTES = "wrong bytes"
    NO_SPACE = "no space"
    DISK = "the disk fails"


class FetchError(Exception):
    """It did not come whole; a later attempt may. `keep`: what came so far may be gone on from."""

    def __init__(self, lack: Lack, *, keep: bool) -> None:
        super().__init__(lack.value)
        self.lack, self.keep = lack, keep


class Interrupted(Exception):
    """Something more urgent is wanted; what came so far is kept."""


def new_client(stall: float) -> httpx.Client:
    """A client that trusts neither the environment nor a redirect, and waits for each word `stall` seconds at most."""
    return httpx.Client(timeout=httpx.Timeout(stall, connect=min(stall, 5.0)), trust_env=False)


def fetch(client: httpx.Client, url: str, part: Path, size: int, stall: float, goes_on: Callable[[], bool]) -> None:
    """Appends to `part` until it has exactly `size` bytes; FetchError, Interrupted, or OSError from the disk."""
    have = part.lstat().st_size if part.exists() else 0
    if have == size:
        return
    headers = {"accept-encoding": "identity"} | ({"range": f"bytes={have}-"} if 0 < have < size else {})
    try:
        with _answered(client, url, headers, stall) as response:
            start = _start(response, have if have < size else 0, size)
            _receive(response, part, start, size, stall, goes_on)
    except httpx.TimeoutException as error:
        connecting = isinstance(error, httpx.ConnectTimeout)
        raise FetchError(Lack.NO_ANSWER if connecting else Lack.STALLED, keep=True) from error
    except (httpx.HTTPError, httpx.InvalidURL, RuntimeError) as error:
        # httpx calls it a RuntimeError when the deadline closes the client under its hands.
        raise FetchError(Lack.STALLED if client.is_closed else Lack.NO_ANSWER, keep=True) from error


@contextmanager
def _answered(client: httpx.Client, url: str, headers: dict[str, str], stall: float) -> Iterator[httpx.Response]:
    """The response once its head is whole. A head that drips never times out alone: its client is closed instead."""
    deadline = threading.Timer(2 * stall, client.close)
    deadline.start()
    try:
        response = client.send(client.build_request("GET", url, headers=headers), stream=True)
    finally:
        deadline.cancel()
    try:
        yield response
    finally:
        response.close()


def _start(response: httpx.Response, have: int, size: int) -> int:
    """The byte at which the answer begins; it must fit what we have and what was promised."""
    if response.status_code == httpx.codes.OK:
        start = 0
    elif response.status_code == httpx.codes.PARTIAL_CONTENT:
        start = _range_start(response, have, size)
    elif response.status_code == httpx.codes.REQUESTED_RANGE_NOT_SATISFIABLE:
        raise FetchError(Lack.WRONG_LENGTH, keep=False)
    else:
        gone = response.status_code in (httpx.codes.NOT_FOUND, httpx.codes.GONE)
        raise FetchError(Lack.NOT_FOUND if gone else Lack.REFUSED, keep=True)
    if response.headers.get("content-length", str(size - start)) != str(size - start):
        raise FetchError(Lack.WRONG_LENGTH, keep=False)
    return start


def _range_start(response: httpx.Response, have: int, size: int) -> int:
    match = _RANGE.match(response.headers.get("content-range", ""))
    if not match or int(match[1]) != have or match[2] not in ("*", str(size)):
        raise FetchError(Lack.WRONG_LENGTH, keep=False)
    return have


def _receive(
    response: httpx.Response, part: Path, start: int, size: int, stall: float, goes_on: Callable[[], bool]
) -> None:
    have, counted, since = start, start, time.monotonic()
    flags = os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC | (os.O_APPEND if start else os.O_TRUNC)
    with os.fdopen(os.open(part, flags, 0o644), "wb", buffering=0) as file:
        for chunk in response.iter_raw():
            have += len(chunk)
            if have > size:
                raise FetchError(Lack.WRONG_LENGTH, keep=False)
            _write(file.fileno(), chunk)
            if not goes_on():
                raise Interrupted
            if (now := time.monotonic()) - since >= stall:
                if have - counted < SLOWEST * stall:
                    raise FetchError(Lack.STALLED, keep=True)
                counted, since = have, now
    if have < size:
        raise FetchError(Lack.WRONG_LENGTH, keep=False)


def _write(fd: int, chunk: bytes) -> None:
    while chunk:
        chunk = chunk[os.write(fd, chunk) :]
