"""Approval: what waits for whom, one version to be heard, read and decided, and what is approved beforehand."""

from __future__ import annotations

from collections.abc import Mapping

from fastapi import APIRouter, Request
from starlette.responses import Response

from controller.domain.carrying import StandingId
from controller.domain.values import AreaId, BroadcastId, PersonId, Sha256
from controller.locale import N_, sentence
from controller.operations import approving, reviewing, standing
from controller.operations.errors import OperationError
from controller.operations.rights import Right
from controller.operations.signing_in import SignedIn
from controller.web.api.approvals import PaperApproval, StandingWish
from controller.web.api.fields import Body, Hash, IdPath, Lines, Version
from controller.web.formats import natural
from controller.web.identity import WebPort, address_of
from controller.web.language import language_of
from controller.web.pages.approvals_view import asked_row, paper_row, review_view, standing_row, waiting_row
from controller.web.pages.deciding_typed import finds, number_of
from controller.web.pages.forms import Author, Given, Signed, Writing, again, given_of
from controller.web.pages.frame import frame_around, holds
from controller.web.pages.rendering import after, page
from controller.web.ports import Web

router = APIRouter(include_in_schema=False)

OFFERED = 30
"""How much audio the form offers at once."""
_DONE = {
    "approved": N_("Approved: it will be heard as decided."),
    "returned": N_("Returned to its author with your reason."),
    "recorded": N_("Recorded. The approver sees it on their page."),
    "seen": N_("Thank you. It is noted that you have seen it."),
    "granted": N_("Approved beforehand."),
    "revoked": N_("Revoked: what rested on it is not planned any more."),
}


class Decided(Body):
    """The version that the approver was shown, and why it is returned if it is."""

    number: Version
    digest: Hash
    why: Lines = ""


class Paper(PaperApproval):
    """The version that was shown, who approved it on paper, and which paper it is."""

    number: Version


class Seen(Body):
    """The version whose paper was seen."""

    number: Version


@router.get("/approvals")
def approvals_page(request: Request, who: Signed, web: WebPort, done: str = "") -> Response:
    """What waits for the person, and what those who write are waiting for."""
    found = reviewing.lists(web.office, who.actor(address_of(request)))
    frame, language, now = frame_around(request, web, who, found.around), language_of(request), web.office.clock()
    return page(
        request, "approvals.html", frame=frame,
        waiting=[waiting_row(each, now, frame.zone, language) for each in found.waiting],
        asked=[asked_row(each, now, frame.zone, language) for each in found.asked],
        papers=[paper_row(each, frame.zone, language) for each in found.papers],
        ending=[standing_row(each) for each in found.ending],
        approves=holds(who.grants, Right.APPROVE), writes=holds(who.grants, Right.SUBMIT), done=_said(request, done),
    )  # fmt: skip


@router.get("/approvals/{broadcast}")
def approval_page(broadcast: IdPath, request: Request, who: Signed, web: WebPort, done: str = "") -> Response:
    """One version: hear, read, where, when, what has changed; approve or return it."""
    return _approval(request, web, who, broadcast, given_of(request), done=done)


@router.post("/approvals/{broadcast}/approve")
def approve(broadcast: IdPath, request: Request, writing: Author, web: WebPort) -> Response:
    """The version that was shown is to be heard."""
    try:
        said = writing.read(Decided)
        approving.approve_version(web.office, writing.actor, BroadcastId(broadcast), said.number, said.digest)
    except OperationError as error:
        return _again(request, web, writing, broadcast, error)
    return after("/approvals", "approved")


@router.post("/approvals/{broadcast}/return")
def give_back(broadcast: IdPath, request: Request, writing: Author, web: WebPort) -> Response:
    """The version that was shown goes back to its author, with a reason."""
    try:
        said = writing.read(Decided)
        approving.return_version(web.office, writing.actor, BroadcastId(broadcast), said.number, said.why, said.digest)
    except OperationError as error:
        return _again(request, web, writing, broadcast, error)
    return after("/approvals", "returned")


