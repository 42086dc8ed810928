"""Each refusal of design/wire.md by name, and what is taken, repeated or bound to a nonce or a digest."""

import json
import random
import string
import zlib
from dataclasses import replace
from typing import Any

import pytest
from joserfc import jws
from joserfc.jwk import OKPKey

from playlists import wire
from playlists.models import (
    Acknowledgement,
    Key,
    KeySet,
    Kind,
    Number,
    Plan,
    Priority,
    Request,
    Right,
    SheetEntry,
    Value,
    Welcome,
)
from playlists.reports import Refusal
from speaker_node.acceptance import Book, Holding, Refused, Repeat, Slot, clamps, follows, judge, reopen
from tests.support.office import NODE, SITE, ZONE, Office

NOW = 1_800_000_000_000
LIMIT = wire.PLAN_LIMIT


@pytest.fixture(scope="module")
def office() -> Office:
    return Office()


@pytest.fixture
def book(office: Office) -> Book:
    """A node that holds the key set and a plan with one zone."""
    bare = Book(NODE, SITE, office.root_key)
    return taken(taken(bare, office.sign(office.key_set())), office.sign(office.plan(NOW)))


def taken(book: Book, data: bytes) -> Book:
    verdict = judge(data, LIMIT, book, NOW)
    assert isinstance(verdict, Holding), verdict
    book = book.with_holding(verdict)
    return replace(book, follows=follows(book.holdings.values(), NOW))


def refusal(book: Book, data: bytes, limit: int = LIMIT) -> Refusal:
    verdict = judge(data, limit, book, NOW)
    assert isinstance(verdict, Refused), verdict
    return verdict.reason


def entry(**fields: Any) -> SheetEntry:
    given: dict[str, Any] = {
        "broadcast": "abc",
        "kind": Kind.PLAY_NOW,
        "priority": Priority.PRIORITY,
        "starts_at": NOW,
        "start_by": NOW + 600_000,
        "ends_at": NOW + 900_000,
        "items": (),
    }
    return SheetEntry(**given | fields)


def welcome(**fields: Any) -> Welcome:
    given: dict[str, Any] = {"to": NODE, "nonce": "n1", "time": NOW, "stream": "s1"}
    return Welcome(**given | fields)


def request(**fields: Any) -> Request:
    given: dict[str, Any] = {"to": NODE, "nonce": "n1", "id": "r1", "expires_at": NOW + 1000, "action": "restart"}
    return Request(**given | fields)


def sealed(packed: bytes, key: OKPKey) -> bytes:
    """Signed as it is, whatever it is."""
    return jws.serialize_compact({"alg": "Ed25519", "kid": key.kid}, packed, key, algorithms=["Ed25519"]).encode()


def test_a_plan_of_the_office_is_taken_with_its_bytes_and_digest(office: Office, book: Book) -> None:
    data = office.sign(office.plan(NOW))
    verdict = judge(data, LIMIT, book, NOW)
    assert isinstance(verdict, Holding)
    assert verdict.stored.data == data
    assert verdict.stored.held.digest == wire.digest(data)
    assert verdict.slot == ("plan", NODE, "office")


def test_too_many_bytes_are_refused_before_they_are_looked_at(office: Office, book: Book) -> None:
    assert refusal(book, b"x" * 101, limit=100) is Refusal.TOO_BIG


def test_a_sheet_above_its_own_limit_is_refused_also_where_more_is_let_through(office: Office, book: Book) -> None:
    chance = random.Random(1)
    ids = ["".join(chance.choices(string.ascii_lowercase + string.digits, k=60)) for _ in range(96)]
    entries = (entry(broadcast=ids[n], answers=tuple(ids[8 * n : 8 * n + 8])) for n in range(8))
    crowded = office.sheet(NOW, *entries, withdrawn=tuple(ids[64:]))
    assert len(office.sign(crowded)) > wire.SHEET_LIMIT
    assert refusal(book, office.sign(crowded)) is Refusal.TOO_BIG


