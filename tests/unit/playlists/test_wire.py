"""Bytes to values: what is taken, and the reason for each refusal."""

import base64
import contextlib
import json
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from joserfc import jws

from playlists import wire
from playlists.book import Clip, MessageBook, Part, PreparedMessage
from playlists.models import (
    AlertSheet,
    Asset,
    AssetItem,
    Interval,
    Kind,
    Number,
    Plan,
    PlannedBroadcast,
    PlannedVersion,
    Row,
    Welcome,
)
from playlists.reports import Refusal, Upload

KEY, OTHER = wire.new_key("k1"), wire.new_key("k1")
SHEET = AlertSheet(to="commune", issuer="office", number=Number(epoch=1, sequence=5), issued_at=5)


def keys(kid: str) -> object:
    return KEY if kid == "k1" else None


def refusal(data: bytes, limit: int = wire.SHEET_LIMIT) -> Refusal:
    with pytest.raises(wire.WireError) as told:
        wire.decode_document(wire.open_signed(data, keys, limit).payload)  # type: ignore[arg-type]
    return told.value.reason


def signed(payload: bytes) -> bytes:
    return wire.sign_payload(payload, KEY)


def test_a_message_book_comes_back_from_its_file_and_nothing_else_does() -> None:
    message = PreparedMessage(name="flood", kind=Kind.ALARM, parts=(Part(name="rising"),))
    clip = Clip(name="rising", language="vi", sha256="a" * 64, bytes=100, frames=48_000)
    book = MessageBook(messages=(message,), clips=(clip,))
    assert wire.decode_book(wire.dump(book)) == book
    for data in (b"", b"audio", b'{"kind":"plan"}', wire.dump(book)[:-3]):
        with pytest.raises(wire.WireError):
            wire.decode_book(data)


def test_a_signed_document_comes_back_as_the_same_value() -> None:
    opened = wire.open_signed(wire.sign(SHEET, KEY), keys, wire.SHEET_LIMIT)  # type: ignore[arg-type]
    assert wire.decode_document(opened.payload) == SHEET


def test_what_a_node_brings_is_named_by_its_signature() -> None:
    said = Upload(node="n1", sha256="a" * 64, bytes=10, what="log", request="r1")
    opened = wire.open_signed(wire.sign(said, KEY), keys, wire.MESSAGE_LIMIT)  # type: ignore[arg-type]
    assert wire.decode_upload(opened.payload) == said
    with pytest.raises(wire.WireError):
        wire.decode_upload(wire.dump(SHEET))


def test_unknown_fields_are_ignored() -> None:
    payload = json.dumps({**json.loads(wire.dump(SHEET)), "colour": "red"}).encode()
    assert wire.decode_document(payload) == SHEET


def test_an_unknown_item_decodes_as_unknown() -> None:
    entry = {"broadcast": "b", "kind": "play_now", "priority": 2, "starts_at": 1, "start_by": 2, "ends_at": 3,
             "items": [{"kind": "hologram", "colour": "red"}]}  # fmt: skip
    payload = json.dumps({**json.loads(wire.dump(SHEET)), "occurrences": [entry]}).encode()
    document = wire.decode_document(payload)
    assert isinstance(document, AlertSheet)
    assert document.occurrences[0].items[0].kind == "hologram"


def test_too_many_bytes_are_refused_before_they_are_read() -> None:
    assert refusal(b"x" * 4097) is Refusal.TOO_BIG


def test_an_inflating_bomb_is_refused_without_being_inflated() -> None:
    assert refusal(signed(b"0" * 60_000_000), 10**6) is Refusal.TOO_BIG


@pytest.mark.parametrize("data", [b"", b"a.b.c", b"\xff\xfe", b"{}", b"..", b"a" * 100])
def test_what_has_not_the_form_is_malformed(data: bytes) -> None:
    assert refusal(data) is Refusal.MALFORMED


HEADERS = [
    '["alg"]', '"alg"', "null", "1", "{}", '[["alg","Ed25519"],["kid","k1"]]', '{"alg":["Ed25519"],"kid":"k1"}',
    '{"alg":"none","kid":"k1"}', '{"alg":"Ed25519","kid":{"a":1}}', '{"alg":"Ed25519","kid":"\\ud800"}',
    '{"alg":"Ed25519","kid":"k1\\u0000"}', '{"alg":"Ed25519","kid":"\\n"}', '{"alg":"Ed25519","kid":"k1","crit":1}',
    "[" * 380,
]  # fmt: skip


