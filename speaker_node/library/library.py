"""What the node holds and lacks: one worker fetches, verifies and prunes in the order of need.

The rule of trust: a file found at start whose size is the promised one counts as ready, so that a node is ready at
once; the worker verifies it in the order of need; `path` gives out nothing unverified, and hashes there and then what
the worker has not come to (some 20 ms for ten minutes of speech). What arrives is verified before it is ever named.

Every asset is read again each week, slowly, and at once if it failed while it sounded; one whose bytes changed goes to
quarantine and is fetched anew. What the documents name is pinned: whatever the disk lacks, only quarantine, parts and
what nobody wants go, in that order.
"""

import errno
import hashlib
import logging
import random
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import httpx

from playlists.reports import Missing
from speaker_node.library.fetch import FetchError, Interrupted, Lack, fetch, new_client
from speaker_node.library.shelf import LibraryError, Shelf, digest
from speaker_node.library.terms import DEFAULT, Held, Limits, Trouble, Wanted
from speaker_node.values import LibraryState

log = logging.getLogger(__name__)

MOST_TOLD = 200
_DAY = 86_400.0
_HOUR = 3600.0
_MINUTE = 60.0
_MIB = 1 << 20
MOST_QUARANTINED = 16
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


class Library:
    """Holds what the documents name; no method waits for the network.

    `on_ready` is called on the worker's thread when an asset has arrived, and may only post.
    """

    def __init__(
        self, folder: Path, addresses: Sequence[str], on_ready: Callable[[str], None], limits: Limits = DEFAULT
    ) -> None:
        self._shelf, self._addresses, self._on_ready, self._limits = Shelf(folder), tuple(addresses), on_ready, limits
        self._changed = threading.Condition()
        self._stopping = False
        self._wanted: dict[str, int] | None = None
        self._generation = 0
        self._trouble: dict[str, Trouble] = {}
        self._held: dict[str, Held] = {}
        self._parts: dict[str, float] = {}
        self._ready: frozenset[str] = frozenset()
        self._unusable = ""
        self._quarantined = 0
        self._prune_at = self._look_at = 0.0
        self._open()
        self._client: httpx.Client | None = None
        self._worker = threading.Thread(target=self._work, name="library", daemon=True)

    def start(self) -> None:
        """Begins to fetch and verify."""
        self._worker.start()

    def stop(self) -> None:
        """Ends the worker, or leaves it to the end of the process where a server stalls; what came so far is kept."""
        with self._changed:
            self._stopping = True
            self._news()
        if self._worker.is_alive():
            self._worker.join(1.0)

    def state(self) -> LibraryState:
        """What keeps it from holding what is wanted, and what is on its way."""
        with self._changed:
            lacking = [sha256 for sha256 in self._wanted or () if sha256 not in self._held]
            troubles = [self._trouble[sha256].lack for sha256 in lacking if sha256 in self._trouble]
            ills = [lack.value for lack in troubles if lack in (Lack.NO_SPACE, Lack.DISK)]
            error = self._unusable or (ills[0] if ills else "")
            return LibraryState(error, self._quarantined, 0 if self._unusable else len(lacking) - len(troubles))

    def want(self, assets: Sequence[Wanted]) -> None:
        """All that the documents held name, the first needed first. These are pinned; nothing else is."""
        wanted = {asset.sha256: asset.bytes for asset in assets}
        with self._changed:
            if self._wanted is not None and list(wanted.items()) == list(self._wanted.items()):
                return
            self._wanted = wanted
            self._trouble = {sha256: trouble for sha256, trouble in self._trouble.items() if sha256 in wanted}
            self._news()

    def hurry(self) -> None:
        """Tries at once what failed: the office is back."""
        with self._changed:
            self._trouble = {sha256: replace(trouble, again_at=0.0) for sha256, trouble in self._trouble.items()}
            self._news()

    def ready(self) -> frozenset[str]:
        """What may be sounded, by the rule of trust above."""
        return self._ready

    def verified(self, sha256: str) -> bool:
        """Whether its bytes were seen to match since this start."""
        held = self._held.get(sha256)
        return held is not None and held.verified is not None

    def path(self, sha256: str) -> Path | None:
        """Where verified bytes lie; None where there are none."""
        held = self._held.get(sha256)
        if held is None:
            return None
        if self._shelf.size(sha256) != held.bytes:
            self._lose(sha256, Lack.WRONG_LENGTH)
            return None
        if held.verified is None and not self._verify(sha256):
            return None
        if time.time() - held.used > _HOUR:
            self._shelf.touch(sha256)
            with self._changed:
                if sha256 in self._held:
                    self._held[sha256] = replace(self._held[sha256], used=time.time())
        return self._shelf.path(sha256)

    def doubt(self, sha256: str) -> None:
        """It could not be read while it sounded: the worker reads it again before all else."""
        with self._changed:
            held = self._held.get(sha256)
            if held is not None and held.verified is not None:
                self._held[sha256] = replace(held, verified=None)
                self._news()

    def read(self, sha256: str, most: int) -> bytes | None:
        """The bytes of a small file, hashed as they are read; None where they are not those, or more than `most`."""
        path = self.path(sha256)
        if path is None:
            return None
        try:
            with path.open("rb") as file:
                data = file.read(most + 1)
        except OSError as error:
            log.error("asset %s cannot be read: %s", sha256, error)
            self._lose(sha256, Lack.DISK)
            return None
        if len(data) > most or hashlib.sha256(data).hexdigest() != sha256:
            self._lose(sha256, Lack.WRONG_BYTES)
            return None
        return data

    def missing(self) -> tuple[Missing, ...]:
        """What is wanted and not ready, the first needed first, with the cause where an attempt failed."""
        with self._changed:
            lacking = [sha256 for sha256 in self._wanted or () if sha256 not in self._ready][:MOST_TOLD]
            troubles = [self._trouble.get(sha256) for sha256 in lacking]
        return tuple(
            Missing(sha256=sha256, cause=trouble.lack.value if trouble else "")
            for sha256, trouble in zip(lacking, troubles, strict=True)
        )

    def _news(self) -> None:
        """With the lock held: what is ready is reckoned anew, and the worker looks again."""
        wanted = self._wanted or {}
        ready = (s for s, held in self._held.items() if held.verified is not None or wanted.get(s) == held.bytes)
        self._ready = frozenset(ready)
        self._generation += 1
        self._changed.notify_all()

    def _work(self) -> None:
        while (job := self._next()) is not None:
            job()
        if self._client:
            self._client.close()

    def _next(self) -> Callable[[], object] | None:
        """Waits for the next job; None at the end."""
        with self._changed:
            while not self._stopping:
                now = time.monotonic()
                if self._unusable and now >= self._look_at:
                    return self._open
                if not self._unusable and (job := self._job(now)) is not None:
                    return job
                self._changed.wait(self._patience(now))
        return None

    def _job(self, now: float) -> Callable[[], object] | None:
        """With the lock held: what is to be done now, the most urgent."""
        if (sha256 := self._first_due(now)) is not None:
            return (lambda: self._verify(sha256)) if sha256 in self._held else lambda: self._fetch(sha256)
        if self._wanted is not None and now >= self._prune_at:
            return self._prune_old
        if self._wanted is not None and now >= self._look_at:
            return self._relieve
        if (stale := self._stalest(now)) is not None:
            return lambda: self._verify(stale, weekly=True)
        return None

    def _open(self) -> None:
        """Sees what lies in the folder, where it can be used; else it is looked at again in a minute."""
        try:
            self._shelf.open()
            whole, parts = self._shelf.inventory()
            unusable = ""
        except (LibraryError, OSError) as error:
            whole, parts, unusable = {}, {}, str(error)
            log.error("the library cannot be used: %s", error)
        with self._changed:
            self._held = {sha256: Held(found.bytes, found.used, None) for sha256, found in whole.items()}
            self._parts = {sha256: found.used for sha256, found in parts.items()}
            self._unusable, self._look_at = unusable, time.monotonic() + _MINUTE
            self._quarantined = len(self._shelf.quarantined())
            self._news()

    def _first_due(self, now: float) -> str | None:
        """With the lock held: the first needed that lacks bytes or proof, and may be tried now."""
        for sha256 in self._wanted or ():
            held, trouble = self._held.get(sha256), self._trouble.get(sha256)
            if held is None and (trouble is None or trouble.again_at <= now):
                return sha256
            if held is not None and held.verified is None:
                return sha256
        return None

    def _stalest(self, now: float) -> str | None:
        """With the lock held: an asset that was not read for longer than it should; what nobody wants, too."""
        due = now - self._limits.verify_days * _DAY
        stale = [(h.verified, s) for s, h in self._held.items() if h.verified is not None and h.verified <= due]
        return min(stale)[1] if stale else None

    def _patience(self, now: float) -> float:
        instants = [trouble.again_at for sha256, trouble in self._trouble.items() if sha256 not in self._held]
        weekly = [held.verified for held in self._held.values() if held.verified is not None]
        instants += [min(weekly) + self._limits.verify_days * _DAY] if weekly else []
        instants += [] if self._wanted is None else [self._prune_at]
        return max(0.0, min([self._look_at, *instants]) - now)

    def _verify(self, sha256: str, *, weekly: bool = False) -> bool:
        """Whether the bytes match; what does not goes to quarantine and is fetched again. The worker rests as long as
        it reads, and each week longer."""
        pause = threading.Event()
        worker, began = threading.current_thread() is self._worker, time.monotonic()

        def rest() -> None:
            nonlocal began
            if worker:
                busy = time.monotonic() - began
                slowly = min(_MIB, self._held[sha256].bytes) / self._limits.verify_rate if sha256 in self._held else 0.0
                pause.wait(slowly if weekly else min(0.2, busy))
                began = time.monotonic()

        try:
            lack = None if digest(self._shelf.path(sha256), rest) == sha256 else Lack.WRONG_BYTES
        except OSError as error:
            log.error("asset %s cannot be read: %s", sha256, error)
            lack = Lack.DISK
        if lack is not None:
            self._lose(sha256, lack)
            return False
        with self._changed:
            if sha256 in self._held:
                self._held[sha256] = replace(self._held[sha256], verified=time.monotonic())
                self._news()
        return True

    def _lose(self, sha256: str, lack: Lack) -> None:
        log.error("asset %s put into quarantine: %s", sha256, lack.value)
        with self._changed:
            self._shelf.quarantine(sha256)
            self._quarantined = len(self._shelf.quarantined())
            self._held.pop(sha256, None)
            self._fail(sha256, lack)

    def _fail(self, sha256: str, lack: Lack) -> None:
        """With the lock held: the next attempt comes after a back-off that doubles, with jitter."""
        attempts = self._trouble[sha256].attempts + 1 if sha256 in self._trouble else 0
        delay = min(self._limits.longest_back_off, self._limits.first_back_off * 2.0 ** min(attempts, 30))
        self._trouble[sha256] = Trouble(lack, attempts, time.monotonic() + delay * random.uniform(0.5, 1.0))
        self._news()

    def _fetch(self, sha256: str) -> None:
        with self._changed:
            size, generation = (self._wanted or {}).get(sha256), self._generation
            attempts = self._trouble[sha256].attempts + 1 if sha256 in self._trouble else 0
            if size is None:
                return
            self._parts[sha256] = time.time()
        url = f"{self._addresses[attempts % len(self._addresses)]}/assets/{sha256}"
        try:
            if not self._lies_here(sha256, size):
                self._bring(sha256, size, url, lambda: self._goes_on(sha256, generation))
        except Interrupted:
            return
        except FetchError as error:
            self._give_up(sha256, error.lack, url, keep=error.keep)
        except OSError as error:
            self._give_up(sha256, Lack.NO_SPACE if error.errno in _FULL else Lack.DISK, url, keep=False)
        else:
            self._arrived(sha256, size)

    def _lies_here(self, sha256: str, size: int) -> bool:
        """A disk that could not be read for a while may have kept what was given up."""
        return self._shelf.size(sha256) == size and digest(self._shelf.path(sha256)) == sha256

    def _bring(self, sha256: str, size: int, url: str, goes_on: Callable[[], bool]) -> None:
        part = self._shelf.part(sha256)
        self._make_room(size - self._shelf.grown(sha256))
        if self._client is None or self._client.is_closed:
            self._client = new_client(self._limits.stall)
        fetch(self._client, url, part, size, self._limits.stall, goes_on)
        if digest(part) != sha256:
            raise FetchError(Lack.WRONG_BYTES, keep=False)
        self._shelf.place(sha256)

    def _goes_on(self, sha256: str, generation: int) -> bool:
        """Whether this asset is still the first to fetch; looked at again only when something changed."""
        if self._generation == generation:
            return True
        with self._changed:
            return not self._stopping and self._first_due(time.monotonic()) == sha256

    def _give_up(self, sha256: str, lack: Lack, url: str, *, keep: bool) -> None:
        log.warning("asset %s from %s: %s", sha256, url, lack.value)
        if not keep:
            self._shelf.drop_part(sha256)
        with self._changed:
            self._fail(sha256, lack)

    def _arrived(self, sha256: str, size: int) -> None:
        log.info("asset %s ready", sha256)
        with self._changed:
            self._held[sha256] = Held(size, time.time(), time.monotonic())
            self._trouble.pop(sha256, None)
            self._parts.pop(sha256, None)
            self._news()
        self._on_ready(sha256)

    def _make_room(self, size: int) -> None:
        """Drops quarantine, then what nobody wants, the longest unused first, until `size` fits above what is left to
        others."""
        while self._shelf.free() - size < self._limits.leave_free:
            if not self._drop_one():
                raise FetchError(Lack.NO_SPACE, keep=True)

    def _relieve(self) -> None:
        """Gives others the room that is left to them, as far as what nobody wants allows."""
        try:
            while self._shelf.free() < self._limits.leave_free and self._drop_one():
                pass
        except OSError as error:
            log.warning("the library's disk does not say how full it is: %s", error)
        self._look_at = time.monotonic() + _MINUTE

    def _drop_one(self) -> bool:
        with self._changed:
            if aside := self._shelf.quarantined():
                aside[0].unlink(missing_ok=True)
                self._quarantined = len(aside) - 1
                return True
            unwanted = self._unwanted()
            if unwanted:
                self._prune(unwanted[0][1])
            return bool(unwanted)

    def _prune_old(self) -> None:
        oldest = time.time() - self._limits.keep_days * _DAY
        with self._changed:
            for used, sha256 in self._unwanted():
                if used <= oldest:
                    self._prune(sha256)
            self._prune_aside()
            self._prune_at = time.monotonic() + _HOUR

    def _prune_aside(self) -> None:
        """With the lock held: quarantine ends after its days, and never holds more than a few."""
        aside, oldest = self._shelf.quarantined(), time.time() - self._limits.verify_days * _DAY
        for place, path in enumerate(aside):
            if place < len(aside) - MOST_QUARANTINED or path.lstat().st_ctime <= oldest:
                with suppress(OSError):
                    path.unlink()
        self._quarantined = len(self._shelf.quarantined())

    def _unwanted(self) -> list[tuple[float, str]]:
        """With the lock held: last use and name of what no document names, the longest unused first; nothing before the
        documents were read."""
        used, wanted = {**self._parts, **{sha256: held.used for sha256, held in self._held.items()}}, self._wanted
        return sorted((when, sha256) for sha256, when in used.items() if wanted is not None and sha256 not in wanted)

    def _prune(self, sha256: str) -> None:
        log.info("asset %s pruned", sha256)
        self._shelf.drop(sha256)
        self._shelf.drop_part(sha256)
        self._held.pop(sha256, None)
        self._parts.pop(sha256, None)
        self._news()
