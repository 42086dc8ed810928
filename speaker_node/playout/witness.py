"""Which frames a relay that was known to be closed let through: the others left the card, and nobody heard them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from playlists.models import RATE
from playlists.reports import AmplifierFault
from speaker_node.playout.timing import SECOND
from speaker_node.values import AmplifierState, PlayerReport, SoundState

LAPSE = 3 * SECOND // 2
"""A loop that observed nothing for so long (ns) renewed nothing either: the guard's lease ran out meanwhile."""


NOTHING = SoundState()
"""No word of a sound process yet."""


@dataclass(frozen=True, slots=True)
class Account:
    """A token's newest report as the sound process gave it, and what of it is believed."""

    said: PlayerReport
    believed: PlayerReport


@dataclass(frozen=True, slots=True)
class Witness:
    """What sound process and relay were last seen to do: `at`, `closed_since` and `sure_since` are monotonic ns.

    `sure_since`: from then on the relay is known to be closed. The loop observes as often as it renews the lease.
    """

    at: int = 0
    closed_since: int | None = None
    sure_since: int = 0
    sound: SoundState = NOTHING
    accounts: tuple[Account, ...] = ()

    @property
    def believed(self) -> SoundState:
        """The sound process's word, its frames without those that left while the relay was not known to be closed."""
        now, last = (self._believed(report) for report in (self.sound.now, self.sound.last))
        return replace(self.sound, now=now, last=last)

    def _believed(self, report: PlayerReport | None) -> PlayerReport | None:
        return None if report is None else next(a.believed for a in self.accounts if a.said == report)


def observe(witness: Witness, at: int, sound: SoundState, amplifier: AmplifierState) -> Witness:
    """The witness after one more look at `at`; the relay is to be read after the sound.

    Contacts that their read-back says are stuck open let nothing through, whatever the guard holds.
    """
    closes = amplifier.alive and amplifier.fault is not AmplifierFault.STUCK_OPEN
    closed_since = amplifier.closed_since if closes else None
    sure_since = _sure_since(witness, at, closed_since)
    before = witness.accounts if sound.generation == witness.sound.generation else ()
    accounts = tuple(_account(before, report, at - sure_since) for report in _reports(sound))
    return Witness(at, closed_since, sure_since, sound, accounts)


def _reports(sound: SoundState) -> Iterable[PlayerReport]:
    return (report for report in (sound.last, sound.now) if report is not None)


def _sure_since(witness: Witness, at: int, closed_since: int | None) -> int:
    if closed_since is None:
        return at
    if closed_since != witness.closed_since:
        return min(closed_since, at)
    return at if at - witness.at >= LAPSE else witness.sure_since


def _account(before: tuple[Account, ...], said: PlayerReport, sure: int) -> Account:
    """`sure`: for how long (ns) up to now the relay is known to be closed."""
    nothing = PlayerReport(said.token, 0, 0, 0)
    old = next((a for a in before if a.said.token == said.token), Account(nothing, nothing))
    if said == old.said:
        return old
    passed = _more(said.taken, old.said.taken) + _more(said.missing, old.said.missing)
    share = min(passed, sure * RATE // SECOND)

    def heard(new: int, earlier: int) -> int:
        return _more(new, earlier) * share // passed if passed else 0

    by_cue = tuple(
        _at(old.believed.by_cue, place) + heard(frames, _at(old.said.by_cue, place))
        for place, frames in enumerate(said.by_cue)
    )
    taken = heard(said.taken, old.said.taken)
    believed = replace(
        said,
        taken=old.believed.taken + taken,
        sounded=old.believed.sounded + heard(said.sounded, old.said.sounded),
        by_cue=by_cue,
        unheard=old.believed.unheard + _more(said.taken, old.said.taken) - taken,
    )
    return Account(said, believed)


def _more(new: int, earlier: int) -> int:
    return max(0, new - earlier)


def _at(frames: tuple[int, ...], place: int) -> int:
    return frames[place] if place < len(frames) else 0