def _with_header(header: bytes) -> bytes:
    return b".".join(base64.urlsafe_b64encode(part).rstrip(b"=") for part in (header, b"{}", b"x" * 64))


@pytest.mark.parametrize("header", HEADERS)
def test_any_json_for_a_header_is_refused_in_printable_words(header: str) -> None:
    with pytest.raises(wire.WireError) as told:
        wire.open_signed(_with_header(header.encode()), lambda _: KEY, wire.SHEET_LIMIT)
    assert told.value.reason in (Refusal.MALFORMED, Refusal.BAD_SIGNATURE)
    assert told.value.detail.isprintable()


_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters()),
    lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(["alg", "kid", "b64", "crit", "typ"]), inner),
    max_leaves=6,
)


@given(_json, st.binary(max_size=40))
def test_nothing_that_has_the_form_raises_anything_but_a_wire_error(header: object, tail: bytes) -> None:
    for data in (_with_header(json.dumps(header).encode()), json.dumps(header).encode() + b".e30." + tail):
        with contextlib.suppress(wire.WireError):
            wire.open_signed(data, lambda _: KEY, wire.SHEET_LIMIT)


@pytest.mark.parametrize("kind", ["\\u0000", "\\ud800", "\\n", "x" * 900])
def test_what_a_stranger_says_of_presence_is_refused_in_printable_words(kind: str) -> None:
    with pytest.raises(wire.WireError) as told:
        wire.decode_connection(f'{{"kind":"{kind}"}}'.encode())
    assert told.value.detail.isprintable()
    assert told.value.document.isprintable()


@pytest.mark.parametrize("cut", [1, 10, 60, 100])
def test_a_document_cut_in_the_middle_is_refused(cut: int) -> None:
    assert refusal(wire.sign(SHEET, KEY)[:-cut]) in (Refusal.BAD_SIGNATURE, Refusal.MALFORMED)


def test_an_unsigned_token_is_malformed() -> None:
    assert refusal(b"eyJhbGciOiJub25lIiwia2lkIjoiazEifQ.e30.") is Refusal.MALFORMED


def test_another_algorithm_is_malformed() -> None:
    from joserfc.jwk import OctKey

    token = jws.serialize_compact({"alg": "HS256", "kid": "k1"}, b"{}", OctKey.generate_key(256))
    assert refusal(token.encode()) is Refusal.MALFORMED


def test_an_unknown_key_is_named() -> None:
    assert refusal(wire.sign(SHEET, wire.new_key("k2"))) is Refusal.UNKNOWN_KEY


def test_a_forged_signature_under_a_known_key_id_is_refused() -> None:
    assert refusal(wire.sign(SHEET, OTHER)) is Refusal.BAD_SIGNATURE


@pytest.mark.parametrize(
    "payload",
    [
        b'{"kind":"sheet","to":NaN}',
        b'{"kind":"welcome","to":"n","nonce":"x","stream":"s","time":1,"spare":NaN}',
        b'{"kind":"sheet","to":Infinity}',
        b"[" * 1000 + b"]" * 1000,
        b'{"a":' * 1000 + b"1" + b"}" * 1000,
        b"[]",
        b'{"kind":7}',
        b'{"kind":"sheet"}',
        b'{"kind":"sheet","to":"commune","issuer":"o","issued_at":"5","number":{"epoch":1,"sequence":5}}',
        b'{"kind":"sheet","to":"../x","issuer":"o","issued_at":5,"number":{"epoch":1,"sequence":5}}',
        b'{"kind":"sheet","to":"commune","issuer":"o","issued_at":5,"number":{"epoch":0,"sequence":5}}',
        b'{"kind":"sheet","to":"commune","issuer":"o","issued_at":9007199254740993,"number":{"epoch":1,"sequence":5}}',
        b"\xff\xfe",
    ],
)
def test_a_signed_payload_of_wrong_types_is_malformed(payload: bytes) -> None:
    assert refusal(signed(payload)) is Refusal.MALFORMED


