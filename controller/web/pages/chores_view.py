"""What *Hôm nay* asks of its reader: what may go wrong soon, and what waits for them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from controller.domain.risk import Danger
from controller.locale import N_
from controller.operations.approving import Paper, Turn, Waiting
from controller.operations.calling import Contact
from controller.operations.day import Day, Risk
from controller.operations.own_work import OwnWork
from controller.operations.silencing import Unreceived
from controller.operations.standing import StandingView
from controller.web.formats import ago, day_words, natural, number
from controller.web.pages.airings_view import start, until
from controller.web.pages.approvals_view import text_to_copy
from controller.web.pages.contact_view import ContactView, contact_views
from controller.web.pages.eye import Eye
from controller.web.words import State

CALLED = 4
"""Of so many nodes at most it is said whom to call; of more only the names."""
SHOWN = 5
"""So much of what waits is shown at once."""
_DANGERS = {
    Danger.BLIND: ("lost", N_("No contact"), "lost", N_(
        "{clock} “{title}”: {count} nodes are out of contact and have not got the audio ({homes} homes).")),
    Danger.LACKING: ("warn", N_("Audio is lacking"), "warn", N_(
        "{clock} “{title}”: the audio has not reached {count} nodes ({homes} homes).")),
    Danger.CUT_OFF: ("lost", N_("No contact"), "lost", N_(
        "{clock} “{title}”: {count} nodes are out of contact ({homes} homes). They have the audio, and play it by "
        "themselves if they have power.")),
}  # fmt: skip


@dataclass(frozen=True)
class RiskView:
    """A danger in a sentence, with the nodes concerned: by name, or where they are few with whom to call.

    `address`: where more is said of it, "" for nowhere.
    """

    state: State
    said: str
    names: str
    calls: tuple[ContactView, ...]
    address: str = ""


@dataclass(frozen=True)
class WaitView:
    """Something that waits for the reader: `urgent` where it is nearly too late, then with a `text` to send on."""

    title: str
    state: State
    lines: tuple[str, ...]
    address: str
    urgent: bool = False
    text: str = ""


@dataclass(frozen=True)
class WaitsView:
    """What waits for the reader, beyond the first few folded away, and how many wait for others first."""

    each: tuple[WaitView, ...]
    more: tuple[WaitView, ...]
    others: int


def risk_views(day: Day, eye: Eye) -> tuple[RiskView, ...]:
    """What may go wrong soon, in words: silences that nodes do not know of, then airings that lack something."""
    by_silence = groupby(sorted(day.unreceived, key=_silence), key=_silence)
    silences = tuple(_unreceived(tuple(group), eye) for _, group in by_silence)
    return (*silences, *(_risk(each, eye) for each in day.risks))


def _silence(one: Unreceived) -> str:
    return one.view.silence.id


def _unreceived(group: tuple[Unreceived, ...], eye: Eye) -> RiskView:
    view, first = group[0].view, min(one.sounds_at for one in group)
    message = N_("Silence in {places}: {count} nodes have not confirmed it, and would sound from {clock} on.")
    said = eye.say(message, places=", ".join(view.places), count=len(group), clock=start(first, eye))
    state = eye.state("warn", N_("Silence not received"), "warn")
    return RiskView(state, said, *_named([one.contact for one in group], eye), f"/silences/{view.silence.id}")


def _risk(risk: Risk, eye: Eye) -> RiskView:
    sign, word, tone, message = _DANGERS[risk.danger]
    params = {"clock": start(risk.starts_at, eye), "homes": number(risk.homes, 0, eye.language)}
    said = eye.say(message, title=risk.title, count=len(risk.nodes), **params)
    return RiskView(eye.state(sign, word, tone), said, *_named(risk.nodes, eye))


def _named(nodes: Sequence[Contact], eye: Eye) -> tuple[str, tuple[ContactView, ...]]:
    """The names of many nodes, or of a few whom to call about them."""
    if len(nodes) > CALLED:
        return ", ".join(sorted((each.name for each in nodes), key=natural)), ()
    return "", contact_views(nodes, eye.now, eye.language)


def waits_view(day: Day, eye: Eye) -> WaitsView:
    """What waits for the reader's approval, then what ends, then their own that was returned or waits for others."""
    mine = [each for each in day.waiting if each.turn is Turn.APPROVER or each.on_today]
    views = (
        *(_waiting(each, eye) for each in sorted(mine, key=lambda each: not each.on_today)),
        *(_paper(each, eye) for each in day.papers),
        *(_own(each, eye) for each in day.own),
        *(_ending(each, eye) for each in day.ending if each.mine or each.resting),
    )
    return WaitsView(views[:SHOWN], views[SHOWN:], len(day.waiting) - len(mine))


def _waiting(each: Waiting, eye: Eye) -> WaitView:
    lines = [_when(each.starts_at, eye), ", ".join(each.areas)]
    if each.turn is Turn.DEPUTY and each.asked:
        lines.append(eye.say(N_("{person} has not approved it yet; you are the deputy."), person=each.asked[0]))
    sent = ago((eye.now - each.submitted_at).total_seconds(), eye.language)
    lines.append(eye.say(N_("written by {person}, sent {ago}"), person=each.author, ago=sent))
    state = (
        eye.state("warn", N_("Nearly due"), "warn")
        if each.late
        else eye.state("asked", N_("Waits for approval"), "wait")
    )
    text = _text(each, eye) if each.late else ""
    return WaitView(each.title, state, tuple(filter(None, lines)), each.link, each.late, text)


def _text(each: Waiting, eye: Eye) -> str:
    where, address = ", ".join(each.areas), eye.site + each.link
    return text_to_copy(each.title, where, each.starts_at, each.author, eye.zone, address)


def _paper(each: Paper, eye: Eye) -> WaitView:
    said = eye.say(N_("{person} recorded that you approved it on paper. Look at it."), person=each.recorder)
    return WaitView(each.title, eye.state("asked", N_("On paper"), "wait"), (said,), f"/approvals/{each.broadcast}")


def _own(each: OwnWork, eye: Eye) -> WaitView:
    since = ago((eye.now - each.since).total_seconds(), eye.language)
    address, when = f"/broadcasts/{each.broadcast}", _when(each.starts_at, eye)
    if each.why is None:
        said = eye.say(N_("sent {ago}, nobody has approved it yet"), ago=since)
        return WaitView(each.title, eye.state("asked", N_("Waits for approval"), "wait"), (when, said), address)
    said = eye.say(N_("Returned {ago}: {why}"), ago=since, why=each.why)
    return WaitView(each.title, eye.state("no", N_("Returned"), "bad"), (said, when), address, True)


def _ending(each: StandingView, eye: Eye) -> WaitView:
    until = day_words(each.until, eye.language)
    lines = [eye.say(N_("Its standing approval in {place} ends on {day}."), place=each.area_name, day=until)]
    if each.resting:
        titles = ", ".join(title for _, title in each.resting[:CALLED])
        lines.append(eye.say(N_("Not planned any more after that: {titles}"), titles=titles))
    return WaitView(each.title, eye.state("warn", N_("Ends soon"), "warn"), tuple(lines), "/standing")


def _when(moment: datetime | None, eye: Eye) -> str:
    if moment is None:
        return eye.say(N_("No airing of it is left."))
    local = moment.astimezone(eye.zone).date()
    if local == eye.now.astimezone(eye.zone).date():
        return eye.say(N_("to air at {clock} today ({until})"), clock=start(moment, eye), until=until(moment, eye))
    return eye.say(N_("to air at {clock} on {day}"), clock=start(moment, eye), day=day_words(local, eye.language))
