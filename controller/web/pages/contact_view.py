"""A node that has not answered, as it is shown: its hamlets, when it was last heard, whom to call."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from controller.locale import N_, sentence
from controller.operations.calling import Contact, Head
from controller.web.formats import ago, natural


@dataclass(frozen=True)
class CallView:
    """A person to call; `number` as a telephone takes it, "" where it is not known."""

    who: str
    phone: str
    number: str


@dataclass(frozen=True)
class ContactView:
    """A node by the hamlets that hear it."""

    place: str
    node: str
    heard: str
    call: tuple[CallView, ...]


def contact_view(contact: Contact, now: datetime, language: str) -> ContactView:
    """A node in words."""
    place = ", ".join(contact.hamlets) or contact.name
    return ContactView(place, contact.name, _heard(contact, now, language), tuple(map(call_view, contact.heads)))


def contact_views(contacts: Iterable[Contact], now: datetime, language: str) -> tuple[ContactView, ...]:
    """Nodes in words, in the order in which people name their places."""
    views = [contact_view(each, now, language) for each in contacts]
    return tuple(sorted(views, key=lambda view: (natural(view.place), natural(view.node))))


def _heard(contact: Contact, now: datetime, language: str) -> str:
    if contact.heard_at is None:
        return sentence(language, N_("Nothing was ever heard of it."))
    since = ago((now - contact.heard_at).total_seconds(), language)
    return sentence(language, N_("Last heard: {ago}"), {"ago": since})


def call_view(head: Head) -> CallView:
    """A person to call, in words."""
    who = " ".join(part for part in (head.title, head.name) if part)
    number = "".join(letter for letter in head.phone if letter.isdigit() or letter == "+")
    return CallView(who[:1].upper() + who[1:], head.phone, number)
