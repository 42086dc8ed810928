"""Who raises or ends an alarm: somebody who is signed in, or who gives their PIN on a device that knows them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request

from controller.domain.problems import Problem
from controller.locale import N_
from controller.operations import pins
from controller.operations.errors import Invalid
from controller.web.identity import Visitor, WebPort, visit_of
from controller.web.pages.forms import Fields, SignInFirst, Writing, author
from controller.web.ports import Web

BY_HAND = ("hold", "slide")


@dataclass(frozen=True)
class Pressing:
    """A form that asks for an alarm. `signed`: its author is signed in here; else the PIN has let them in."""

    writing: Writing
    signed: bool

    def pinned(self, web: Web) -> bool:
        """Whether the PIN was given; a hand that held or slid needs none. Raises Invalid, NotAllowed, TooOften."""
        typed = self.writing.typed
        if not self.signed:
            return True
        if typed.get("by") in BY_HAND:
            return False
        if not typed.get("pin"):
            raise Invalid(Problem("pin", "pin_wanted", N_("Give your PIN, or hold or slide the button.")))
        pins.require(web.office, self.writing.actor, typed["pin"][:20])
        return True


def pressing(request: Request, who: Visitor, typed: Fields, web: WebPort) -> Pressing:
    """Who presses. Raises SignInFirst for nobody without a PIN, NotSignedIn for a wrong one."""
    if who is not None:
        return Pressing(author(request, who, typed), True)
    name, pin = typed.get("username", "")[:200], typed.get("pin", "")[:20]
    if not name or not pin:
        raise SignInFirst(typed)
    entered = pins.enter(web.office, name, pin, visit_of(request, remember=False))
    return Pressing(author(request, entered, typed), False)


Presser = Annotated[Pressing, Depends(pressing)]
