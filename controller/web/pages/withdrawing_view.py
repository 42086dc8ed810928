"""What withdrawing does, and its three lists, in words."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from controller.domain.withdrawn import Fate
from controller.locale import N_
from controller.operations.withdrawing import Listed, Prospect, ThreeLists
from controller.web.formats import length, natural
from controller.web.pages.contact_view import ContactView, contact_view
from controller.web.pages.silences_view import Reader
from controller.web.words import State


@dataclass(frozen=True)
class NodeLine:
    """A node in its list; `call`: whether to telephone."""

    contact: ContactView
    said: tuple[str, ...]
    call: bool


@dataclass(frozen=True)
class NodeList:
    """One of the three lists."""

    state: State
    what: str
    nodes: tuple[NodeLine, ...]


@dataclass(frozen=True)
class WithdrawnPage:
    """A withdrawn broadcast. `corrected`: the lists for which a correction is written, "" where it reached nobody."""

    broadcast: str
    title: str
    said: str
    why: str
    lists: tuple[NodeList, ...]
    corrected: str


_LISTS = {
    Fate.PLAYED: ("yes", N_("Played"), "bad", N_("It told a start, or seconds that sounded.")),
    Fate.MAY_STILL: ("ask", N_("May still play"), "part", N_("It has told neither. Call.")),
    Fate.WILL_NOT: ("off", N_("Will not play"), "good", N_("It knows of the withdrawal and has told no start.")),
}


def prospect_lines(found: Prospect, eye: Reader) -> tuple[str, ...]:
    """What will happen."""
    lines = []
    if found.sounding:
        lines.append(eye.say(N_("It is due to sound now and stops at: {nodes}."), nodes=", ".join(found.sounding)))
    if found.next_at is not None:
        message = N_("{count} airings of the next weeks are not played; the next would be {at}.")
        lines.append(eye.say(message, count=found.coming, at=eye.at(found.next_at)))
    if not lines:
        lines.append(eye.say(N_("Nothing of it sounds now, and nothing is planned.")))
    lines.append(eye.say(N_("The broadcast as a whole is taken back. This cannot be undone; it can be written anew.")))
    return tuple(lines)


def withdrawn_page(found: ThreeLists, eye: Reader) -> WithdrawnPage:
    """The three lists, those to act on first."""
    message = N_("Withdrawn at {at} by {person}.")
    reached = [fate.value for fate in (Fate.PLAYED, Fate.MAY_STILL) if found.of(fate)]
    return WithdrawnPage(
        found.broadcast.id,
        found.title,
        eye.say(message, at=eye.at(found.withdrawn_at), person=found.by),
        found.why,
        tuple(_list(fate, found, eye) for fate in _LISTS),
        ",".join(reached),
    )


def _list(fate: Fate, found: ThreeLists, eye: Reader) -> NodeList:
    sign, word, tone, what = _LISTS[fate]
    lines = [_node(each, eye) for each in found.of(fate)]
    lines.sort(key=lambda line: natural(line.contact.place))
    return NodeList(State(sign, eye.say(word), tone), eye.say(what), tuple(lines))


def _node(each: Listed, eye: Reader) -> NodeLine:
    call = each.fate is Fate.MAY_STILL or each.again
    return NodeLine(contact_view(each.contact, eye.now, eye.language), tuple(_said(each, eye)), call)


def _said(each: Listed, eye: Reader) -> Iterator[str]:
    if each.sounded:
        yield eye.say(N_("{length} sounded"), length=length(each.sounded, eye.language))
    elif each.fate is Fate.PLAYED:
        yield eye.say(N_("has begun"))
    if each.again:
        yield eye.say(N_("may play once more"))
    if each.untold:
        yield eye.say(N_("{count} reports wait to be told"), count=each.untold)
