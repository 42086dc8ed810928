"""No request that the office's own schema describes, or nearly describes, makes it fail, whoever asks.

LOA_EXAMPLES: how many requests for each route and role; few of them, so that the whole is over in a minute.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from hypothesis.errors import Unsatisfiable
from schemathesis import APIOperation, Case
from schemathesis.core.result import Ok
from schemathesis.generation import GenerationMode

from controller.domain.values import Role
from tests.support.two_communes import OWN, Objects, Scene, two_communes

EXAMPLES = int(os.environ.get("LOA_EXAMPLES", "4"))
ROLES = (Role.EDITOR, Role.ADMINISTRATOR)
NAMED = {
    "owner": "commune", "parent": "commune", "home": "area", "hamlet": "area", "hamlets": "area", "areas": "area",
    "zones": "zone", "sha256": "asset", "broadcast": "approved",
}  # fmt: skip
"""Under which kind a field's object is known, where the field is not named by it."""

pytestmark = pytest.mark.timeout(60 + 20 * EXAMPLES)


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    """Two communes with something of everything; what a route changed is put back before the next."""
    with two_communes(tmp_path_factory.mktemp("fuzzed")) as made:
        yield made


@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE], ids=["as told", "nearly"])
@pytest.mark.parametrize("role", ROLES)
def test_every_route_answers_whatever_its_schema_gives_rise_to(role: Role, mode: GenerationMode, scene: Scene) -> None:
    schema = schemathesis.openapi.from_url(f"{scene.desk.origin}/api/v1/openapi.json")
    operations = [each.ok() for each in schema.get_all_operations() if isinstance(each, Ok)]
    assert len(operations) > 60
    with requests.Session() as session:
        session.trust_env = False
        session.headers["Authorization"] = f"Bearer {scene.desk.tokens[role.value]}"
        failed = [complaint for each in operations for complaint in _asked(each, mode, session, scene)]
    assert not failed, "\n".join(failed)


def _asked(
    operation: APIOperation[Any, Any, Any, Any], mode: GenerationMode, session: requests.Session, scene: Scene
) -> Iterator[str]:
    """What is wrong with the answers of one route."""

    @settings(
        max_examples=EXAMPLES,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
        database=None,
    )
    @given(case=operation.as_strategy(generation_mode=mode), data=st.data())
    def ask(case: Case[Any], data: st.DataObject) -> None:
        _with_real_ids(case, scene.objects[OWN], data)
        answer = case.call(session=session)
        said = f"{answer.status_code} {answer.content[:300]!r}"
        assert answer.status_code < 500, said
        if answer.status_code >= 400:
            assert answer.headers["content-type"] == ["application/problem+json"], said

    try:
        ask()
    except Unsatisfiable:
        # With nothing that could be said wrongly there is nothing to ask.
        return
    except AssertionError as failure:
        yield f"{operation.label}: {failure}"
    finally:
        scene.restore()


def _with_real_ids(case: Case[Any], objects: Objects, data: st.DataObject) -> None:
    """Mostly what stands in the commune, so that a request comes further than to *no such thing*."""
    known: bool = data.draw(st.booleans())
    if case.path_parameters and known:
        case.path_parameters = {key: _known(key, value, objects) for key, value in case.path_parameters.items()}
    if isinstance(case.body, dict) and known:
        case.body = _filled(case.body, objects)


def _filled(value: Any, objects: Objects, key: str = "") -> Any:
    if isinstance(value, dict):
        return {name: _filled(each, objects, name) for name, each in value.items()}
    if isinstance(value, list):
        return [_filled(each, objects, key) for each in value]
    return _known(key, value, objects) if isinstance(value, str) else value


def _known(key: str, value: Any, objects: Objects) -> Any:
    return objects.get(NAMED.get(key, key), value)
