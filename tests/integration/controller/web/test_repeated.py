"""What is kept of a request that may come again."""

from __future__ import annotations

import hashlib
import hmac
from pathlib import Path

from sqlalchemy import select

from controller.app import web_secret
from controller.storage.engine import reading
from controller.storage.tables import IdempotencyRow
from tests.support.desk import PASSWORD, SECRET, Desk

BODY = {"role": "editor", "name": "Bình", "username": "binh", "password": PASSWORD}


def test_what_is_kept_of_a_password_tells_nothing_to_who_has_only_the_database(commune: Desk) -> None:
    answer = commune.post("/people", {"area": commune.root, **BODY}, headers={"Idempotency-Key": "k1"})
    assert answer.status_code == 201, answer.text
    asked = b"POST /api/v1/people\n" + answer.request.content
    with reading(commune.office.engine) as session:
        row = session.scalars(select(IdempotencyRow)).one()
    assert row.request_sha256 == hmac.new(SECRET, asked, "sha256").hexdigest()
    assert row.request_sha256 != hashlib.sha256(asked).hexdigest()


def test_the_secret_of_the_web_is_made_once_and_only_its_owner_reads_it(tmp_path: Path) -> None:
    path = tmp_path / "web.key"
    assert len(web_secret(path)) == 32
    assert web_secret(path) == path.read_bytes()
    assert path.stat().st_mode & 0o777 == 0o600
