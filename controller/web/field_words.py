"""Faults, causes and requests in words."""

from __future__ import annotations

from collections.abc import Mapping

from controller.domain.cases import Sentence
from controller.domain.faults import Life
from controller.domain.habits import Habit, Why
from controller.domain.signs import FaultKind
from controller.locale import N_, sentence
from controller.operations.asking import Action, Stage

FAULTS: Mapping[FaultKind, str] = {
    FaultKind.BROKER: N_("The office does not reach the broker"),
    FaultKind.TOGETHER: N_("Many nodes silent at once"),
    FaultKind.SILENT: N_("No contact"),
    FaultKind.NEVER: N_("Never connected"),
    FaultKind.SOUND: N_("Sound fails"),
    FaultKind.SOUND_RESTARTS: N_("The sound was started anew"),
    FaultKind.GUARD_RESTARTS: N_("The amplifier's guard was started anew"),
    FaultKind.AMPLIFIER: N_("Relay or amplifier"),
    FaultKind.UNHEARD: N_("The self test failed"),
    FaultKind.CLOCK: N_("Clock"),
    FaultKind.STORE: N_("Disk"),
    FaultKind.QUARANTINE: N_("Audio damaged on the disk"),
    FaultKind.ASSETS: N_("Audio cannot be fetched"),
    FaultKind.DOCUMENTS: N_("The plan is refused"),
    FaultKind.TWICE: N_("Two machines with one name"),
    FaultKind.RESTARTS: N_("It starts again and again"),
    FaultKind.VOLTAGE: N_("Low voltage"),
    FaultKind.HEAT: N_("Too hot"),
    FaultKind.MEMORY: N_("Memory used up"),
    FaultKind.SIGNAL: N_("Weak signal"),
    FaultKind.CARD: N_("SIM card"),
    FaultKind.DEAF: N_("Connected but deaf"),
}
LIVES: Mapping[Life, str] = {
    Life.BUDDING: N_("Not sure yet"),
    Life.NEW: N_("New"),
    Life.ACKNOWLEDGED: N_("Acknowledged"),
    Life.RESOLVED: N_("Over"),
}
ACTIONS: Mapping[Action, str] = {
    Action.TEST_TONE: N_("Test tone"),
    Action.SELF_TEST: N_("Self test"),
    Action.UPLOAD_LOG: N_("Fetch the log"),
    Action.RESTART: N_("Restart"),
}
STAGES: Mapping[Stage, str] = {
    Stage.ASKED: N_("Asked"),
    Stage.SENT: N_("Sent, no answer yet"),
    Stage.TAKEN: N_("Taken, under way"),
    Stage.DONE: N_("Done"),
    Stage.FAILED: N_("Failed"),
    Stage.BUSY: N_("Refused: it is busy"),
    Stage.EXPIRED: N_("Expired before it was taken"),
    Stage.UNSUPPORTED: N_("The node cannot do this"),
    Stage.UNKNOWN: N_("Not known: no answer came"),
}


WHYS: Mapping[Why, str] = {
    Why.POWER: N_("no power"),
    Why.RESTART: N_("it started anew"),
    Why.LINK: N_("no line, it lived all the while"),
    Why.UNKNOWN: N_("not known why"),
}
"""Why a node was out of contact."""


def say_sentence(said: Sentence, language: str) -> str:
    """A sentence of a diagnosis."""
    return sentence(language, said.message, said.params or None)


def say_habit(habit: Habit, language: str) -> str:
    """`mất điện 17–19 h, 5/7 ngày`."""
    params = {"begin": habit.begin, "end": habit.end, "days": habit.days, "of": habit.of}
    if habit.why is Why.POWER:
        return sentence(language, N_("power out {begin}–{end} h, {days}/{of} days"), params)
    if habit.why is Why.SIGNAL:
        return sentence(language, N_("weak signal {begin}–{end} h, {days}/{of} days"), params)
    return sentence(language, N_("no line {begin}–{end} h, {days}/{of} days"), params)
