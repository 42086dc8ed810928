"""Passwords, secrets and random ids."""

import secrets
import unicodedata
from hashlib import sha256

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from controller.domain.problems import Problem
from controller.operations.errors import Invalid

SHORTEST_PASSWORD, LONGEST_PASSWORD = 10, 200
_LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789"
_CLEAR_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
_HASHER = PasswordHasher()
# Of no password that anybody has; it stands here because making one takes a tenth of a second at each start.
_NOBODY = "$argon2id$v=19$m=65536,t=3,p=4$XMuhX9Q71FvAERitLBXqRQ$QeSn9fTm9Ujd1fcngT2vHZt8YDiZAkWiKye16TYIGB0"


def random_id() -> str:
    """A new id: ten of `[a-z0-9]`, from nothing that can be guessed."""
    return "".join(secrets.choice(_LETTERS) for _ in range(10))


def random_secret() -> str:
    """A secret of 256 bits for a cookie or a token."""
    return secrets.token_urlsafe(32)


def random_code() -> str:
    """A set-up code to be typed: three groups of five letters that cannot be mistaken, 75 bits."""
    return "-".join("".join(secrets.choice(_CLEAR_LETTERS) for _ in range(5)) for _ in range(3))


def digest(secret: str) -> str:
    """What is kept of a secret that is random already."""
    return sha256(secret.encode()).hexdigest()


def password_hash(password: str, username: str, where: str = "password") -> str:
    """The argon2 hash of a new password. Raises Invalid for one that is too short, too long or the user's name."""
    if not SHORTEST_PASSWORD <= len(password) <= LONGEST_PASSWORD:
        raise Invalid(Problem(where, "bad_password", "A password has at least 10 letters and at most 200."))
    if password.casefold() == username.casefold():
        raise Invalid(Problem(where, "bad_password", "The password must not be the user name."))
    return _HASHER.hash(_same(password))


def pin_hash(pin: str) -> str:
    """The argon2 hash of a PIN."""
    return _HASHER.hash(_same(pin))


def matches(password: str, hashed: str | None) -> bool:
    """Whether a password is the one; takes as long for somebody who does not exist."""
    try:
        return _HASHER.verify(hashed or _NOBODY, _same(password)[:LONGEST_PASSWORD]) and hashed is not None
    except (VerificationError, InvalidHashError):
        return False


def _same(password: str) -> str:
    """One spelling of what the eye cannot tell apart: keyboards send the same Vietnamese letter in two forms."""
    return unicodedata.normalize("NFC", password)