@pytest.mark.parametrize("megabytes", [5, 80, 1024])
def test_what_inflates_without_bound_is_refused(office: Office, book: Book, megabytes: int) -> None:
    deflater = zlib.compressobj(9, zlib.DEFLATED, -15)
    megabyte = deflater.compress(bytes(1 << 20)) + deflater.flush(zlib.Z_FULL_FLUSH)
    bomb = megabyte * megabytes + deflater.flush()
    assert zlib.decompressobj(-15).decompress(bomb, 3 << 20) == bytes(3 << 20)
    assert refusal(book, sealed(bomb, office.key)) is Refusal.TOO_BIG


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"[]",
        b'{"kind":"plan"',
        b'{"kind":"plan","to":"node-1","number":{"epoch":NaN,"sequence":1}}',
        b'{"kind":"plan","to":"node-1","number":{"epoch":1,"sequence":9007199254740993}}',
        b'{"kind":' * 1000 + b"1" + b"}" * 1000,
        b'{"kind":"plan","to":"' + b"a" * 65 + b'"}',
    ],
    ids=["empty", "list", "cut", "nan", "beyond 2^53", "depth 1000", "long id"],
)
def test_what_does_not_decode_is_refused_as_malformed(office: Office, book: Book, payload: bytes) -> None:
    assert refusal(book, wire.sign_payload(payload, office.key)) is Refusal.MALFORMED


@pytest.mark.parametrize("data", [b"", b"hello", b"a.b.c", b"\xff\xfe", b"e30.e30.e30"])
def test_what_is_no_signed_document_is_refused_as_malformed(book: Book, data: bytes) -> None:
    assert refusal(book, data) is Refusal.MALFORMED


def test_a_document_cut_at_any_byte_is_refused(office: Office, book: Book) -> None:
    data = office.sign(office.plan(NOW))
    for length in range(0, len(data), 7):
        assert refusal(book, data[:length]) in {Refusal.MALFORMED, Refusal.BAD_SIGNATURE, Refusal.UNKNOWN_KEY}


def test_a_key_that_the_key_set_does_not_name_is_unknown(office: Office, book: Book) -> None:
    assert refusal(book, office.sign(office.plan(NOW), wire.new_key("stranger"))) is Refusal.UNKNOWN_KEY


def test_a_forged_signature_is_refused_under_the_name_of_a_known_key(office: Office, book: Book) -> None:
    assert refusal(book, office.sign(office.plan(NOW), wire.new_key("office"))) is Refusal.BAD_SIGNATURE


def test_one_changed_bit_of_the_body_breaks_the_signature(office: Office, book: Book) -> None:
    header, body, signature = office.sign(office.plan(NOW)).split(b".")
    changed = bytes([body[40] ^ 1]) if body[40] ^ 1 not in b"=." else b"A"
    data = b".".join((header, body[:40] + changed + body[41:], signature))
    assert refusal(book, data) in {Refusal.BAD_SIGNATURE, Refusal.MALFORMED}


def test_a_kind_that_this_release_does_not_know_is_unsupported(office: Office, book: Book) -> None:
    assert refusal(book, wire.sign_payload(b'{"kind":"poem","to":"node-1"}', office.key)) is Refusal.UNSUPPORTED


@pytest.mark.parametrize("right", [Right.MESSAGE, Right.ROUTINE_SHEET, Right.EMERGENCY_SHEET])
def test_a_key_without_the_plan_right_gives_no_plan(office: Office, book: Book, right: Right) -> None:
    other = wire.new_key("other")
    book = taken(
        book, office.sign(office.key_set(Key(kid="other", x=wire.public_x(other), issuer="office", rights=(right,))))
    )
    assert refusal(book, office.sign(office.plan(NOW), other)) is Refusal.NOT_PERMITTED


def test_only_root_gives_key_sets_and_root_gives_nothing_else(office: Office, book: Book) -> None:
    assert refusal(book, office.sign(office.key_set(), office.key)) is Refusal.NOT_PERMITTED
    assert refusal(book, office.sign(office.plan(NOW), office.root)) is Refusal.NOT_PERMITTED


@pytest.mark.parametrize(
    "value", [welcome(), request(), Acknowledgement(to=NODE, stream="s1", number=1, digest="0" * 64)]
)
def test_a_sheet_key_gives_no_messages(office: Office, book: Book, value: Value) -> None:
    assert refusal(book, office.sign(value, office.emergency)) is Refusal.NOT_PERMITTED


