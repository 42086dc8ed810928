"""Known devices: they stay in, nobody locks them out, and their owner sees and ends them."""

import unicodedata

import pytest
from sqlalchemy import select

from controller.operations import account, auditing, people, signing_in
from controller.operations.errors import NotFound, NotSignedIn, TooOften
from controller.operations.signing_in import IDLE, LONGEST, REMEMBERED, Entered, Visit
from controller.operations.throttle import MOST_FAILURES, MOST_FAILURES_OF_DEVICE, MOST_FAILURES_OF_NAME, WINDOW
from controller.storage.engine import reading as view
from controller.storage.tables import DeviceRow, SignInRow
from tests.support.staffed import PASSWORD, Staffed

HOME, ELSEWHERE = "192.0.2.1", "198.51.100.7"
NEW = "một mật khẩu mới"


def enter(staffed: Staffed, device: str | None = None, password: str = PASSWORD, remember: bool = True) -> Entered:
    visit = Visit(HOME, "Mozilla/5.0 (Windows NT 10.0) Chrome/156.0", device, remember)
    return signing_in.sign_in(staffed.office, "admin", password, visit)


def guess(staffed: Staffed, times: int, device: str | None = None, address: str = HOME) -> None:
    for _ in range(times):
        with pytest.raises(NotSignedIn):
            signing_in.sign_in(staffed.office, "admin", "falsch falsch", Visit(address, None, device))


def alive(staffed: Staffed, entered: Entered) -> bool:
    return signing_in.signed_in(staffed.office, entered.secret) is not None


def test_a_remembered_device_stays_in_for_thirty_days_though_it_is_left_idle(staffed: Staffed) -> None:
    kept, shared = enter(staffed), enter(staffed, remember=False)
    staffed.clock.advance(seconds=IDLE.total_seconds())
    assert (alive(staffed, kept), alive(staffed, shared)) == (True, False)
    staffed.clock.advance(seconds=(LONGEST - IDLE).total_seconds() - 1)
    assert alive(staffed, kept)
    staffed.clock.advance(seconds=1)
    assert not alive(staffed, kept)
    assert LONGEST.days == 30


def test_what_strangers_guess_never_locks_a_known_device_out(staffed: Staffed) -> None:
    device = enter(staffed).device
    guess(staffed, MOST_FAILURES)
    for number in range(MOST_FAILURES_OF_NAME - MOST_FAILURES):
        guess(staffed, 1, address=f"203.0.113.{number}")
    with pytest.raises(TooOften):
        enter(staffed)
    assert enter(staffed, device).device == device


def test_a_known_device_that_guesses_is_a_stranger_for_a_while_and_harms_nobody_else(staffed: Staffed) -> None:
    device, other = enter(staffed).device, enter(staffed).device
    guess(staffed, MOST_FAILURES_OF_DEVICE, device)
    guess(staffed, MOST_FAILURES, device)
    with pytest.raises(TooOften):
        enter(staffed, device)
    assert enter(staffed, other)
    staffed.clock.advance(seconds=WINDOW.total_seconds())
    assert enter(staffed, device)


def test_a_device_is_known_for_its_person_only_and_not_for_ever(staffed: Staffed) -> None:
    people.set_password(staffed.office, staffed.by("admin"), staffed.by("editor").person, PASSWORD)
    visit = Visit(HOME, None, None, True)
    device = signing_in.sign_in(staffed.office, "editor", PASSWORD, visit).device
    guess(staffed, MOST_FAILURES)
    for foreign in (device, "rubbish"):
        with pytest.raises(TooOften):
            enter(staffed, foreign)
    staffed.clock.advance(seconds=REMEMBERED.total_seconds())
    for _ in range(MOST_FAILURES):
        with pytest.raises(NotSignedIn):
            signing_in.sign_in(staffed.office, "editor", "falsch falsch", Visit(HOME, None, device))
    with pytest.raises(TooOften):
        signing_in.sign_in(staffed.office, "editor", PASSWORD, Visit(HOME, None, device))