@router.post("/approvals/{broadcast}/paper")
def record_paper(broadcast: IdPath, request: Request, writing: Author, web: WebPort) -> Response:
    """Somebody approved it on paper."""
    try:
        said = writing.read(Paper)
        approving.approve_on_paper(
            web.office, writing.actor, BroadcastId(broadcast), said.number, said.digest, PersonId(said.approver),
            said.note,
        )  # fmt: skip
    except OperationError as error:
        return _again(request, web, writing, broadcast, error)
    return after(f"/approvals/{broadcast}", "recorded")


@router.post("/approvals/{broadcast}/seen")
def see_paper(broadcast: IdPath, request: Request, writing: Author, web: WebPort) -> Response:
    """The approver saw what was recorded in their name."""
    try:
        approving.see_paper(web.office, writing.actor, BroadcastId(broadcast), writing.read(Seen).number)
    except OperationError as error:
        return _again(request, web, writing, broadcast, error)
    return after("/approvals", "seen")


@router.get("/standing")
def standing_page(request: Request, who: Signed, web: WebPort, done: str = "", q: str = "") -> Response:
    """What is approved beforehand, and to which day; `q`: the audio that is looked for."""
    return _standing(request, web, who, given_of(request), done=done, q=q[:100])


@router.post("/standing")
def grant(request: Request, writing: Author, web: WebPort) -> Response:
    """An asset may be aired in an area up to a day."""
    try:
        wish = writing.read(StandingWish)
        standing.grant_standing(web.office, writing.actor, AreaId(wish.area), Sha256(wish.asset), wish.until)
    except OperationError as error:
        return _standing_again(request, web, writing, error)
    return after("/standing", "granted")


@router.post("/standing/{standing_approval}/revoke")
def revoke(standing_approval: IdPath, request: Request, writing: Author, web: WebPort) -> Response:
    """It counts no longer."""
    try:
        standing.revoke_standing(web.office, writing.actor, StandingId(standing_approval))
    except OperationError as error:
        return _standing_again(request, web, writing, error)
    return after("/standing", "revoked")


def _approval(
    request: Request, web: Web, who: SignedIn, broadcast: str, given: Given, status: int = 200, done: str = ""
) -> Response:
    seen = reviewing.review(web.office, who.actor(address_of(request)), BroadcastId(broadcast))
    frame = frame_around(request, web, who, seen.around)
    link = f"/approvals/{broadcast}"
    view = review_view(seen, web.office.clock(), frame.zone, language_of(request), web.address + link)
    return page(
        request, "approval.html", status, frame=frame, given=given, one=view, link=link, done=_said(request, done),
        newer=_newer(given, view["number"]),
    )  # fmt: skip


def _newer(given: Given, number: int) -> bool:
    """Whether the form was of a version that is no longer the newest."""
    shown = number_of(given.value("number"))
    return shown is not None and shown < number


def _again(request: Request, web: Web, writing: Writing, broadcast: str, error: OperationError) -> Response:
    return again(
        request, writing, error,
        lambda given, status: _approval(request, web, writing.who, broadcast, given, status),
    )  # fmt: skip


def _standing(
    request: Request, web: Web, who: SignedIn, given: Given, status: int = 200, done: str = "", q: str = ""
) -> Response:
    found = reviewing.shelf(web.office, who.actor(address_of(request)))
    sounds = _offered({each.asset.sha256: each.entry.title for each in found.audio}, q, given.value("asset"))
    return page(
        request, "standing.html", status, frame=frame_around(request, web, who, found.around), given=given,
        rows=[standing_row(each) for each in found.standing],
        areas=[(area.id, area.name) for area in sorted(found.areas, key=lambda area: natural(area.name))],
        sounds=sounds[:OFFERED], more=len(sounds) - OFFERED, any=bool(found.audio), q=q, done=_said(request, done),
    )  # fmt: skip


def _offered(titles: Mapping[str, str], q: str, chosen: str) -> list[tuple[str, str]]:
    """The newest audio, or what is looked for; what was chosen before the first of them."""
    found = [(sha256, title) for sha256, title in titles.items() if sha256 != chosen and finds(q, title)]
    return [(chosen, titles[chosen]), *found] if chosen in titles else found


def _standing_again(request: Request, web: Web, writing: Writing, error: OperationError) -> Response:
    return again(request, writing, error, lambda given, status: _standing(request, web, writing.who, given, status))


def _said(request: Request, done: str) -> str:
    return sentence(language_of(request), _DONE.get(done, ""))