def test_an_issuer_does_not_sign_for_another(office: Office, book: Book) -> None:
    assert refusal(book, office.sign(office.sheet(NOW, issuer="office-emergency"))) is Refusal.NOT_PERMITTED


def test_a_key_for_some_zones_signs_for_no_other(office: Office, book: Book) -> None:
    ward = wire.new_key("ward")
    rights = (Right.ROUTINE_SHEET,)
    key = Key(kid="ward", x=wire.public_x(ward), issuer="office", rights=rights, zones=("thon-2",))
    book = taken(book, office.sign(office.key_set(key)))
    assert refusal(book, office.sign(office.sheet(NOW), ward)) is Refusal.NOT_PERMITTED


@pytest.mark.parametrize(
    "fields",
    [{"kind": Kind.ALARM}, {"kind": Kind.DRILL}, {"kind": Kind.ALL_CLEAR}, {"priority": Priority.EMERGENCY}],
)
def test_a_routine_key_gives_no_emergency(office: Office, book: Book, fields: dict[str, Any]) -> None:
    assert refusal(book, office.sign(office.sheet(NOW, entry(**fields)))) is Refusal.NOT_PERMITTED


AGREE = {
    Kind.PLAY_NOW: {Priority.NORMAL, Priority.PRIORITY},
    Kind.ALARM: {Priority.EMERGENCY},
    Kind.CORRECTION: {Priority.EMERGENCY},
    Kind.ALL_CLEAR: {Priority.EMERGENCY},
    Kind.DRILL: {Priority.PRIORITY},
}


@pytest.mark.parametrize("kind", AGREE)
@pytest.mark.parametrize("priority", Priority)
def test_kind_and_priority_of_an_entry_go_together(office: Office, book: Book, kind: Kind, priority: Priority) -> None:
    both = wire.new_key("both")
    rights = (Right.ROUTINE_SHEET, Right.EMERGENCY_SHEET)
    key = Key(kid="both", x=wire.public_x(both), issuer="office", rights=rights)
    book = taken(book, office.sign(office.key_set(key)))
    verdict = judge(office.sign(office.sheet(NOW, entry(kind=kind, priority=priority)), both), LIMIT, book, NOW)
    assert isinstance(verdict, Holding) == (priority in AGREE[kind])


def test_more_slots_than_a_message_has_are_refused(office: Office, book: Book) -> None:
    slots = tuple((f"slot-{number}", "x") for number in range(9))
    fields = office.sheet(NOW, entry(message="flood")).model_dump(mode="json")
    for wrong in (slots, (("place", "x" * 41),), (("Place!", "x"),)):
        fields["occurrences"][0]["slots"] = wrong
        assert refusal(book, wire.sign_payload(json.dumps(fields).encode(), office.key)) is Refusal.MALFORMED


def test_what_no_honest_sheet_says_is_clamped_and_told(office: Office, book: Book) -> None:
    ten_years = NOW + 3650 * 86_400_000
    endless = entry(ends_at=ten_years, start_by=ten_years, every=1000)
    data = office.sign(office.sheet(NOW, endless, mute_until=ten_years))
    book = taken(book, data)
    documents = book.documents()
    held = documents.occurrences[endless.id]
    assert held.ends_at == held.start_by == endless.starts_at + 12 * 3_600_000
    assert held.every == held.frames // 48 + 2000
    assert [silence.end for silence in documents.silences] == [NOW + 86_400_000]
    (sheet,) = documents.sheets.values()
    told = clamps(sheet, documents)
    assert [each.reason for each in told] == [Refusal.CLAMPED] * 3
    honest = office.sheet(NOW, entry(every=60_000), mute_until=NOW + 86_400_000)
    assert clamps(honest, taken(book, office.sign(honest)).documents()) == ()


def test_an_emergency_key_gives_no_play_now(office: Office, book: Book) -> None:
    sheet = office.sheet(NOW, entry(), issuer="office-emergency")
    assert refusal(book, office.sign(sheet, office.emergency)) is Refusal.NOT_PERMITTED