def test_who_shares_a_browser_shares_no_sign_in(staffed: Staffed) -> None:
    people.set_password(staffed.office, staffed.by("admin"), staffed.by("editor").person, PASSWORD)
    device = enter(staffed).device
    entered = signing_in.sign_in(staffed.office, "editor", PASSWORD, Visit(HOME, None, device, True))
    assert entered.device == device
    assert len(account.sign_ins(staffed.office, staffed.by("editor"))) == 1
    assert len(account.sign_ins(staffed.office, staffed.by("admin"))) == 1


def test_ones_sign_ins_are_listed_and_ended_by_nobody_else(staffed: Staffed) -> None:
    mine, lost = enter(staffed), enter(staffed)
    admin, editor = staffed.by("admin"), staffed.by("editor")
    here = signing_in.signed_in(staffed.office, mine.secret)
    assert here is not None
    listed = account.sign_ins(staffed.office, admin)
    (other,) = [each for each in listed if each.id != here.sign_in]
    assert (len(listed), other.address, other.remembered) == (2, HOME, True)
    assert account.sign_ins(staffed.office, editor) == ()
    with pytest.raises(NotFound):
        account.end_sign_in(staffed.office, editor, other.id)
    account.end_sign_in(staffed.office, admin, other.id)
    assert (alive(staffed, mine), alive(staffed, lost)) == (True, False)
    with pytest.raises(NotFound):
        account.end_sign_in(staffed.office, admin, other.id)
    guess(staffed, MOST_FAILURES)
    with pytest.raises(TooOften):
        enter(staffed, lost.device)


def test_a_new_password_ends_all_other_sign_ins_and_forgets_their_devices(staffed: Staffed) -> None:
    mine, lost = enter(staffed), enter(staffed)
    here = signing_in.signed_in(staffed.office, mine.secret)
    assert here is not None
    account.change_own_password(staffed.office, staffed.by("admin"), PASSWORD, NEW, here.sign_in)
    assert (alive(staffed, mine), alive(staffed, lost)) == (True, False)
    guess(staffed, MOST_FAILURES)
    assert enter(staffed, mine.device, NEW)
    with pytest.raises(TooOften):
        enter(staffed, lost.device, NEW)


def test_all_others_end_in_one_act_and_one_entry(staffed: Staffed) -> None:
    mine, others = enter(staffed), [enter(staffed, remember=False) for _ in range(3)]
    here = signing_in.signed_in(staffed.office, mine.secret)
    assert here is not None
    before = staffed.audit()
    assert account.end_other_sign_ins(staffed.office, staffed.by("admin"), here.sign_in) == 3
    assert len(staffed.audit()) == len(before) + 1
    assert [alive(staffed, each) for each in (mine, *others)] == [True, False, False, False]


def test_signing_in_and_out_leaves_an_entry_each(staffed: Staffed) -> None:
    entered = enter(staffed)
    signing_in.sign_out(staffed.office, entered.secret, HOME)
    signing_in.sign_out(staffed.office, entered.secret, HOME)
    newest = auditing.audit(staffed.office, staffed.by("admin"))[:2]
    assert [(each.row.act, each.row.address) for each in newest] == [("sign_out", HOME), ("sign_in", HOME)]


def test_no_secret_is_kept_as_it_is(staffed: Staffed) -> None:
    entered = enter(staffed)
    with view(staffed.office.engine) as session:
        kept = [*session.scalars(select(SignInRow.secret_sha256)), *session.scalars(select(DeviceRow.secret_sha256))]
    assert kept
    assert not {entered.secret, entered.device} & set(kept)


def test_a_password_is_the_same_in_both_forms_of_unicode(staffed: Staffed) -> None:
    assert unicodedata.normalize("NFD", PASSWORD) != PASSWORD
    assert enter(staffed, password=unicodedata.normalize("NFD", PASSWORD))
