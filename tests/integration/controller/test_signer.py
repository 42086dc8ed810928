"""The signer: keys made once, whole, private; signed bytes and nothing else come out."""

import json
from pathlib import Path

import pytest

from controller.signer import EMERGENCY, KEY_SET, OFFICE, ROOT_PUBLIC, Signer, SignerError, open_signer
from playlists import wire
from playlists.models import AlertSheet, KeySet, Millis, Number, Right

NOW = Millis(1_790_000_000_000)


def opened(folder: Path) -> Signer:
    return open_signer(folder / "keys", "xa", NOW)


def test_the_first_start_makes_private_files_and_a_key_set_signed_by_root(tmp_path: Path) -> None:
    signer = opened(tmp_path)
    files = sorted(path.name for path in (tmp_path / "keys").iterdir())
    assert files == [KEY_SET, "office-emergency.jwk", "office.jwk", ROOT_PUBLIC, "root.jwk"]
    assert {path.stat().st_mode & 0o777 for path in (tmp_path / "keys").iterdir()} == {0o600}
    assert (tmp_path / "keys").stat().st_mode & 0o777 == 0o700
    held = wire.decode_document(wire.open_signed(signer.key_set, {signer.root.kid: signer.root}.get, 65536).payload)
    assert isinstance(held, KeySet)
    assert held.to == "xa"
    assert [path.name for path in tmp_path.iterdir()] == ["keys"]


def test_what_a_node_gets_holds_no_private_key(tmp_path: Path) -> None:
    signer = opened(tmp_path)
    given = json.loads((tmp_path / "keys" / ROOT_PUBLIC).read_text())
    assert (given["kid"], given["x"]) == (signer.root.kid, wire.public_x(signer.root))
    assert "d" not in given


def test_each_issuer_is_one_key_with_its_own_rights(tmp_path: Path) -> None:
    rights = {key.issuer: key.rights for key in opened(tmp_path).keys}
    assert rights == {
        OFFICE: (Right.PLAN, Right.MESSAGE, Right.ROUTINE_SHEET),
        EMERGENCY: (Right.EMERGENCY_SHEET,),
    }


def test_a_later_start_has_the_same_keys(tmp_path: Path) -> None:
    first, second = opened(tmp_path), opened(tmp_path)
    assert first.key_set == second.key_set
    sheet = AlertSheet(to="z", issuer=OFFICE, number=Number(epoch=1, sequence=1), issued_at=NOW)
    signed = first.sign(sheet, OFFICE)
    assert wire.decode_document(wire.open_signed(signed, second.public, 4096).payload) == sheet


def test_signing_for_a_foreign_issuer_is_an_error(tmp_path: Path) -> None:
    sheet = AlertSheet(to="z", issuer="province", number=Number(epoch=1, sequence=1), issued_at=NOW)
    with pytest.raises(KeyError):
        opened(tmp_path).sign(sheet, "province")


def test_a_missing_key_is_not_made_anew(tmp_path: Path) -> None:
    opened(tmp_path)
    (tmp_path / "keys" / "office.jwk").unlink()
    with pytest.raises(SignerError, match=r"office\.jwk: No such file"):
        opened(tmp_path)


def test_a_key_that_others_may_read_stops_the_start(tmp_path: Path) -> None:
    opened(tmp_path)
    (tmp_path / "keys" / "root.jwk").chmod(0o640)
    with pytest.raises(SignerError, match=r"root\.jwk: others may read it"):
        opened(tmp_path)


def test_a_swapped_key_stops_the_start(tmp_path: Path) -> None:
    opened(tmp_path)
    path = tmp_path / "keys" / "office.jwk"
    path.write_text(wire.private_text(wire.new_key("office-1")))
    with pytest.raises(SignerError, match=r"does not name the key of office\.jwk"):
        opened(tmp_path)


def test_a_forged_key_set_stops_the_start(tmp_path: Path) -> None:
    signer = opened(tmp_path)
    forged = KeySet(to="xa", number=Number(epoch=1, sequence=2), keys=signer.keys)
    (tmp_path / "keys" / KEY_SET).write_bytes(wire.sign(forged, wire.new_key(str(signer.root.kid))))
    with pytest.raises(SignerError, match="bad_signature"):
        opened(tmp_path)


def test_the_keys_of_another_site_stop_the_start(tmp_path: Path) -> None:
    opened(tmp_path)
    with pytest.raises(SignerError, match="made for site xa, not for other"):
        open_signer(tmp_path / "keys", "other", NOW)