def test_an_emergency_key_mutes_nothing(office: Office, book: Book) -> None:
    sheet = office.sheet(NOW, issuer="office-emergency", mute_until=NOW + 1000)
    assert refusal(book, office.sign(sheet, office.emergency)) is Refusal.NOT_PERMITTED


def test_a_withdrawal_beyond_the_key_s_right_has_no_effect_whichever_came_first(office: Office, book: Book) -> None:
    alarm = entry(broadcast="alarm", kind=Kind.ALARM, priority=Priority.EMERGENCY)
    alarms = office.sign(office.sheet(NOW, alarm, issuer="office-emergency"), office.emergency)
    stop = office.sign(office.sheet(NOW, entry(), withdrawn=(alarm.id, entry().id)))
    for first, second in ((alarms, stop), (stop, alarms)):
        documents = taken(taken(book, first), second).documents()
        assert alarm.id in documents.occurrences
        assert documents.withdrawn == {entry().id}


@pytest.mark.parametrize("kind", ["plan", "welcome", "request"])
def test_a_document_for_another_node_is_refused(office: Office, book: Book, kind: str) -> None:
    to_other = {"to": "node-2"}
    values = {"plan": office.plan(NOW, **to_other), "welcome": welcome(**to_other), "request": request(**to_other)}
    assert refusal(book, office.sign(values[kind])) is Refusal.NOT_MINE


def test_a_sheet_of_a_zone_that_is_not_ours_is_refused(office: Office, book: Book) -> None:
    assert refusal(book, office.sign(office.sheet(NOW, to="thon-9"))) is Refusal.NOT_MINE


def test_a_key_set_of_another_site_is_refused(office: Office, book: Book) -> None:
    assert refusal(book, office.sign(office.key_set(to="xa-khac"))) is Refusal.NOT_MINE


def test_a_lower_number_is_refused_and_a_lower_epoch_whatever_its_sequence(office: Office, book: Book) -> None:
    old = office.sign(office.plan(NOW))
    book = taken(taken(book, old), office.sign(office.plan(NOW)))
    assert refusal(book, old) is Refusal.OLDER
    book = taken(book, office.sign(office.plan(NOW, number=Number(epoch=2, sequence=1))))
    assert refusal(book, office.sign(office.plan(NOW))) is Refusal.OLDER


def test_numbers_count_per_kind_recipient_and_issuer(office: Office, book: Book) -> None:
    book = taken(book, office.sign(office.plan(NOW, number=Number(epoch=9, sequence=9))))
    assert isinstance(judge(office.sign(office.sheet(NOW)), LIMIT, book, NOW), Holding)


def test_equal_number_with_equal_bytes_is_a_silent_repeat(office: Office, book: Book) -> None:
    data = office.sign(office.plan(NOW))
    assert isinstance(judge(data, LIMIT, taken(book, data), NOW), Repeat)


def test_equal_number_with_other_bytes_is_a_conflict(office: Office, book: Book) -> None:
    plan = office.plan(NOW)
    book = taken(book, office.sign(plan))
    other = plan.model_copy(update={"zones": ()})
    assert refusal(book, office.sign(other)) is Refusal.CONFLICT


def test_a_welcome_lives_by_a_nonce_that_still_waits_for_its_answer(office: Office, book: Book) -> None:
    data = office.sign(welcome())
    assert judge(data, LIMIT, replace(book, asked=frozenset({"n1"})), NOW) == welcome()
    answered = replace(book, welcomed=frozenset({"n1"}))
    assert refusal(answered, data) is Refusal.BAD_NONCE
    assert refusal(book, data) is Refusal.BAD_NONCE


def test_a_request_lives_by_the_nonce_of_this_connection_s_welcome(office: Office, book: Book) -> None:
    ready = replace(book, welcomed=frozenset({"n1"}))
    data = office.sign(request())
    assert judge(data, LIMIT, ready, NOW) == request()
    assert refusal(replace(ready, welcomed=frozenset({"n2"})), data) is Refusal.BAD_NONCE
    assert refusal(ready, office.sign(request(expires_at=NOW))) is Refusal.EXPIRED
    # What no release knows yet is answered, not refused: the office hears at once that this node cannot.
    assert judge(office.sign(request(action="dance")), LIMIT, ready, NOW) == request(action="dance")
    assert isinstance(judge(data, LIMIT, replace(ready, taken=frozenset({"r1"})), NOW), Repeat)


