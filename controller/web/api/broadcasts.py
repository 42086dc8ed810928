"""Broadcasts and their versions: draft, submit, approve, return, withdraw."""

from __future__ import annotations

from fastapi import APIRouter

from controller.domain.values import AreaId, BroadcastId, ProgrammeId
from controller.operations import approving, broadcasts, reading
from controller.web.api.decisions import NewBroadcast, NextVersion
from controller.web.api.fields import Answer, Body, Hash, IdPath, Lines, Made, VersionPath
from controller.web.identity import WebPort, Writer

router = APIRouter(tags=["broadcasts"])


class Numbered(Answer):
    """The number of a version that was made."""

    number: int


class Approval(Body):
    """The digest of the version as the approver saw it."""

    digest: Hash


class Reason(Body):
    """Why."""

    why: Lines = ""


@router.post("/broadcasts", status_code=201)
def create_broadcast(body: NewBroadcast, actor: Writer, web: WebPort) -> Made:
    """A broadcast with its first draft."""
    content = body.content(reading.tree(web.office, actor))
    made = broadcasts.create_broadcast(
        web.office, actor, AreaId(body.area), ProgrammeId(body.programme), body.scope_value(), content
    )
    return Made(id=made)


@router.post("/broadcasts/{broadcast}/versions", status_code=201)
def revise_broadcast(broadcast: IdPath, body: NextVersion, actor: Writer, web: WebPort) -> Numbered:
    """A new draft on top of the newest version."""
    content = body.content(reading.tree(web.office, actor))
    number = broadcasts.revise_broadcast(
        web.office, actor, BroadcastId(broadcast), body.base, body.scope_value(), content
    )
    return Numbered(number=number)


@router.post("/broadcasts/{broadcast}/versions/{number}/submit", status_code=204)
def submit_version(broadcast: IdPath, number: VersionPath, actor: Writer, web: WebPort) -> None:
    """The newest version asks for approval."""
    broadcasts.submit_version(web.office, actor, BroadcastId(broadcast), number)


@router.post("/broadcasts/{broadcast}/versions/{number}/approve", status_code=204)
def approve_version(broadcast: IdPath, number: VersionPath, body: Approval, actor: Writer, web: WebPort) -> None:
    """The version that the approver saw is to be aired."""
    approving.approve_version(web.office, actor, BroadcastId(broadcast), number, body.digest)


@router.post("/broadcasts/{broadcast}/versions/{number}/return", status_code=204)
def return_version(broadcast: IdPath, number: VersionPath, body: Reason, actor: Writer, web: WebPort) -> None:
    """The version goes back to its author, with a reason."""
    approving.return_version(web.office, actor, BroadcastId(broadcast), number, body.why)


@router.post("/broadcasts/{broadcast}/withdraw", status_code=204)
def withdraw_broadcast(broadcast: IdPath, body: Reason, actor: Writer, web: WebPort) -> None:
    """The broadcast as a whole is taken back."""
    broadcasts.withdraw_broadcast(web.office, actor, BroadcastId(broadcast), body.why)
