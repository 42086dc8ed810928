"""The keys of the office behind one door: nothing else reads a private key, nothing leaves but signed bytes.

The folder is made whole at the first start (root, office, office-emergency, and the key set that root signed) or not
at all. Without one of its files, or where others may read it, the start stops: a key is never made anew by itself.
"""

from __future__ import annotations

import json
import os
import secrets
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path

from joserfc.jwk import OKPKey

from playlists import wire
from playlists.models import Key, KeySet, Millis, Number, Right, Value

ROOT = "root"
OFFICE = "office"
EMERGENCY = "office-emergency"
RIGHTS: Mapping[str, tuple[Right, ...]] = {
    OFFICE: (Right.PLAN, Right.MESSAGE, Right.ROUTINE_SHEET),
    EMERGENCY: (Right.EMERGENCY_SHEET,),
}
KEY_SET = "keyset.jws"
ROOT_PUBLIC = "root-public.jwk"
"""Beside the key set, what a node gets at set-up."""


class SignerError(Exception):
    """The keys cannot be used; the text names the file and the reason."""


class Signer:
    """Signs in the name of an issuer and knows the public halves of its own keys."""

    def __init__(self, root: OKPKey, issuers: Mapping[str, OKPKey], key_set: bytes) -> None:
        self._issuers = dict(issuers)
        self._public = {str(key.kid): wire.public_key(str(key.kid), wire.public_x(key)) for key in issuers.values()}
        self.root = wire.public_key(str(root.kid), wire.public_x(root))
        self.key_set = key_set
        self.keys = _read_key_set(key_set, self.root).keys

    @property
    def key_set_digest(self) -> str:
        """The name by which a plan calls the key set."""
        return wire.digest(self.key_set)

    def public(self, kid: str) -> OKPKey | None:
        """The public half of one of our own keys."""
        return self._public.get(kid)

    def sign(self, value: Value, issuer: str) -> bytes:
        """The signed document; KeyError for an issuer that is not ours."""
        return wire.sign(value, self._issuers[issuer])


def open_signer(folder: Path, site: str, now: Millis) -> Signer:
    """The signer of `site`; at the first start (no folder yet) its keys are made. SignerError names what is damaged."""
    if not folder.exists():
        _make(folder, site, now)
    private = {name: _private(folder / f"{name}.jwk") for name in (ROOT, *RIGHTS)}
    root = private.pop(ROOT)
    data = _read(folder / KEY_SET)
    try:
        key_set = _read_key_set(data, root)
    except ValueError as error:
        raise SignerError(f"{folder / KEY_SET}: {error}") from error
    _check(folder, site, key_set, private)
    return Signer(root, private, data)


def _check(folder: Path, site: str, key_set: KeySet, private: Mapping[str, OKPKey]) -> None:
    if key_set.to != site:
        raise SignerError(f"{folder / KEY_SET}: made for site {key_set.to}, not for {site}")
    named = {key.issuer: (key.kid, key.x) for key in key_set.keys}
    for issuer, key in private.items():
        if named.get(issuer) != (key.kid, wire.public_x(key)):
            raise SignerError(f"{folder / KEY_SET}: does not name the key of {issuer}.jwk")


def _make(folder: Path, site: str, now: Millis) -> None:
    """All files in a folder beside, then one rename: a start cut short leaves nothing half made."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    new = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    try:
        # Short, because every sheet carries it: an emergency is to fit in 512 bytes.
        private = {name: wire.new_key(secrets.token_hex(4)) for name in (ROOT, *RIGHTS)}
        for name, key in private.items():
            _write(new / f"{name}.jwk", wire.private_text(key).encode())
        _write(new / ROOT_PUBLIC, json.dumps(private[ROOT].as_dict(private=False)).encode())
        _write(new / KEY_SET, wire.sign(_new_key_set(site, now, private), private[ROOT]))
        _sync(new)
        new.rename(folder)
        _sync(folder.parent)
    except OSError:
        # Another process of this controller was first.
        if not folder.exists():
            raise
    finally:
        shutil.rmtree(new, ignore_errors=True)


def _new_key_set(site: str, now: Millis, private: Mapping[str, OKPKey]) -> KeySet:
    keys = tuple(
        Key(kid=str(private[issuer].kid), x=wire.public_x(private[issuer]), issuer=issuer, rights=rights)
        for issuer, rights in RIGHTS.items()
    )
    return KeySet(to=site, number=Number(epoch=1, sequence=now), keys=keys)


def _read_key_set(data: bytes, root: OKPKey) -> KeySet:
    opened = wire.open_signed(data, {str(root.kid): root}.get, wire.MESSAGE_LIMIT)
    document = wire.decode_document(opened.payload)
    if not isinstance(document, KeySet):
        raise ValueError("not a key set")
    return document


def _private(path: Path) -> OKPKey:
    data = _read(path)
    if path.stat().st_mode & 0o077:
        raise SignerError(f"{path}: others may read it; chmod 600")
    try:
        return wire.load_private(data.decode())
    except ValueError as error:
        raise SignerError(f"{path}: {error}") from error


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise SignerError(f"{path}: {error.strerror}") from error


def _write(path: Path, data: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
