"""When each row of the diagnosis holds, and what it then rests on."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from controller.domain.cases import Case, Found, Sentence, say
from controller.domain.habits import Habit, Why, usual_now
from controller.domain.signs import (
    BALANCE_LOW,
    COOL,
    CRASHES,
    LOOP,
    SIGNS,
    WEAK,
    FaultKind,
    Finding,
    failed,
    strength,
    told,
)
from controller.domain.values import from_ms
from playlists.reports import Because, Button, Heartbeat, StoreState


def _last(case: Case) -> Heartbeat | None:
    return told(case.facts)


def unwatched(case: Case) -> Found | None:
    """Nobody at the office looks."""
    if case.unwatched_since is None:
        return None
    return Found({"since": case.at(case.unwatched_since)})


def broker(case: Case) -> Found | None:
    """The office itself hears nothing."""
    return None if case.link.up else Found({"since": case.at(case.link.since)}, heard_before(case))


def heard_before(case: Case) -> tuple[Sentence, ...]:
    """Its last word, where there was one."""
    if case.facts.heard_at is None:
        return ()
    return (say("Last word: {at}.", at=case.at(case.heard)),)


def never(case: Case) -> Found | None:
    """It was never heard."""
    if case.facts.heard_at is not None:
        return None
    since = case.facts.enrolled_at
    return Found({"since": case.at(since)} if since else {"since": "?"})


def unclear(case: Case) -> Found | None:
    """What it told cannot be judged."""
    return Found({}, heard_before(case)) if case.facts.unclear else None


def _silence(case: Case) -> tuple[Sentence, ...]:
    """What speaks for every cause of a silence: the last word, what the broker says, how many others."""
    facts, found = case.facts, [say("Last word: {at}.", at=case.at(case.heard))]
    if not facts.online and facts.left_at is not None:
        found.append(say("The broker saw its connection end at {at}.", at=case.at(facts.left_at)))
    status = _last(case)
    if status is not None and (status.under_voltage or status.under_voltage_since_boot):
        found.append(say("It had told of low voltage."))
    if case.crowd is not None:
        told_of = {"nodes": case.crowd.nodes, "of": case.crowd.of, "area": case.crowd.area}
        found.append(say("{nodes} of {of} nodes of {area} fell silent at the same time.", **told_of))
    return tuple(found)


def _gone(case: Case) -> dict[str, str] | None:
    return {"since": case.at(case.heard)} if case.silent else None


def habit(case: Case) -> Found | None:
    """Silent at an hour at which its power usually goes."""
    return _usually_gone(case, Why.POWER)


def line_habit(case: Case) -> Found | None:
    """Silent at an hour at which its line usually goes, or its signal is usually weak."""
    return _usually_gone(case, Why.LINK, Why.SIGNAL)


def _usually_gone(case: Case, *whys: Why) -> Found | None:
    gone, habit = _gone(case), usual_now(case.habits, case.zone, case.now, *whys)
    if gone is None or habit is None:
        return None
    return Found({**gone, **_hours(habit)}, _silence(case))


def _hours(habit: Habit) -> dict[str, str]:
    return {"begin": str(habit.begin), "end": str(habit.end), "days": str(habit.days), "of": str(habit.of)}


def usually_weak(case: Case, _: Finding) -> tuple[Sentence, ...]:
    """At these hours its signal is usually weak."""
    habit = usual_now(case.habits, case.zone, case.now, Why.SIGNAL)
    if habit is None:
        return ()
    return (say("As usual from {begin} to {end} h ({days} of {of} days).", **_hours(habit)),)


def mains_of_many(case: Case) -> Found | None:
    """Many are silent, and some had told of low voltage."""
    gone, crowd = _gone(case), case.crowd
    if gone is None or crowd is None or not crowd.low_voltage:
        return None
    many = {"nodes": str(crowd.nodes), "low": str(crowd.low_voltage)}
    found = say("{low} of the {nodes} nodes had told of low voltage.", **many)
    return Found({**gone, **many}, (*_silence(case), found))


def mains(case: Case) -> Found | None:
    """Its voltage was low at its last word."""
    gone, status = _gone(case), _last(case)
    if gone is None or status is None or not status.under_voltage:
        return None
    return Found(gone, _silence(case))


def operator(case: Case) -> Found | None:
    """All that fell silent with it share an operator."""
    gone, crowd = _gone(case), case.crowd
    if gone is None or crowd is None or not crowd.operator:
        return None
    return Found({**gone, "operator": crowd.operator, "nodes": str(crowd.nodes)}, _silence(case))


def uplink(case: Case) -> Found | None:
    """Many fell silent together."""
    gone, crowd = _gone(case), case.crowd
    if gone is None or crowd is None:
        return None
    params = {"nodes": str(crowd.nodes), "of": str(crowd.of), "area": crowd.area}
    return Found({**gone, **params}, _silence(case))


def card_gone(case: Case) -> Found | None:
    """Its card was used up or over."""
    gone, status = _gone(case), _last(case)
    if gone is None or status is None:
        return None
    line = status.line
    if line.expires is not None and line.expires <= case.now.timestamp() * 1000:
        at = from_ms(line.expires).astimezone(case.zone)
        return Found(gone, (*_silence(case), say("Its card was to expire on {day}.", day=f"{at:%d/%m/%Y}")))
    if line.balance is not None and line.balance < BALANCE_LOW:
        return Found(gone, (*_silence(case), say("Its card had {balance} left.", balance=line.balance)))
    return None


def disk_gone(case: Case) -> Found | None:
    """Its disk had failed before."""
    gone, status = _gone(case), _last(case)
    if gone is None or status is None or status.store not in (StoreState.READ_ONLY, StoreState.FAILED):
        return None
    return Found(gone, (*_silence(case), say("Its disk had told of errors: {error}", error=status.store_error or "-")))


def heat_gone(case: Case) -> Found | None:
    """It was hot at its last word."""
    gone, status = _gone(case), _last(case)
    if gone is None or status is None or status.temperature is None or status.temperature < COOL:
        return None
    hot = say("It had {degrees} °C at its last word.", degrees=round(status.temperature))
    return Found(gone, (*_silence(case), hot))


def signal_gone(case: Case) -> Found | None:
    """Its signal was weak at its last word."""
    gone, status = _gone(case), _last(case)
    per_cent = strength(status) if status is not None else None
    if gone is None or per_cent is None or per_cent >= WEAK:
        return None
    return Found(gone, (*_silence(case), say("Its signal was {per_cent} %.", per_cent=per_cent)))


def voltage_gone(case: Case) -> Found | None:
    """Its voltage had been low before."""
    gone, status = _gone(case), _last(case)
    if gone is None or status is None or not status.under_voltage_since_boot:
        return None
    return Found(gone, _silence(case))


def silent_unknown(case: Case) -> Found | None:
    """Silent, and nothing tells why."""
    gone = _gone(case)
    return None if gone is None else Found(gone, _silence(case))


def left(case: Case) -> Found | None:
    """The broker says that it left; its bound is not past."""
    facts = case.facts
    if case.silent or facts.online or facts.left_at is None or facts.heard_at is None:
        return None
    return Found({"at": case.at(facts.left_at)}, heard_before(case))


_HOLDS = {sign.kind: sign.holds for sign in SIGNS}


def _finding(case: Case, kind: FaultKind, *what: str) -> Finding | None:
    """What the signs of faults make of a node that speaks."""
    found = None if case.silent else _HOLDS[kind](case.facts, False, case.now)
    return found if found is not None and (not what or found.what in what) else None


def sign(
    kind: FaultKind, *what: str, evidence: Callable[[Case, Finding], tuple[Sentence, ...]] | None = None
) -> Callable[[Case], Found | None]:
    """A row that holds where the facts make such a fault; its grounds fill the places of the sentence."""

    def holds(case: Case) -> Found | None:
        found = _finding(case, kind, *what)
        if found is None:
            return None
        params = {name: _shown(name, value) for name, value in found.grounds.items()}
        return Found({"since": case.at(found.since), **params}, evidence(case, found) if evidence else ())

    return holds


_BYTES = ("free",)


def _shown(name: str, value: object) -> str:
    if name in _BYTES and isinstance(value, int):
        return f"{value // 2**20} MB"
    return str(round(value)) if isinstance(value, float) else str(value)


def error(case: Case, found: Finding) -> tuple[Sentence, ...]:
    """What the node itself says of it."""
    error = found.grounds.get("error") or found.grounds.get("because")
    return (say("It says: {error}", error=error),) if error else ()


def not_heard(case: Case, found: Finding) -> tuple[Sentence, ...]:
    """What the self test read."""
    level = found.grounds.get("level")
    tested = say("Self test at {at}.", at=case.at(found.since))
    if level is None:
        return (tested, say("No level could be read."))
    return (tested, say("Level read: {level} dBFS.", level=round(float(level))))


def wrong_time(case: Case, found: Finding) -> tuple[Sentence, ...]:
    """What its clock says."""
    wall = from_ms(int(found.grounds["wall"])).astimezone(case.zone)
    return (say("Its clock says {time}.", time=f"{wall:%H:%M:%S %d/%m/%Y}"),)


def no_battery(case: Case) -> Found | None:
    """No sure time, and no hardware clock that kept it."""
    found = _finding(case, FaultKind.CLOCK, "untrusted")
    if found is None or found.grounds.get("rtc") is not False:
        return None
    return Found({}, wrong_time(case, found))


def fetches(case: Case, found: Finding) -> tuple[Sentence, ...]:
    """Why fetches failed."""
    status = _last(case)
    causes = dict.fromkeys(each.cause for each in failed(status.missing)) if status else {}
    return tuple(say("The fetch failed: {cause}.", cause=cause[:120]) for cause in list(causes)[:3])


def power_came_back(case: Case) -> Found | None:
    """Its power was out a moment ago."""
    last = case.facts.boots[-1] if case.facts.boots else None
    if case.silent or last is None or last.because is not Because.POWER or case.now - last.at > LOOP:
        return None
    if last.last_alive is None:
        return Found({"at": case.at(last.at), "since": "?"})
    return Found({"at": case.at(last.at), "since": case.at(last.last_alive)})


def mended(kind: FaultKind, *, because: bool = False) -> Callable[[Case], Found | None]:
    """A row that holds a moment after such a fault was over."""

    def holds(case: Case) -> Found | None:
        status = _last(case)
        if case.silent or status is None or kind not in case.mended:
            return None
        since, until = case.mended[kind]
        word = status.restarts.because if because else ""
        return Found(
            {"since": case.at(since), "until": case.at(until)}, (say("It says: {error}", error=word),) if word else ()
        )

    return holds


def came_back(case: Case) -> Found | None:
    """It stopped by itself a moment ago."""
    last = case.facts.boots[-1] if case.facts.boots else None
    if case.silent or last is None or last.because not in CRASHES or case.now - last.at > LOOP:
        return None
    return Found({"at": case.at(last.at)}, (say("Why: {because}.", because=last.because.value),))


def replaced(case: Case) -> Found | None:
    """A new journal on a node that is not new."""
    new = [boot for boot in case.facts.boots if boot.new_stream and not boot.in_memory]
    if case.silent or not new or case.now - new[-1].at > timedelta(hours=24):
        return None
    # The first start of a node that was just put up is no replacement.
    since = case.facts.enrolled_at
    if since is not None and new[-1].at - since < timedelta(hours=24):
        return None
    return Found({"at": case.at(new[-1].at)})


def switch(case: Case) -> Found | None:
    """The switch of the box was used."""
    last = case.facts.presses[-1] if case.facts.presses else None
    if case.silent or last is None or last.what != Button.SILENCE or case.now - last.at > timedelta(hours=12):
        return None
    return Found({"at": case.at(last.at)})


def brown_out_before(case: Case) -> Found | None:
    """Its voltage was low since it began."""
    status = _last(case)
    if case.silent or status is None or status.under_voltage or not status.under_voltage_since_boot:
        return None
    return Found()


def quiet(case: Case) -> Found | None:
    """A silence is in force."""
    return None if case.quiet_until is None or case.silent else Found({"until": case.at(case.quiet_until)})


def on_air(case: Case) -> Found | None:
    """It sounds."""
    status = _last(case)
    return None if case.silent or status is None or status.on_air is None else Found()


def well(case: Case) -> Found | None:
    """It speaks."""
    return None if case.silent or _last(case) is None else Found({"at": case.at(case.heard)})


def unknown(case: Case) -> Found | None:
    """Nothing else holds."""
    return Found({}, heard_before(case))
