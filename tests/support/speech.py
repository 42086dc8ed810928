"""A programme as its upload was, and as the asset that a node plays."""

import hashlib
from pathlib import Path

from deploy.listening import find
from playlists.models import RATE, Asset
from tests.support.agent import Agent
from tests.support.office import asset_item
from tests.support.sounding import OPUS, Samples, encode, speechlike


class Speech:
    """So many seconds like no other; `seed` names them."""

    def __init__(self, folder: Path, seconds: float, seed: int) -> None:
        self.samples: Samples = speechlike(seconds, seed)
        self.data = encode(self.samples, folder / f"speech-{seed}.ogg", *OPUS).read_bytes()
        name = hashlib.sha256(self.data).hexdigest()
        self.asset = Asset(sha256=name, bytes=len(self.data), frames=len(self.samples))
        self.items = (asset_item(self.asset),)

    def heard_at(self, agent: Agent) -> float:
        """The wall time (ms) at which its first frame was heard, found in what was recorded."""
        found = []
        for recording in agent.recordings():
            heard = recording.samples()
            if len(heard) > RATE:
                offset, alike = find(self.samples, heard, RATE)
                found.append((alike, recording.first_ms + offset * 1000 / RATE))
        alike, at = max(found, default=(0.0, 0.0))
        assert alike > 0.85, f"not in the recordings ({alike:.2f})"
        return at


def seconds_heard(agent: Agent) -> float:
    """The seconds in which anything at all was heard: tenths with a sample that is not silence."""
    tenth = RATE // 10
    tenths = 0
    for recording in agent.recordings():
        samples = recording.samples()
        tenths += sum(bool(samples[at : at + tenth].any()) for at in range(0, len(samples), tenth))
    return tenths / 10
