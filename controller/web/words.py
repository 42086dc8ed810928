"""Verdicts and nodes' conditions in words: sign, word and tone of each, and the sentences of a proof."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from controller.domain.verdicts import Kind, Lack, Mark, Verdict
from controller.locale import N_, sentence
from controller.web.formats import length, number
from playlists.reports import Cause, Evidence


@dataclass(frozen=True)
class State:
    """What is shown of a thing: a sign, a word, and a tone (good, part, bad, wait, none)."""

    sign: str
    word: str
    tone: str


_VERDICTS = {
    Kind.PENDING: ("wait", N_("Waiting"), "wait"),
    Kind.PLAYED: ("yes", N_("Played"), "good"),
    Kind.HEARD: ("yes", N_("Heard"), "good"),
    Kind.PARTLY: ("part", N_("Partly played"), "part"),
    Kind.SILENT: ("no", N_("Silent"), "bad"),
    Kind.MISSED: ("no", N_("Not played"), "bad"),
    Kind.PRE_EMPTED: ("part", N_("Interrupted"), "part"),
    Kind.WITHDRAWN: ("off", N_("Withdrawn"), "none"),
    Kind.UNREPORTED: ("ask", N_("Not known"), "none"),
}
_CAUSES: dict[Cause | Lack, str] = {
    Cause.PLAN_LATE: N_("the new plan came too late"),
    Cause.POWER: N_("the power was out"),
    Cause.CLOCK: N_("the node's clock was not sure"),
    Cause.ASSET: N_("the audio had not reached the node"),
    Cause.PLAYER: N_("the player failed"),
    Cause.DEVICE: N_("the sound device failed"),
    Cause.QUIET: N_("a silence was in force"),
    Cause.WITHDRAWN: N_("it was withdrawn"),
    Cause.STOPPED: N_("it was stopped"),
    Cause.PRE_EMPTED: N_("something more important came"),
    Cause.ENDED: N_("its time was over"),
    Cause.LONGEST_ON: N_("the amplifier had been on for too long"),
    Cause.NOT_CONCERNED: N_("it was not meant for this node"),
    Cause.JOURNAL_NEW: N_("the node's journal was lost"),
    Lack.LINK_OR_POWER: N_("no link or no power"),
}
_MARKS = {
    Mark.OLD_VERSION: N_("the old version"),
    Mark.THOUGH_DROPPED: N_("played though it had been dropped"),
    Mark.WITHDRAWN_TOO_LATE: N_("withdrawn too late"),
    Mark.STOPPED: N_("stopped by hand"),
    Mark.SOMETHING_ELSE: N_("the microphone heard something else"),
}
_EVIDENCE = {
    Evidence.FRAMES: N_("counted at the sound card"),
    Evidence.CURRENT: N_("seen in the amplifier's current"),
    Evidence.EAR: N_("heard by the microphone"),
    Evidence.PERSON: N_("heard by a person"),
}


def verdict_state(kind: Kind, language: str, begun: bool = False) -> State:
    """A verdict as it is shown; pending and `begun` is on air."""
    if kind is Kind.PENDING and begun:
        return State("live", sentence(language, N_("On air")), "wait")
    sign, word, tone = _VERDICTS[kind]
    return State(sign, sentence(language, word), tone)


def cause_word(cause: Cause | Lack, language: str) -> str:
    """Why seconds are lacking."""
    return sentence(language, _CAUSES[cause])


def proof_lines(verdict: Verdict, start_error_us: int | None, language: str) -> Iterator[str]:
    """A verdict's proof: seconds of those due, start error, what it rests on, why something lacks, what is odd."""
    if verdict.kind in (Kind.PENDING, Kind.UNREPORTED):
        if verdict.kind is Kind.UNREPORTED:
            yield sentence(language, N_("the node has not told what happened"))
        return
    if verdict.sounded:
        yield _seconds(verdict, language)
    if start_error_us is not None and verdict.sounded:
        error = number(abs(start_error_us) / 1000, 1, language)
        yield sentence(language, N_("start off by {milliseconds} ms"), {"milliseconds": error})
    if verdict.evidence is not None and verdict.sounded:
        yield sentence(language, _EVIDENCE[verdict.evidence])
    if verdict.cause is not None:
        yield cause_word(verdict.cause, language)
    yield from (sentence(language, _MARKS[mark]) for mark in verdict.marks)


def _seconds(verdict: Verdict, language: str) -> str:
    sounded, due = length(verdict.sounded, language), length(verdict.due, language)
    if sounded == due:
        return sentence(language, N_("all {due}"), {"due": due})
    return sentence(language, N_("{sounded} of {due}"), {"sounded": sounded, "due": due})
