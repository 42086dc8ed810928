"""Set-up, sign-ins, tokens, people."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from controller.domain.values import PersonId, Role
from controller.operations import account, people, reading, setting_up, signing_in, throttle
from controller.operations.acting import Office, Once
from controller.operations.errors import Conflict, Invalid, NotAllowed, NotFound, NotSignedIn, TooOften
from controller.operations.secrets import random_id
from controller.operations.signing_in import IDLE, LONGEST, Visit
from controller.operations.throttle import MOST_FAILURES, WINDOW
from controller.storage.engine import open_database
from controller.storage.engine import reading as view
from controller.storage.tables import PersonRow, SetupCodeRow, SignInRow, TokenRow
from tests.support.databases import fresh_sqlite
from tests.support.staffed import PASSWORD, Clock, Counted, Staffed

HERE = "192.0.2.1"


def begin(office: Office, code: str, **changes: str) -> str:
    given = {"area": "Tỉnh A", "kind": "tỉnh", "time_zone": "Asia/Ho_Chi_Minh", "name": "An", "username": "An",
             "password": PASSWORD, **changes}  # fmt: skip
    return setting_up.set_up(office, code, **given)  # type: ignore[arg-type]


def signed(office: Office, username: str, password: str, address: str = HERE) -> str:
    return signing_in.sign_in(office, username, password, Visit(address)).secret


@pytest.fixture
def bare(tmp_path: Path) -> Office:
    """An office in which nobody is known."""
    return Office(open_database(fresh_sqlite(tmp_path)), Counted(), Clock(), random_id)


def test_the_first_administrator_comes_in_with_the_one_time_code(bare: Office) -> None:
    code = setting_up.setup_code(bare)
    assert code is not None
    assert setting_up.needs_setup(bare)
    person = begin(bare, code.lower())
    assert not setting_up.needs_setup(bare)
    assert setting_up.setup_code(bare) is None
    secret = signed(bare, "an", PASSWORD, HERE)
    found = signing_in.signed_in(bare, secret)
    assert found is not None
    assert (found.person, [grant.role for grant in found.grants]) == (person, [Role.ADMINISTRATOR])


def test_a_code_counts_once_only_the_newest_and_for_a_day(bare: Office) -> None:
    first, second = setting_up.setup_code(bare), setting_up.setup_code(bare)
    for wrong in (first, "AAAAA-BBBBB-CCCCC", ""):
        with pytest.raises(Invalid):
            begin(bare, wrong or "")
    bare.clock.advance(hours=24)  # type: ignore[attr-defined]
    with pytest.raises(Invalid):
        begin(bare, second or "")
    assert setting_up.needs_setup(bare)


@pytest.mark.parametrize(
    ("change", "where"),
    [
        ({"time_zone": "Asia/Nowhere"}, "time_zone"),
        ({"area": " "}, "name"),
        ({"username": "Ồ"}, "username"),
        ({"password": "ngắn"}, "password"),
        ({"name": ""}, "name"),
    ],
)
def test_a_bad_set_up_names_its_field_and_leaves_the_code(bare: Office, change: dict[str, str], where: str) -> None:
    code = setting_up.setup_code(bare) or ""
    with pytest.raises(Invalid) as caught:
        begin(bare, code, **change)
    assert caught.value.problems[0].where == where
    begin(bare, code)


def test_neither_code_nor_password_nor_secret_is_kept_as_it_is(bare: Office) -> None:
    code = setting_up.setup_code(bare) or ""
    begin(bare, code)
    secret = signed(bare, "an", PASSWORD, HERE)
    with view(bare.engine) as session:
        person, sign_in = session.scalar(select(PersonRow)), session.scalar(select(SignInRow))
        kept = session.scalar(select(SetupCodeRow))
    assert person is not None
    assert (person.password or "").startswith("$argon2id$")
    assert sign_in is not None
    assert kept is not None
    assert secret != sign_in.secret_sha256
    assert code != kept.code_sha256


def test_a_database_of_another_site_is_refused(bare: Office) -> None:
    assert setting_up.found_site(bare, "xa-b") == setting_up.found_site(bare, "xa-b") == 1
    with pytest.raises(Conflict):
        setting_up.found_site(bare, "xa-c")
    assert setting_up.raise_epoch(bare) == 2


@pytest.mark.parametrize(("username", "password"), [("admin", "x" * 12), ("nobody", PASSWORD), ("editor", PASSWORD)])
def test_a_wrong_name_or_password_or_a_person_without_one_is_answered_alike(
    staffed: Staffed, username: str, password: str
) -> None:
    with pytest.raises(NotSignedIn) as caught:
        signed(staffed.office, username, password, HERE)
    assert caught.value.problems[0].reason == "wrong_password"


def test_after_too_many_failures_even_the_right_password_waits(staffed: Staffed) -> None:
    for _ in range(MOST_FAILURES):
        with pytest.raises(NotSignedIn):
            signed(staffed.office, "admin", "falsch falsch", HERE)
    with pytest.raises(TooOften) as caught:
        signed(staffed.office, "Admin ", PASSWORD, HERE)
    assert caught.value.retry_after == WINDOW.total_seconds()
    assert signed(staffed.office, "admin", PASSWORD, "192.0.2.9"), "nobody locks another out"
    staffed.clock.advance(seconds=WINDOW.total_seconds())
    assert signed(staffed.office, "admin", PASSWORD, HERE)


def test_a_name_that_is_tried_from_many_addresses_waits_everywhere(staffed: Staffed) -> None:
    for number in range(throttle.MOST_FAILURES_OF_NAME):
        assert not throttle.guarded(staffed.office, "admin", f"198.51.100.{number}", lambda: False)
    with pytest.raises(TooOften):
        signed(staffed.office, "admin", PASSWORD, HERE)


def test_a_tokens_secret_is_kept_nowhere(staffed: Staffed) -> None:
    actor = replace(staffed.by("editor"), once=Once("key-1", "a" * 64))
    secret = signing_in.make_token(staffed.office, actor, "máy ghi")
    assert signing_in.token_holder(staffed.office, secret) is not None
    path = Path(staffed.office.engine.url.database or "")
    assert secret.encode() not in path.read_bytes()


def test_an_address_that_tries_many_names_waits_too(staffed: Staffed) -> None:
    for number in range(throttle.MOST_FAILURES_OF_ADDRESS):
        assert not throttle.guarded(staffed.office, f"name{number}", HERE, lambda: False)
    with pytest.raises(TooOften):
        signed(staffed.office, "admin", PASSWORD, HERE)
    assert signed(staffed.office, "admin", PASSWORD, "192.0.2.9")


def test_a_sign_in_ends_when_it_is_left_idle_at_last_and_by_signing_out(staffed: Staffed) -> None:
    office = staffed.office
    idle, used, left = (signed(office, "admin", PASSWORD, HERE) for _ in range(3))
    signing_in.sign_out(office, left)
    assert signing_in.signed_in(office, left) is None
    assert signing_in.signed_in(office, "unknown") is None
    for _ in range(LONGEST // timedelta(hours=11)):
        staffed.clock.advance(hours=11)
        assert signing_in.signed_in(office, used) is not None
    assert signing_in.signed_in(office, idle) is None, IDLE
    staffed.clock.advance(hours=11)
    assert signing_in.signed_in(office, used) is None, LONGEST


def test_a_token_speaks_for_its_person_until_it_is_revoked_or_over(staffed: Staffed) -> None:
    office, editor = staffed.office, staffed.by("editor")
    secret = signing_in.make_token(office, editor, "máy ghi", timedelta(days=1))
    found = signing_in.token_holder(office, secret)
    assert found is not None
    assert (found.person, found.sign_in) == (editor.person, "")
    staffed.clock.advance(days=1)
    assert signing_in.token_holder(office, secret) is None
    other = signing_in.make_token(office, editor, "máy ghi")
    with view(office.engine) as session:
        token = session.scalars(select(TokenRow).order_by(TokenRow.created_at.desc())).first()
    assert token is not None
    with pytest.raises(NotFound):
        signing_in.revoke_token(office, staffed.by("approver"), token.id)
    signing_in.revoke_token(office, editor, token.id)
    assert signing_in.token_holder(office, other) is None


@pytest.mark.parametrize("lives", [timedelta(), timedelta(days=401)])
def test_a_token_has_an_end(staffed: Staffed, lives: timedelta) -> None:
    with pytest.raises(Invalid):
        signing_in.make_token(staffed.office, staffed.by("editor"), "x", lives)


def test_who_is_disabled_is_out_at_once(staffed: Staffed) -> None:
    office, admin = staffed.office, staffed.by("admin")
    people.set_password(office, admin, staffed.by("editor").person, PASSWORD)
    secret = signed(office, "editor", PASSWORD, HERE)
    token = signing_in.make_token(office, staffed.by("editor"), "máy ghi")
    people.disable_person(office, admin, staffed.by("editor").person)
    assert signing_in.signed_in(office, secret) is None
    assert signing_in.token_holder(office, token) is None
    with pytest.raises(NotAllowed):
        reading.broadcasts(office, staffed.by("editor"))
    with pytest.raises(NotSignedIn):
        signed(office, "editor", PASSWORD, HERE)


def test_a_new_password_ends_all_sign_ins(staffed: Staffed) -> None:
    office, admin = staffed.office, staffed.by("admin")
    secret = signed(office, "admin", PASSWORD, HERE)
    with pytest.raises(Invalid) as caught:
        account.change_own_password(office, admin, "not the old one", "một mật khẩu mới")
    assert caught.value.problems[0].where == "old"
    account.change_own_password(office, admin, PASSWORD, "một mật khẩu mới")
    assert signing_in.signed_in(office, secret) is None
    assert signed(office, "admin", "một mật khẩu mới", HERE)


@pytest.mark.parametrize("password", ["123456789", "x" * 201, "EDITOR-EDITOR"])
def test_a_bad_password_is_refused(staffed: Staffed, password: str) -> None:
    office, admin = staffed.office, staffed.by("admin")
    name = "editor-editor"
    with pytest.raises(Invalid):
        people.add_person(office, admin, staffed.areas["commune"], Role.EDITOR, "x", name, password)


def test_only_administrators_add_people_and_only_in_their_branch(staffed: Staffed) -> None:
    office, commune = staffed.office, staffed.areas["commune"]
    for who, error in (("editor", NotAllowed), ("stranger", NotFound)):
        with pytest.raises(error):
            people.add_person(office, staffed.by(who), commune, Role.ADMINISTRATOR, "Kẻ lạ", "kela")
    with pytest.raises(Conflict):
        people.add_person(office, staffed.by("admin"), commune, Role.EDITOR, "Hai", "EDITOR")


def test_an_administrator_of_a_branch_does_not_touch_people_with_roles_above_it(staffed: Staffed) -> None:
    office, admin, commune = staffed.office, staffed.by("admin"), staffed.areas["commune"]
    people.grant_role(office, admin, staffed.by("officer").person, Role.ADMINISTRATOR, commune)
    for deed in (people.disable_person, lambda o, a, p: people.set_password(o, a, p, PASSWORD)):
        with pytest.raises(NotFound):
            deed(office, staffed.by("officer"), admin.person)
    people.disable_person(office, staffed.by("officer"), staffed.by("editor").person)


def test_a_role_is_given_once_and_taken_away(staffed: Staffed) -> None:
    office, admin, commune = staffed.office, staffed.by("admin"), staffed.areas["commune"]
    person = staffed.by("editor").person
    with pytest.raises(Conflict):
        people.grant_role(office, admin, person, Role.EDITOR, commune)
    (seen,) = [each for each in reading.people(office, admin) if each.id == person]
    people.revoke_role(office, admin, seen.grants[0][0])
    with pytest.raises(NotAllowed):
        reading.broadcasts(office, staffed.by("editor"))
    with pytest.raises(NotFound):
        people.revoke_role(office, admin, seen.grants[0][0])
    with pytest.raises(NotFound):
        people.grant_role(office, admin, PersonId("nobody"), Role.EDITOR, commune)


def test_the_topmost_area_always_has_an_administrator(staffed: Staffed) -> None:
    office, admin = staffed.office, staffed.by("admin")
    (seen,) = [each for each in reading.people(office, admin) if each.id == admin.person]
    with pytest.raises(Conflict) as caught:
        people.revoke_role(office, admin, seen.grants[0][0])
    assert caught.value.problems[0].reason == "last_administrator"
    with pytest.raises(Conflict):
        people.disable_person(office, admin, admin.person)


def test_a_person_chooses_the_language_of_the_pages(staffed: Staffed) -> None:
    people.set_language(staffed.office, staffed.by("editor"), "en")
    with pytest.raises(Invalid):
        people.set_language(staffed.office, staffed.by("editor"), "xx")
