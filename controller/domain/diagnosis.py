"""From facts to the sentence that a technician needs: one row for each cause, in the order of precedence.

The first row that holds is the headline. What is only likely says so ("Suspected"); where nothing tells the cause, that
is what it says. While a node is silent nothing is said of its insides as if it were so now: what it last told is
evidence, not news.
"""

from __future__ import annotations

from controller.domain import causes
from controller.domain.cases import Case, Diagnosis, Rule, Sentence, Tone
from controller.domain.signs import FaultKind

__all__ = ["RULES", "Case", "Diagnosis", "Sentence", "Tone", "diagnose", "diagnoses"]


def diagnose(case: Case) -> Diagnosis:
    """The headline: the first row that holds; the last one always does."""
    return next(iter(_all(case)))


def diagnoses(case: Case) -> tuple[Diagnosis, ...]:
    """The headline, and of a node that speaks all else that holds beside it."""
    found = tuple(_all(case))
    if found[0].rule in _ALONE:
        return found[:1]
    return tuple(each for each in found if each is found[0] or each.tone not in (Tone.GOOD, Tone.UNKNOWN))


def _all(case: Case) -> list[Diagnosis]:
    found = []
    for rule in RULES:
        holds = rule.holds(case)
        if holds is not None:
            act = Sentence(rule.act, holds.params) if rule.act else None
            said = Sentence(rule.message, holds.params)
            found.append(Diagnosis(rule.name, rule.tone, said, holds.evidence, act))
    return found


