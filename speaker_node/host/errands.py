"""What a Request asks of the machine: its log, zipped, brought to the office under the node's own signature."""

from __future__ import annotations

import hashlib
import logging
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import httpx

from playlists.models import Value
from playlists.reports import Outcome, RequestDone, RequestTaken, Upload
from speaker_node.host.logs import zipped
from speaker_node.values import Ended

log = logging.getLogger(__name__)

ANSWER = 30.0
"""Seconds that an office may take over each step of an upload."""
WAITS = (5.0, 20.0)
"""Seconds until it is tried again."""


@dataclass(frozen=True, slots=True)
class Way:
    """How something is brought up: as whom, to which addresses (tried in turn), under whose signature."""

    node: str
    addresses: Sequence[str]
    sign: Callable[[Value], bytes]


class Errands:
    """Runs one errand at a time in a thread of its own; `post` is called there when it has ended. `lines`: the log."""

    def __init__(
        self,
        way: Way,
        lines: Callable[[], Sequence[str]],
        post: Callable[[Ended], None],
        waits: Sequence[float] = WAITS,
    ) -> None:
        self._way, self._lines, self._post, self._waits = way, lines, post, waits
        self._running: threading.Thread | None = None
        self._stopping = threading.Event()

    def upload_log(self, taken: RequestTaken) -> None:
        """Begin to bring the log up; `busy` where one is on its way already."""
        if self._running is not None and self._running.is_alive():
            self._post(Ended(_done(taken, Outcome.BUSY, "a log is on its way")))
            return
        self._running = threading.Thread(target=self._upload, args=(taken,), name="errand", daemon=True)
        self._running.start()

    def stop(self) -> None:
        """Begin nothing more; what is on its way ends with the process."""
        self._stopping.set()

    def _upload(self, taken: RequestTaken) -> None:
        try:
            done = self._brought(taken, zipped(self._lines()))
        except Exception as error:
            log.exception("the log cannot be brought up")
            done = _done(taken, Outcome.FAILED, str(error))
        self._post(Ended(done))

    def _brought(self, taken: RequestTaken, data: bytes) -> RequestDone:
        sha256, reason = hashlib.sha256(data).hexdigest(), "no address"
        word = Upload(node=self._way.node, sha256=sha256, bytes=len(data), what="log", request=taken.id)
        headers = {"authorization": f"Loa {self._way.sign(word).decode()}", "content-type": "application/gzip"}
        for wait in (*self._waits, None):
            for address in self._way.addresses:
                reason = _put(f"{address}/uploads/{sha256}", data, headers)
                if not reason:
                    return _done(taken, Outcome.DONE, f"{len(data)} bytes").model_copy(update={"sha256": sha256})
            if wait is None or self._stopping.wait(wait):
                break
        return _done(taken, Outcome.FAILED, reason)


def _put(url: str, data: bytes, headers: dict[str, str]) -> str:
    """Why it was not taken; empty when it was."""
    try:
        answer = httpx.put(url, content=data, headers=headers, timeout=ANSWER, trust_env=False)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        return f"no answer: {error}"
    return "" if answer.is_success else f"the office refuses: {answer.status_code}"


def _done(taken: RequestTaken, outcome: Outcome, detail: str) -> RequestDone:
    return RequestDone(id=taken.id, action=taken.action, outcome=outcome, detail=detail[:300])