def test_an_acknowledgement_lives_by_the_digest_of_our_own_event(office: Office, book: Book) -> None:
    digests = {("s1", 7): "7" * 64}
    book = replace(book, digest_at=lambda stream, number: digests.get((stream, number)))
    good = Acknowledgement(to=NODE, stream="s1", number=7, digest="7" * 64)
    assert judge(office.sign(good), LIMIT, book, NOW) == good
    assert refusal(book, office.sign(good.model_copy(update={"digest": "8" * 64}))) is Refusal.CONFLICT
    assert isinstance(judge(office.sign(good.model_copy(update={"number": 8})), LIMIT, book, NOW), Repeat)


def test_a_key_that_leaves_the_key_set_takes_its_documents_along(office: Office, book: Book) -> None:
    fewer = office.key_set()
    fewer = fewer.model_copy(update={"keys": tuple(key for key in fewer.keys if key.kid != "office")})
    after = taken(book, office.sign(fewer))
    assert after.documents().plan is None
    assert [holding.stored.held.kind for holding in after.holdings.values()] == ["keys"]


def test_what_was_stored_holds_again_after_a_start(office: Office, book: Book) -> None:
    book = taken(book, office.sign(office.sheet(NOW, entry())))
    stored = [holding.stored for holding in book.holdings.values()]
    again: dict[Slot, Holding] = dict(reopen(reversed(stored), Book(NODE, SITE, office.root_key)))
    assert again == dict(book.holdings)


def test_a_zone_that_the_plan_drops_is_followed_until_its_entries_are_long_over(office: Office, book: Book) -> None:
    book = taken(book, office.sign(office.sheet(NOW, entry())))
    book = taken(book, office.sign(office.plan(NOW, zones=(), issuers=())))
    assert follows(book.holdings.values(), NOW) == {(ZONE, "office")}
    assert follows(book.holdings.values(), NOW + 13 * 3_600_000) == frozenset()


def test_in_a_dropped_zone_only_what_was_begun_and_what_answers_it_counts(office: Office, book: Book) -> None:
    begun, answer = entry(broadcast="begun"), entry(broadcast="answer", answers=(entry(broadcast="begun").id,))
    sheet = office.sheet(NOW, begun, answer, entry(broadcast="other"), mute_until=NOW + 1000, withdrawn=("x-1",))
    book = taken(book, office.sign(sheet))
    assert set(book.documents().occurrences) == {begun.id, answer.id, entry(broadcast="other").id}
    dropped = taken(book, office.sign(office.plan(NOW, zones=(), issuers=()))).documents({begun.id})
    assert set(dropped.occurrences) == {begun.id, answer.id}
    assert dropped.silences == ()
    assert dropped.withdrawn == {"x-1"}
    assert set(book.documents({begun.id}).occurrences) == set(book.documents().occurrences)


def test_the_last_taken_plan_is_the_one_in_force(office: Office, book: Book) -> None:
    newest = office.plan(NOW)
    documents = taken(book, office.sign(newest)).documents()
    assert isinstance(documents.plan, Plan)
    assert documents.plan.number == newest.number


def test_unknown_fields_are_ignored(office: Office, book: Book) -> None:
    payload = wire.dump(office.plan(NOW))[:-1] + b',"poem":{"a":[1,2]}}'
    assert isinstance(judge(wire.sign_payload(payload, office.key), LIMIT, book, NOW), Holding)


def test_a_key_set_can_not_give_root_s_name_away(office: Office, book: Book) -> None:
    thief = wire.new_key("root")
    stolen = Key(kid="root", x=wire.public_x(thief), issuer="office", rights=tuple(Right))
    book = taken(book, office.sign(office.key_set(stolen)))
    assert refusal(book, office.sign(office.plan(NOW), thief)) is Refusal.BAD_SIGNATURE
    assert isinstance(next(h.document for h in book.holdings.values() if h.slot[0] == "keys"), KeySet)
