"""PINs: where they count, and that 10,000 tries get nowhere."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from controller.operations import pins, signing_in
from controller.operations.errors import Conflict, Invalid, NotAllowed, NotSignedIn, OperationError, TooOften
from controller.operations.signing_in import Visit
from tests.support.staffed import PASSWORD, Staffed

PIN = "135792"


def with_pin(staffed: Staffed) -> None:
    pins.set_pin(staffed.office, staffed.by("admin"), PASSWORD, PIN)


def known(staffed: Staffed) -> Visit:
    """A device that knows the administrator, whose sign-in there has run out."""
    device = signing_in.sign_in(staffed.office, "admin", PASSWORD, Visit(remember=True)).device
    staffed.clock.now += timedelta(days=31)
    return Visit(device=device)


@pytest.mark.parametrize("pin", ["", "12345", "111111", "123456", "987654", "12345a", "1" * 13, "１２３４５７"])
def test_a_pin_that_is_guessed_first_is_refused(staffed: Staffed, pin: str) -> None:
    with pytest.raises(Invalid):
        pins.set_pin(staffed.office, staffed.by("admin"), PASSWORD, pin)


def test_a_pin_is_set_by_the_password_alone(staffed: Staffed) -> None:
    with pytest.raises(Invalid):
        pins.set_pin(staffed.office, staffed.by("admin"), "something else", PIN)
    with pytest.raises(Conflict):
        pins.require(staffed.office, staffed.by("admin"), PIN)
    with_pin(staffed)
    assert pins.has_pin(staffed.office, staffed.by("admin"))
    pins.require(staffed.office, staffed.by("admin"), PIN)
    with pytest.raises(NotAllowed):
        pins.require(staffed.office, staffed.by("admin"), "975310")


def test_a_pin_counts_on_a_known_device_after_the_sign_in_is_over_and_nowhere_else(staffed: Staffed) -> None:
    with_pin(staffed)
    visit = known(staffed)
    assert pins.enter(staffed.office, "Admin", PIN, visit).person == staffed.by("admin").person
    for elsewhere in (Visit(), Visit(device="another")):
        with pytest.raises(NotSignedIn):
            pins.enter(staffed.office, "admin", PIN, elsewhere)
    with pytest.raises(NotSignedIn):
        pins.enter(staffed.office, "head", PIN, visit)


def test_ten_thousand_tries_get_nowhere_also_on_a_known_device(staffed: Staffed) -> None:
    with_pin(staffed)
    visit = known(staffed)
    checked = 0
    for number in range(400):
        staffed.clock.advance(seconds=216)
        try:
            pins.enter(staffed.office, "admin", f"{number:06}", visit)
        except TooOften:
            continue
        except NotSignedIn:
            checked += 1
    assert checked <= 15, "in a whole day: ten thousand take two years"


def test_strangers_without_the_device_keep_nobody_out(staffed: Staffed) -> None:
    with_pin(staffed)
    visit = known(staffed)
    for number in range(50):
        with pytest.raises(NotSignedIn):
            pins.enter(staffed.office, "admin", f"{number:06}", Visit(device="another"))
    assert pins.enter(staffed.office, "admin", PIN, visit)


def test_tries_at_once_get_no_further_than_one_after_another(staffed: Staffed) -> None:
    with_pin(staffed)
    visit = known(staffed)

    def attempt(number: int) -> type[OperationError] | None:
        try:
            pins.enter(staffed.office, "admin", f"{number:06}", visit)
        except OperationError as error:
            return type(error)
        return None

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(attempt, range(24)))
    assert answers.count(NotSignedIn) == 5
    assert answers.count(TooOften) == 19
