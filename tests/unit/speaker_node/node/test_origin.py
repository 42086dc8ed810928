"""Why an agent began: a table of what the boot before left, and what the machine says."""

import pytest

from playlists.reports import Because, Boot, Checkpoint, Event, Fact, Outcome, Refusal, Refused, RequestDone, Trust
from speaker_node.node.origin import Began, began
from speaker_node.values import Origin

T = 1_800_000_000_000


def journal(*facts: Fact, boot: int = 3, machine: str = "m1", trust: Trust = Trust.HELD) -> list[Event]:
    """The rows of a boot, a second apart, behind an older one that left in order."""
    before: list[Fact] = [Boot(boot=boot - 1, machine="m0"), Checkpoint(wall=T, left=True)]
    told: list[Fact] = [Boot(boot=boot, machine=machine), *facts]
    rows = [(boot - 1, fact) for fact in before] + [(boot, fact) for fact in told]
    return [
        Event(number=n, wall=T + 1000 * n, mono=n, boot=number, trust=trust, fact=fact)
        for n, (number, fact) in enumerate(rows)
    ]


def restart(outcome: Outcome) -> RequestDone:
    return RequestDone(id="r1", action="restart", outcome=outcome)


LEFT = Checkpoint(wall=T, left=True)
ROWS = {
    "a new journal": ([], Origin("m1"), Because.UNKNOWN),
    "the machine went down": (journal(), Origin("m2"), Because.POWER),
    "the agent died": (journal(), Origin("m1"), Because.CRASH),
    "it was killed": (journal(), Origin("m1", "signal"), Because.CRASH),
    "the watchdog ended it": (journal(), Origin("m1", "watchdog"), Because.WATCHDOG),
    "it left, and could not write it down": (journal(), Origin("m1", "success"), Because.STOPPED),
    "it was stopped": (journal(LEFT), Origin("m1", "success"), Because.STOPPED),
    "it was stopped, and the machine with it": (journal(LEFT), Origin("m2"), Because.STOPPED),
    "it was asked to": (journal(restart(Outcome.DONE), LEFT), Origin("m1", "success"), Because.REQUEST),
    "it was asked to, and did not": (journal(restart(Outcome.BUSY)), Origin("m2"), Because.POWER),
    "an older boot was asked": (journal(restart(Outcome.DONE))[:3], Origin("m1"), Because.CRASH),
    "the machine says nothing": (journal(), Origin(), Because.UNKNOWN),
    "it said nothing then": (journal(machine=""), Origin("m2"), Because.UNKNOWN),
}


@pytest.mark.parametrize("row", ROWS)
def test_why_it_began(row: str) -> None:
    events, origin, because = ROWS[row]
    assert began(events, origin).because is because


def test_it_was_last_alive_at_its_last_row_or_at_the_mark_that_it_wrote_since() -> None:
    events = journal(Refused(document="plan", reason=Refusal.OLDER))
    assert began(events, Origin("m2")).last_alive == T + 3000
    assert began(events, Origin("m2", alive=T + 90_000)).last_alive == T + 90_000
    assert began([], Origin("m2", alive=T)) == Began(last_alive=T)


def test_a_row_of_a_clock_that_nobody_believed_says_nothing_of_when_it_lived() -> None:
    assert began(journal(trust=Trust.UNTRUSTED), Origin("m2")).last_alive == 0