def test_a_signed_payload_that_is_not_deflated_is_malformed() -> None:
    token = jws.serialize_compact({"alg": "Ed25519", "kid": "k1"}, b"{}", KEY, algorithms=["Ed25519"])
    assert refusal(token.encode()) is Refusal.MALFORMED


def test_an_unknown_kind_of_document_is_unsupported() -> None:
    assert refusal(signed(b'{"kind":"firmware"}')) is Refusal.UNSUPPORTED


def test_a_report_is_no_document_and_a_document_no_report() -> None:
    with pytest.raises(wire.WireError) as told:
        wire.decode_report(wire.dump(SHEET))
    assert told.value.reason is Refusal.UNSUPPORTED


def test_defaults_are_left_out_of_the_bytes_but_never_the_kind() -> None:
    welcome = Welcome(to="n", nonce="x", time=1, stream="s")
    assert json.loads(wire.dump(welcome)) == {"kind": "welcome", "to": "n", "nonce": "x", "time": 1, "stream": "s"}


@given(st.binary(max_size=300))
def test_any_bytes_give_a_wire_error_and_nothing_else(data: bytes) -> None:
    with pytest.raises(wire.WireError):
        wire.open_signed(data, keys, 1000)  # type: ignore[arg-type]


LEAVES = st.none() | st.booleans() | st.integers() | st.floats() | st.text()
NAMES = st.sampled_from(["kind", "to", "number", "epoch", "occurrences", "items"])
JSON = st.recursive(LEAVES, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES, inner))


@given(JSON, st.sampled_from(sorted(wire.DOCUMENTS)))
def test_any_signed_json_is_a_document_or_a_wire_error(value: object, kind: str) -> None:
    fields = value if isinstance(value, dict) else {"x": value}
    with contextlib.suppress(wire.WireError):
        wire.decode_document(json.dumps({**fields, "kind": kind}).encode())


def test_a_private_key_comes_back_from_its_text() -> None:
    again = wire.load_private(wire.private_text(KEY))
    assert wire.public_x(again) == wire.public_x(KEY)
    assert again.kid == "k1"


@pytest.mark.parametrize(
    "text", ["", "{}", "[]", '{"kty":"OKP","crv":"Ed25519","x":"AAAA"}', '{"kty":"oct","k":"AAAA"}']
)
def test_a_text_that_holds_no_private_key_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="Ed25519"):
        wire.load_private(text)


@pytest.mark.parametrize("x", ["", "AAAA", "é" * 43, "!" * 43])
def test_what_is_no_public_key_is_refused(x: str) -> None:
    with pytest.raises(ValueError, match="Ed25519"):
        wire.public_key("k", x)


def test_a_plan_of_nearly_the_largest_size_comes_through_and_a_larger_one_is_too_big() -> None:
    chance = random.Random(1)

    def plan(count: int) -> bytes:
        found = tuple(Asset(sha256=chance.randbytes(32).hex(), bytes=1, frames=1) for _ in range(count))
        broadcasts = tuple(
            PlannedBroadcast(id=f"b{n}", versions=(PlannedVersion(number=1, items=(_item(asset),), starts=(n,)),))
            for n, asset in enumerate(found[:1800])
        )
        window = Interval(start=0, end=1)
        said = Plan(to="n", number=Number(epoch=1, sequence=1), window=window, key_set="0" * 64, broadcasts=broadcasts,
                    prefetch=found[1800:])  # fmt: skip
        return wire.sign(said, KEY)

    large = plan(3600)
    assert 0.6 * wire.PLAN_LIMIT < len(large) <= wire.PLAN_LIMIT
    opened = wire.open_signed(large, lambda _: KEY, wire.PLAN_LIMIT)
    assert isinstance(wire.decode_document(opened.payload), Plan)
    assert refusal(b"x" * (wire.PLAN_LIMIT + 1), wire.PLAN_LIMIT) is Refusal.TOO_BIG


def _item(asset: Asset) -> AssetItem:
    return AssetItem(rows=(Row(language="vi", sha256=asset.sha256, bytes=1, frames=1),))