_BAD, _WARN = Tone.BAD, Tone.WARN
RULES: tuple[Rule, ...] = (
    # Nobody can know.
    Rule("unwatched", Tone.UNKNOWN, causes.unwatched,
         "The office's server has not watched the nodes since {since}: nothing newer is known.",
         "Look at the server: loa-controller must run."),
    Rule("broker", Tone.UNKNOWN, causes.broker,
         "The office has not reached the message broker since {since}: nothing newer is known of this node.",
         "Look at the broker and at the office's line. The nodes go on playing what they hold."),
    Rule("never", Tone.UNKNOWN, causes.never,
         "It has never connected since it was enrolled ({since}).",
         "Check on the spot: power, line, and loa-node --check."),
    # It is silent: the most telling first.
    Rule("mains_of_many", _BAD, causes.mains_of_many,
         "Suspected: the mains have failed since {since}, at {nodes} nodes.",
         "Call the hamlet heads or the power company. Nothing needs to be done at the nodes."),
    Rule("mains", _BAD, causes.mains,
         "Suspected: the mains have failed since {since}.",
         "Call the hamlet head and ask whether there is power."),
    Rule("mains_habit", _BAD, causes.habit,
         "Suspected: the mains have failed since {since}, as usual from {begin} to {end} h ({days} of {of} days).",
         "Wait for the end of the usual hours; then call the hamlet head."),
    Rule("operator", _BAD, causes.operator,
         "Suspected: the network of {operator} has failed since {since} ({nodes} nodes).",
         "Ask the operator. The nodes go on playing what they hold."),
    Rule("uplink", _BAD, causes.uplink,
         "Suspected: what the nodes of {area} share (line, broker or mains) has failed since {since}: {nodes} of {of} "
         "nodes are silent.",
         "Check what they share first, then single nodes."),
    Rule("line_habit", _BAD, causes.line_habit,
         "Suspected: its line has failed since {since}, as usual from {begin} to {end} h ({days} of {of} days).",
         "Wait for the end of the usual hours; if it goes on, ask the operator or move the aerial."),
    Rule("card_used_up", _BAD, causes.card_gone,
         "Suspected: its SIM card is used up or expired; silent since {since}.",
         "Top up the card or renew it."),
    Rule("disk_died", _BAD, causes.disk_gone,
         "Suspected: its memory card has died; silent since {since}.",
         "Take a new card along and restore the node from the guide."),
    Rule("overheated", _BAD, causes.heat_gone,
         "Suspected: it stopped from heat; silent since {since}.",
         "Check ventilation and shade of the box."),
    Rule("signal_lost", _BAD, causes.signal_gone,
         "Suspected: it has lost its weak signal since {since}.",
         "Check the aerial and where it points."),
    Rule("supply_weak", _BAD, causes.voltage_gone,
         "Suspected: its power supply has failed since {since}; it had been weak before.",
         "Ask whether there is power; if so, exchange the power supply."),
    Rule("silent", _BAD, causes.silent_unknown,
         "No contact since {since}. Not known why: power, line or the machine.",
         "Call the hamlet head: is there power, does the lamp of the box burn?"),
    Rule("left", Tone.UNKNOWN, causes.left,
         "The broker saw its connection end at {at}; not known why yet.",
         "Wait a moment: it may come back by itself."),
    Rule("unclear", Tone.UNKNOWN, causes.unclear,
         "What it told cannot be judged: nothing is known of its condition.",
         "Fetch the log."),
    # It speaks: what keeps it from being heard.
    Rule("twice", _BAD, causes.sign(FaultKind.TWICE, "takeovers"),
         "Two machines call themselves by this node's name: they have driven one another out {times} times.",
         "Switch off the one that was replaced, or give it a key of its own."),
    Rule("by_turns", _BAD, causes.sign(FaultKind.TWICE, "machines"),
         "Two machines use this node's name: the office heard them by turns, {times} times lately.",
         "Switch off the one that was replaced, or give it a key of its own."),
    Rule("device", _BAD, causes.sign(FaultKind.SOUND, "device", evidence=causes.error),
         "The sound card is gone or does not answer: nothing is heard.",
         "Check the plug of the sound card; then restart the node."),
    Rule("sound", _BAD, causes.sign(FaultKind.SOUND, "process", evidence=causes.error),
         "The sound does not work: nothing is heard.",
         "Restart the node; if it comes back, fetch the log."),
    Rule("mute", _BAD, causes.sign(FaultKind.SOUND, "mute", evidence=causes.error),
         "What it plays comes out silent.",
         "Listen to the recording; if it sounds, restart the node."),
    Rule("stuck_open", _BAD, causes.sign(FaultKind.AMPLIFIER, "stuck_open"),
         "The relay does not close: the amplifier stays without power, nothing is heard.",
         "Check the relay and its wires on the spot."),
    Rule("stuck_closed", _BAD, causes.sign(FaultKind.AMPLIFIER, "stuck_closed"),
         "The relay does not open: the amplifier is on all the time.",
         "Switch the amplifier off on the spot, exchange the relay."),
    Rule("pins", _BAD, causes.sign(FaultKind.AMPLIFIER, "pins"),
         "The pins of the relay cannot be used: the amplifier cannot be switched.",
         "Check that no other program holds the pins; restart the node."),
    Rule("unheard", _BAD, causes.sign(FaultKind.UNHEARD, evidence=causes.not_heard),
         "The self test failed: what left the sound card behind the closed relay was not what was to sound.",
         "Ask for it again; then restart the node, and check sound card and relay on the spot."),
    Rule("no_clock_battery", _BAD, causes.no_battery,
         "It does not know the time, and its hardware clock is missing or has lost it: routine does not sound.",
         "Exchange the clock's battery; until then it waits for the line."),
    Rule("clock", _BAD, causes.sign(FaultKind.CLOCK, "untrusted", evidence=causes.wrong_time),
         "It is not sure of the time: routine does not sound until it is.",
         "Check its line: it takes the time from there."),
    Rule("clock_disputed", _WARN, causes.sign(FaultKind.CLOCK, "disputed", evidence=causes.wrong_time),
         "Its sources of time disagree: what it plays may start at the wrong time.",
         "Check the hardware clock and the time of the office's server."),
    Rule("read_only", _BAD, causes.sign(FaultKind.STORE, "read_only", evidence=causes.error),
         "Its disk can no longer be written: it plays on, but what it plays is lost at the next power cut.",
         "Exchange the memory card soon."),
    Rule("disk_failed", _BAD, causes.sign(FaultKind.STORE, "failed", evidence=causes.error),
         "Its disk fails: the memory card is dying.",
         "Exchange the memory card soon."),
    Rule("disk_full", _BAD, causes.sign(FaultKind.STORE, "full", evidence=causes.error),
         "Its disk is full.",
         "Take away what does not belong there, or put in a larger card."),
    Rule("disk_low", _WARN, causes.sign(FaultKind.STORE, "low", evidence=causes.error),
         "Its disk is nearly full.",
         "Take away what does not belong there, or put in a larger card."),
    Rule("foreign_store", _WARN, causes.sign(FaultKind.STORE, "foreign", evidence=causes.error),
         "Its card came from another node: that node's journal was set aside, it begins anew.",
         "Put the right card in, if it was mixed up."),
    Rule("mended", _WARN, causes.sign(FaultKind.STORE, "mended", evidence=causes.error),
         "Its journal was damaged; what could be read was saved: the memory card may be dying.",
         "If it comes back, exchange the memory card."),
    Rule("flipped", _WARN, causes.sign(FaultKind.QUARANTINE, evidence=causes.error),
         "Audio on its disk has changed or cannot be read ({files} files): the memory card may be dying.",
         "It fetches them anew. If it comes back, exchange the memory card."),
    Rule("keys", _WARN, causes.sign(FaultKind.DOCUMENTS, "keys"),
         "It refuses the plan: it does not know the key that signed it.",
         "Give it the office's key set, or the node was enrolled at another office."),
    Rule("older", _WARN, causes.sign(FaultKind.DOCUMENTS, "age"),
         "It refuses the plan as older than the one it holds: the office was put back from a copy.",
         "The administrator raises the epoch (see the guide)."),
    Rule("unread", _WARN, causes.sign(FaultKind.DOCUMENTS, "form"),
         "It cannot read the plan: its program is older than the office's.",
         "Update the node."),
    Rule("refused", _WARN, causes.sign(FaultKind.DOCUMENTS, "other"),
         "It refuses the plan ({reason}).",
         "Fetch the log."),
    Rule("no_space", _WARN, causes.sign(FaultKind.ASSETS, "space", evidence=causes.fetches),
         "{files} recordings do not fit on its disk.",
         "Take away what does not belong there, or put in a larger card."),
    Rule("no_audio", _WARN, causes.sign(FaultKind.ASSETS, "fetch", evidence=causes.fetches),
         "{files} recordings cannot be fetched.",
         "Check its line, and that it reaches the office's address."),
    Rule("restarts", _WARN, causes.sign(FaultKind.RESTARTS),
         "It has started {times} times within a quarter of an hour.",
         "Check the power supply; fetch the log."),
    Rule("guard", _WARN, causes.sign(FaultKind.GUARD_RESTARTS, evidence=causes.error),
         "The amplifier's guard was started anew {times} times lately.",
         "Fetch the log."),
    Rule("sound_restarts", _WARN, causes.sign(FaultKind.SOUND_RESTARTS, evidence=causes.error),
         "The sound was started anew {times} times lately.",
         "Fetch the log; check the sound card."),
    Rule("brown_out", _WARN, causes.sign(FaultKind.VOLTAGE),
         "Its voltage is too low now: it may stop at any moment.",
         "Check the power supply and its cable."),
    Rule("brown_out_before", _WARN, causes.brown_out_before,
         "Its voltage was too low since it began.",
         "Check the power supply and its cable."),
    Rule("hot", _WARN, causes.sign(FaultKind.HEAT),
         "It is too hot: {degrees} °C.",
         "Check ventilation and shade of the box."),
    Rule("memory", _WARN, causes.sign(FaultKind.MEMORY),
         "Its memory is nearly used up ({free} free).",
         "Restart the node; fetch the log before."),
    Rule("card_expired", _WARN, causes.sign(FaultKind.CARD, "expired"),
         "Its SIM card has expired.",
         "Renew the card before the operator cuts it off."),
    Rule("card_expires", _WARN, causes.sign(FaultKind.CARD, "expires"),
         "Its SIM card expires within days.",
         "Renew the card."),
    Rule("card_empty", _WARN, causes.sign(FaultKind.CARD, "balance"),
         "Its SIM card is nearly used up ({balance} left).",
         "Top up the card."),
    Rule("deaf", _WARN, causes.sign(FaultKind.DEAF),
         "It was connected but deaf {times} times lately; it healed that by itself.",
         "Watch it; fetch the log if it goes on."),
    Rule("weak", _WARN, causes.sign(FaultKind.SIGNAL, evidence=causes.usually_weak),
         "Its signal is weak: {per_cent} %.",
         "Check the aerial and where it points."),
    # News, not faults.
    Rule("power_back", _WARN, causes.power_came_back,
         "Its power was out from {since}; back at {at}."),
    Rule("sound_back", _WARN, causes.mended(FaultKind.SOUND, because=True),
         "The sound had failed at {since}; it works again since {until}.",
         "Fetch the log if it comes back."),
    Rule("line_back", _WARN, causes.mended(FaultKind.SILENT),
         "There was no contact from {since}; it is back since {until}."),
    Rule("crashed", _WARN, causes.came_back,
         "It started anew at {at} after it had stopped by itself.",
         "Fetch the log if it comes back."),
    Rule("replaced", _WARN, causes.replaced,
         "Its journal is new since {at}: the card or the machine was exchanged.",
         "If nobody exchanged it, look at it on the spot."),
    Rule("switched", Tone.QUIET, causes.switch,
         "Somebody used the switch of the box at {at}."),
    Rule("quiet", Tone.QUIET, causes.quiet,
         "Quiet by decision until {until}: this is no fault."),
    Rule("on_air", Tone.GOOD, causes.on_air,
         "On air now."),
    Rule("well", Tone.GOOD, causes.well,
         "In contact, nothing wrong is known. Last word: {at}."),
    Rule("unknown", Tone.UNKNOWN, causes.unknown,
         "It has connected, but has not told yet how it is."),
)  # fmt: skip
_ALONE = frozenset(rule.name for rule in RULES[: 1 + [rule.name for rule in RULES].index("silent")]) | {
    "unclear",
    "unknown",
}
"""Headlines beside which nothing else can be said: of a node of which nothing is known, or that is silent."""
