"""Routes × roles × own, touching and foreign: made of the route table and the one table of rights, asked for real."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from fastapi.routing import iter_route_contexts
from httpx import Response

from controller.domain.values import Role
from controller.operations.acting import OPERATIONS
from controller.operations.rights import RIGHTS, Right
from tests.support.desk import tone
from tests.support.two_communes import (
    FOREIGN,
    NO_ROLE,
    NOBODY,
    NOTHING,
    OWN,
    STAFF,
    TOUCHING,
    Objects,
    Scene,
    two_communes,
)
from tests.support.ways import OPEN, WAYS, Way

pytestmark = pytest.mark.timeout(300)


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    """Two communes for all; what an act changed is put back."""
    with two_communes(tmp_path_factory.mktemp("matrix")) as made:
        tone(made.database.with_name("tone.mp3"), 1.0)
        yield made


def right_of(way: Way) -> Right:
    return OPERATIONS[way.asks]


def holds(way: Way, who: str) -> bool:
    """What the one table of rights says."""
    right = right_of(way)
    return right is Right.OWN_ACCOUNT or (who != NO_ROLE and Role(who) in RIGHTS[right])


def expected(way: Way, who: str, place: str) -> set[str]:
    """`done`, `refused` (they may see it, but not do it) or `unknown` (it does not exist for them)."""
    if place == OWN:
        done = {"done"} if holds(way, who) else {"refused"}
        return done if who != NO_ROLE or holds(way, who) else {"refused", "unknown"}
    if place == TOUCHING and who != NO_ROLE and (way.quiets or right_of(way) is Right.READ):
        return {"done"} if holds(way, who) else {"refused"}
    return {"unknown"} if holds(way, who) else {"refused", "unknown"}


def ask(scene: Scene, way: Way, who: str, place: str, said: Objects | None = None) -> Response:
    """The request in somebody's name, about what lies in a place."""
    objects = scene.of(place, who if who != NOBODY else NO_ROLE)
    headers = {"Authorization": f"Bearer {scene.desk.tokens[who]}"} if who != NOBODY else {}
    options: dict[str, Any] = {"headers": headers}
    if way.body is not None:
        options["json"] = said if said is not None else dict(way.body(objects))
    if way.form is not None:
        options["data"] = said if said is not None else dict(way.form(objects))
    if way.upload:
        options["files"] = {"file": ("tin.mp3", scene.database.with_name("tone.mp3").read_bytes())}
    answer = scene.desk.client.request(way.method, way.path(objects), **options)
    if answer.status_code < 400 and way.method != "GET":
        scene.restore()
    return answer


def outcome(answer: Response) -> str:
    return {403: "refused", 404: "unknown"}.get(
        answer.status_code, "done" if answer.status_code < 400 else f"{answer.status_code} {answer.text[:300]}"
    )


def test_every_route_stands_in_the_table_and_every_operation_behind_one(scene: Scene) -> None:
    contexts = list(iter_route_contexts(scene.desk.app.routes))
    routes = {
        f"{method} {each.path}"
        for each in contexts
        for method in (each.methods or ())
        if method not in ("HEAD", "OPTIONS")
    }
    assert len(contexts) > 70
    known = {way.route for way in WAYS}
    assert len(known) == len(WAYS)
    assert routes == known | OPEN
    asked = {way.asks for way in WAYS} | {"auditing.persons", "library.may_upload", "reading.node"}
    assert {name for name in OPERATIONS if not name.startswith("test_")} == asked


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.route)
def test_each_role_does_what_the_table_of_rights_says_and_nothing_else(way: Way, scene: Scene) -> None:
    wrong = {}
    for who in STAFF:
        for place in way.places:
            found = outcome(ask(scene, way, who, place))
            if found not in expected(way, who, place):
                wrong[who, place] = (found, expected(way, who, place))
    assert wrong == {}


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.route)
def test_nobody_signs_in_first(way: Way, scene: Scene) -> None:
    answer = ask(scene, way, NOBODY, OWN)
    page_read = way.method == "GET" and not way.route.startswith("GET /api/")
    assert answer.status_code == (303 if page_read else 401)
    assert not page_read or answer.headers["location"].startswith("/sign-in")


@pytest.mark.parametrize("way", [way for way in WAYS if FOREIGN in way.places], ids=lambda way: way.route)
def test_what_is_foreign_is_answered_like_what_does_not_exist(way: Way, scene: Scene) -> None:
    for who in STAFF:
        foreign, nothing = (ask(scene, way, who, place) for place in (FOREIGN, NOTHING))
        assert foreign.status_code == nothing.status_code, who
        assert without_ids(foreign, scene.of(FOREIGN, who)) == without_ids(nothing, scene.of(NOTHING, who)), who


@pytest.mark.parametrize("way", [way for way in WAYS if way.body or way.form], ids=lambda way: way.route)
def test_the_id_of_another_commune_in_any_field_is_answered_like_none(way: Way, scene: Scene) -> None:
    who = next(each for each in STAFF if holds(way, each))
    make = way.body or way.form
    assert make is not None
    own, foreign, nothing = (scene.of(place, who) for place in (OWN, FOREIGN, NOTHING))
    good = make(own)
    for kind, id_ in own.items():
        if id_ not in str(good):
            continue
        one, two = (ask(scene, way, who, OWN, swapped(good, id_, other[kind])) for other in (foreign, nothing))
        assert one.status_code == two.status_code, (kind, one.text, two.text)
        assert 400 <= one.status_code < 500 or (way.tells and one.json()["problems"]), (kind, one.text)
        assert without_ids(one, foreign) == without_ids(two, nothing), kind


@pytest.mark.parametrize("way", [way for way in WAYS if way.method == "GET"], ids=lambda way: way.route)
def test_no_answer_names_anything_of_another_commune(way: Way, scene: Scene) -> None:
    foreign = set(scene.objects[FOREIGN].values()) - {scene.objects[TOUCHING][kind] for kind in ("commune", "approver")}
    for who in STAFF:
        text = ask(scene, way, who, OWN).text
        assert not [each for each in foreign if each in text], who
        assert "Thôn foreign" not in text, who


def swapped(said: Any, old: str, new: str) -> Any:
    """The same body with another id in the place of one."""
    if isinstance(said, dict):
        return {name: swapped(value, old, new) for name, value in said.items()}
    if isinstance(said, list):
        return [swapped(value, old, new) for value in said]
    return new if said == old else said


def without_ids(answer: Response, objects: Objects) -> str:
    """What an answer says, apart from what was asked for and what a page draws anew each time."""
    text = answer.text
    for id_ in sorted(set(objects.values()), key=len, reverse=True):
        text = text.replace(id_, "…")
    if "html" not in answer.headers.get("content-type", ""):
        return text
    main = text.partition('<main id="main">')[2].partition("</main>")[0]
    return "\n".join(line for line in main.splitlines() if 'name="once"' not in line)
