"""What one question is about: state, moment, documents, inputs, and what follows from them."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from dataclasses import dataclass, replace
from functools import cached_property

from playlists.models import NodeSettings, Occurrence, Silence
from playlists.reports import Rung, Trust
from playlists.values import Kind
from speaker_node.playout.ladder import attention, can_sound, cues_of, on_rung, sounds
from speaker_node.playout.timing import MS, SLACK, Run, runs
from speaker_node.values import Airing, Cue, Documents, Inputs, Moment, State

MARGIN = 500
"""START is journalled this much (ms) before the relay has to close: a slow card may take that long."""


@dataclass(frozen=True)
class View:
    """The four arguments of `decide`, and what several rules derive from them."""

    state: State
    now: Moment
    documents: Documents
    inputs: Inputs

    @cached_property
    def settings(self) -> NodeSettings:
        return self.documents.settings

    @cached_property
    def runs(self) -> tuple[Run, ...]:
        """What has a START, in order of precedence."""
        return runs(self.state.airings.values(), self.documents, self.silences, self.now.wall)

    @cached_property
    def silences(self) -> tuple[Silence, ...]:
        """Those of the documents, and that of the box."""
        box = self.state.silence
        return self.documents.silences if box is None else (*self.documents.silences, box)

    @cached_property
    def ahead(self) -> int:
        """How long (ms) before T the relay closes and `next` is given."""
        return self.settings.warm_up + SLACK

    @cached_property
    def horizon(self) -> int:
        """Up to this wall time (ms) a T is near enough for its START."""
        return self.now.wall + self.ahead + MARGIN

    @cached_property
    def lead(self) -> int:
        """The ms that are needed from now until sound can begin: the rest of the warm-up, and slack."""
        closed_since = self.inputs.amplifier.closed_since
        if closed_since is None:
            return self.ahead
        rest = closed_since + self.settings.warm_up * MS - self.now.mono
        return SLACK + min(self.settings.warm_up, max(0, -(-rest // MS)))

    @cached_property
    def near(self) -> int:
        """How many of the documents' occurrences, the earliest first, are near or past."""
        return bisect_right(self.documents.by_start, self.horizon, key=lambda occurrence: occurrence.starts_at)

    @cached_property
    def passed(self) -> int:
        """How many of the documents' occurrences, the earliest first, were to begin before now."""
        return bisect_left(self.documents.by_start, self.now.wall, key=lambda occurrence: occurrence.starts_at)

    @cached_property
    def pending(self) -> tuple[Occurrence, ...]:
        """Held occurrences that are near or past and have neither START nor CLOSED."""
        state = self.state
        return tuple(
            o for o in self.documents.by_start[: self.near] if o.id not in state.done and o.id not in state.airings
        )

    @property
    def blind(self) -> bool:
        """Nobody knows the time, and no office has answered this connection."""
        return self.now.trust is Trust.UNTRUSTED and not self.inputs.answered

    def waits(self, occurrence: Occurrence, airing: Airing | None = None) -> bool:
        """Nothing of it is started or closed yet: a new stream had no Welcome, or the time is not trusted. Then an
        emergency goes by the office that answered; one that has a START goes on without."""
        if not occurrence.emergency:
            return self.state.fresh or self.now.trust is Trust.UNTRUSTED
        return self.blind and airing is None

    def seen_by(self, airing: Airing) -> View:
        """This view at the time that an interrupted airing itself knows: where nobody knows the time, it has none
        lost."""
        if not self.blind:
            return self
        return replace(self, now=replace(self.now, wall=max(airing.reached, airing.start.at_wall)))

    def concerned(self, occurrence: Occurrence) -> bool:
        """What answers others airs only where one of those had a START."""
        state = self.state
        return not occurrence.answers or any(
            i in state.airings or (i in state.done and state.done[i].begun) for i in occurrence.answers
        )

    @property
    def equipped(self) -> bool:
        """Sound process, device and guard are there."""
        inputs = self.inputs
        return inputs.sound.alive and inputs.sound.device_ok and inputs.amplifier.alive

    def cues(self, occurrence: Occurrence) -> tuple[Cue, ...]:
        """The programme as it can sound now: what is not ready keeps its time, silent; so does all of a drill that is
        not whole, as without the words that say so it would sound real."""
        wanted, ready = cues_of(occurrence.items), self.inputs.ready
        if occurrence.kind is Kind.DRILL and not all(cue.sha256 in ready for cue in wanted):
            ready = frozenset()
        cues = tuple(can_sound(cue, ready) for cue in wanted)
        return (*cues, attention(occurrence.tone)) if occurrence.tone else cues

    def said(self, held: Occurrence) -> tuple[Rung, Occurrence]:
        """An occurrence as it can be said now: an emergency, on the highest rung that it finds."""
        if not held.falls_back:
            return Rung.MESSAGE, held
        documents = self.documents
        return on_rung(held, documents.cores(held.id), documents.pinned(held.id), self.inputs.ready)

    def able(self, held: Occurrence) -> bool:
        """Something of it can be heard, be it the tone."""
        return self.ready(self.said(held)[1])

    def ready(self, occurrence: Occurrence, first: int = 0) -> bool:
        """Something of it is ready from frame `first` on."""
        passed = 0
        for cue in self.cues(occurrence):
            passed += cue.frames
            if sounds(cue) and passed > first:
                return True
        return False
