"""What a password costs whoever guesses."""

from argon2 import PasswordHasher, extract_parameters
from argon2.profiles import RFC_9106_LOW_MEMORY

from controller.operations.secrets import _NOBODY, matches, password_hash


def test_a_password_costs_what_the_standard_advises(true_hasher: PasswordHasher) -> None:
    assert extract_parameters(true_hasher.hash("mật khẩu dài")) == RFC_9106_LOW_MEMORY


def test_a_name_that_nobody_has_costs_as_much_and_lets_nobody_in() -> None:
    assert extract_parameters(_NOBODY) == RFC_9106_LOW_MEMORY
    assert not matches("the password of nobody", None)


def test_a_password_is_its_own_alone() -> None:
    hashed = password_hash("mật khẩu dài", "an")
    assert matches("mật khẩu dài", hashed)
    assert not matches("mật khẩu dàj", hashed)
