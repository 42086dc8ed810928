"""Golden documents: what was once signed is read for ever, and the schemas change only with a version."""

import pytest

from playlists import wire
from playlists.inspect import inspect
from playlists.models import Value
from tests.contract.examples import EXAMPLES, FACTS
from tests.contract.golden import FOLDER, KEY_FILE, UNSIGNED, missing, models, schema

KEY = wire.load_private(KEY_FILE.read_text())
SIGNED = sorted(EXAMPLES.keys() - UNSIGNED)


def decode(payload: bytes, name: str) -> Value:
    if name in UNSIGNED:
        return wire.decode_connection(payload)
    if name == "upload":
        return wire.decode_upload(payload)
    return wire.decode_document(payload) if name in wire.DOCUMENTS else wire.decode_report(payload)


def test_every_document_and_report_has_its_golden_files() -> None:
    assert missing() == {}


@pytest.mark.parametrize("name", sorted(models()))
def test_the_schema_is_the_one_that_was_released(name: str) -> None:
    assert schema(models()[name]) == (FOLDER / f"{name}.schema.json").read_text()


@pytest.mark.parametrize("name", sorted(EXAMPLES))
def test_the_golden_payload_is_read_as_the_value_and_written_as_the_same_bytes(name: str) -> None:
    golden = (FOLDER / f"{name}.json").read_bytes()
    assert decode(golden, name) == EXAMPLES[name]
    assert wire.dump(EXAMPLES[name]) == golden


@pytest.mark.parametrize("name", SIGNED)
def test_the_golden_signature_still_verifies(name: str) -> None:
    signed = (FOLDER / f"{name}.jws").read_bytes()
    opened = wire.open_signed(signed, lambda kid: KEY if kid == KEY.kid else None, wire.PLAN_LIMIT)
    assert decode(opened.payload, name) == EXAMPLES[name]


@pytest.mark.parametrize("name", SIGNED)
def test_inspect_prints_it_and_says_that_it_verifies(name: str) -> None:
    seen = inspect((FOLDER / f"{name}.jws").read_bytes(), lambda kid: KEY if kid == KEY.kid else None)
    assert seen.verified
    assert f'"kind": "{name}"' in seen.text


def test_every_fact_comes_back_from_its_exact_text() -> None:
    batch = EXAMPLES["events"]
    texts = batch.events  # type: ignore[attr-defined]
    events = [wire.decode_event(text) for text in texts]
    assert tuple(event.fact for event in events) == FACTS
    assert [wire.encode_event(event) for event in events] == list(texts)
