"""The pages of the nodes: the list with trouble first, one node, its journal; what is asked of it and seen to."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from controller.domain.values import NodeId
from controller.locale import N_, sentence
from controller.operations import asking, faults, field, journal
from controller.operations.asking import Action
from controller.operations.errors import OperationError
from controller.operations.signing_in import SignedIn
from controller.web.api.fields import Body, IdPath, IdQuery, Line
from controller.web.identity import WebPort, address_of
from controller.web.language import language_of
from controller.web.pages.contact_view import contact_view
from controller.web.pages.eye import Eye
from controller.web.pages.forms import Author, Given, Signed, Writing, again, given_of
from controller.web.pages.frame import Frame, frame_of
from controller.web.pages.journal_view import journal_view
from controller.web.pages.loudspeaker_view import one_view
from controller.web.pages.loudspeakers_view import list_view
from controller.web.pages.rendering import after, page
from controller.web.ports import Web

router = APIRouter(include_in_schema=False)

_DONE = {
    "asked": N_("It was asked; the answer stands below in some seconds."),
    "seen": N_("It is noted that you see to it."),
}


class Ask(Body):
    """A press on what can be asked."""

    action: Action


class Seen(Body):
    """That somebody sees to a fault."""

    fault: Line
    note: Line = ""


@router.get("/loudspeakers")
def loudspeakers(
    request: Request, who: Signed, web: WebPort, q: Annotated[str, Query(max_length=200)] = "", show: str = ""
) -> Response:
    """All nodes, trouble first."""
    found = field.loudspeakers(web.office, who.actor(address_of(request)))
    frame = frame_of(request, web, who)
    view = list_view(found, _eye(request, web, frame), q, show == "trouble")
    return page(request, "loudspeakers.html", frame=frame, view=view, q=q, only=show == "trouble")


@router.get("/loudspeakers/{node}")
def loudspeaker(node: IdPath, request: Request, who: Signed, web: WebPort, done: str = "") -> Response:
    """One node."""
    return _one(request, web, who, node, given_of(request), done=done)


@router.get("/loudspeakers/{node}/journal")
def told(
    node: IdPath, request: Request, who: Signed, web: WebPort, stream: IdQuery = None,
    before: Annotated[int | None, Query(ge=1, le=2**53)] = None,
) -> Response:  # fmt: skip
    """Its journal, a page at a time."""
    actor = who.actor(address_of(request))
    found = journal.journal(web.office, actor, NodeId(node), stream, before)
    one, frame = field.loudspeaker(web.office, actor, NodeId(node)), frame_of(request, web, who)
    view = journal_view(found, _eye(request, web, frame))
    return page(request, "loudspeaker_journal.html", frame=frame, view=view, line=one.line)


@router.post("/loudspeakers/{node}/requests")
def ask(node: IdPath, request: Request, writing: Author, web: WebPort) -> Response:
    """Asks something of it."""
    try:
        asking.ask_node(web.office, writing.actor, NodeId(node), writing.read(Ask).action)
    except OperationError as error:
        return _again(request, web, writing, node, error)
    return after(f"/loudspeakers/{node}", "asked")


@router.post("/loudspeakers/{node}/faults")
def see(node: IdPath, request: Request, writing: Author, web: WebPort) -> Response:
    """Somebody sees to a fault."""
    try:
        said = writing.read(Seen)
        faults.acknowledge_fault(web.office, writing.actor, said.fault, said.note)
    except OperationError as error:
        return _again(request, web, writing, node, error)
    return after(f"/loudspeakers/{node}", "seen")


def _again(request: Request, web: Web, writing: Writing, node: str, error: OperationError) -> Response:
    return again(request, writing, error, lambda given, status: _one(request, web, writing.who, node, given, status))


def _one(
    request: Request, web: Web, who: SignedIn, node: str, given: Given, status: int = 200, done: str = ""
) -> Response:
    actor = who.actor(address_of(request))
    found = field.loudspeaker(web.office, actor, NodeId(node))
    frame = frame_of(request, web, who)
    eye = _eye(request, web, frame)
    return page(
        request, "loudspeaker.html", status, frame=frame, given=given, view=one_view(found, eye),
        contact=contact_view(found.contact, eye.now, eye.language), area=found.area,
        done=sentence(language_of(request), _DONE[done]) if done in _DONE else "",
    )  # fmt: skip


def _eye(request: Request, web: Web, frame: Frame) -> Eye:
    return Eye(web.office.clock(), frame.zone, language_of(request), lambda node, occurrence: ())
