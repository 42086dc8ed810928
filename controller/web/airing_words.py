"""The state and the result of an airing in words, and the kinds of programmes: sign, word, tone."""

from __future__ import annotations

from datetime import datetime, timedelta

from controller.domain.week import AiringState, Outcome
from controller.locale import N_, sentence
from controller.operations.week import PlannedAiring
from controller.web.words import State
from playlists.models import Kind

SOON = timedelta(hours=24)
"""From when on it is said that audio has not reached all nodes yet."""

_STATES = {
    AiringState.DRAFT: ("off", N_("Draft"), "none"),
    AiringState.RETURNED: ("no", N_("Returned"), "bad"),
    AiringState.WAITING: ("asked", N_("Waits for approval"), "wait"),
    AiringState.PLANNED: ("wait", N_("Will be played"), "wait"),
    AiringState.SKIPPED: ("off", N_("Skipped this time"), "none"),
    AiringState.WITHDRAWN: ("off", N_("Withdrawn"), "none"),
    AiringState.LAPSED: ("no", N_("Not approved in time"), "bad"),
    AiringState.ON_AIR: ("live", N_("On air"), "wait"),
    AiringState.PAST: ("ask", N_("Not known"), "none"),
}
_KINDS = {
    Kind.NOTICE: N_("Bulletin"),
    Kind.MUSIC: N_("Music"),
    Kind.REBROADCAST: N_("Rebroadcast"),
}


def airing_state(airing: PlannedAiring, now: datetime, language: str) -> State:
    """What an airing is now; of what is past the result, hamlet by hamlet."""
    if airing.state is AiringState.PAST:
        return outcome_state(airing.outcome, language)
    if airing.quiet:
        word = N_("Quiet there") if airing.quiet == airing.nodes else N_("Quiet at {quiet} of {nodes}")
        return State("quiet", sentence(language, word, {"quiet": airing.quiet, "nodes": airing.nodes}), "part")
    if airing.state is AiringState.PLANNED and airing.changing:
        return State("asked", sentence(language, N_("A change waits")), "wait")
    if airing.state is AiringState.PLANNED and airing.ready < airing.nodes and airing.starts_at - now < SOON:
        params = {"ready": airing.ready, "nodes": airing.nodes}
        return State("warn", sentence(language, N_("Audio at {ready} of {nodes}"), params), "warn")
    return state_word(airing.state, language)


def state_word(state: AiringState, language: str) -> State:
    """What an airing is, by its state alone."""
    sign, word, tone = _STATES[state]
    return State(sign, sentence(language, word), tone)


def outcome_state(outcome: Outcome | None, language: str) -> State:
    """In how many hamlets it was played in full, of those that owed it."""
    if outcome is None or not outcome.hamlets:
        return State("off", sentence(language, N_("No node there")), "none")
    sign, word, tone = _outcome(outcome)
    return State(sign, sentence(language, word, {"full": outcome.full, "all": outcome.hamlets}), tone)


def kind_word(kind: Kind, language: str) -> str:
    """What kind of programme it is; "" for what is no programme."""
    return sentence(language, _KINDS.get(kind, ""))


def _outcome(outcome: Outcome) -> tuple[str, str, str]:
    if outcome.full == outcome.hamlets:
        return "yes", N_("Played {full}/{all}"), "good"
    if outcome.full or outcome.partly:
        return "part", N_("Played {full}/{all}"), "part"
    if outcome.unknown:
        return "ask", N_("Not known {full}/{all}"), "none"
    return "no", N_("Not played {full}/{all}"), "bad"
