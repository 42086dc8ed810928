"""Nodes as they stand, faults acknowledged, nodes asked, and what they bring."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request
from pydantic import Field, StringConstraints
from starlette.responses import Response

from controller.domain.values import NodeId
from controller.operations import asking, faults, field, journal
from controller.operations.asking import LONGEST_ARGUMENT, MOST_ARGUMENTS, Action
from controller.web.api.answers.field import FieldAnswer, JournalAnswer, PageAnswer
from controller.web.api.fields import Body, IdPath, IdQuery, Line, Made
from controller.web.files import download
from controller.web.identity import Reader, WebPort, Writer
from controller.web.language import language_of

router = APIRouter(tags=["field"])

Argument = Annotated[Line, StringConstraints(max_length=LONGEST_ARGUMENT)]


class Asked(Body):
    """What a node is asked: test_tone, self_test, upload_log, restart."""

    action: Action
    arguments: Annotated[dict[Argument, Argument], Field(max_length=MOST_ARGUMENTS)] = Field(default_factory=dict)


class Seen(Body):
    """A word of who sees to a fault."""

    note: Line = ""


@router.get("/field")
def loudspeakers(request: Request, actor: Reader, web: WebPort) -> FieldAnswer:
    """The nodes of one's branches, trouble first, each with the sentence that a technician needs."""
    return FieldAnswer.of(field.loudspeakers(web.office, actor), language_of(request))


@router.get("/nodes/{node}")
def loudspeaker(node: IdPath, request: Request, actor: Reader, web: WebPort) -> PageAnswer:
    """All that is known of one node."""
    return PageAnswer.of(field.loudspeaker(web.office, actor, NodeId(node)), language_of(request))


@router.get("/nodes/{node}/journal")
def told(
    node: IdPath,
    actor: Reader,
    web: WebPort,
    stream: IdQuery = None,
    before: Annotated[int | None, Query(ge=1, le=2**53)] = None,
) -> JournalAnswer:
    """The journal as the node told it, a page at a time, the newest first."""
    return JournalAnswer.of(journal.journal(web.office, actor, NodeId(node), stream, before))


@router.post("/nodes/{node}/requests", status_code=201)
def ask(node: IdPath, body: Asked, actor: Writer, web: WebPort) -> Made:
    """Asks a node that is connected to do something once; what comes of it stands with the node."""
    return Made(id=asking.ask_node(web.office, actor, NodeId(node), body.action, body.arguments))


@router.get("/requests/{request_id}/file")
def brought(request_id: IdPath, actor: Reader, web: WebPort) -> Response:
    """The file that a node brought for a Request."""
    found = asking.brought(web.office, actor, request_id)
    return download(web.uploads / found.sha256, found.name)


@router.post("/faults/{fault}/acknowledge", status_code=204)
def acknowledge(fault: IdPath, body: Seen, actor: Writer, web: WebPort) -> None:
    """Somebody has seen it and sees to it; it ends by facts alone."""
    faults.acknowledge_fault(web.office, actor, fault, body.note)
