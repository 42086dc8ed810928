"""Audio by the API: up, refused, down again, by anybody who knows its hash."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import httpx
import pytest

from tests.support.desk import Desk, tone


def files(desk: Desk) -> list[Path]:
    """All that the media folder holds."""
    return [path for path in desk.media.root.rglob("*") if path.is_file()]


def test_an_upload_comes_down_again_by_its_hash_in_whole_and_in_parts(commune: Desk, tmp_path: Path) -> None:
    answer = commune.upload(tone(tmp_path / "a.mp3"), "Nhạc hiệu.mp3", "editor")
    assert answer.status_code == 201, answer.text
    asset = answer.json()
    assert asset["title"] == "Nhạc hiệu"
    assert asset["frames"] == pytest.approx(2 * 48_000, abs=3000)
    whole = commune.client.get(f"/assets/{asset['sha256']}")
    assert hashlib.sha256(whole.content).hexdigest() == asset["sha256"]
    assert len(whole.content) == asset["bytes"]
    assert "immutable" in whole.headers["cache-control"]
    part = commune.client.get(f"/assets/{asset['sha256']}", headers={"Range": "bytes=100-"})
    assert part.status_code == 206
    assert part.content == whole.content[100:]
    none = commune.client.get(f"/assets/{asset['sha256']}", headers={"Range": f"bytes={asset['bytes']}-"})
    assert none.status_code == 416
    assert commune.client.head(f"/assets/{asset['sha256']}").headers["content-length"] == str(asset["bytes"])


def test_the_original_is_kept_and_given_to_staff_alone(commune: Desk, tmp_path: Path) -> None:
    upload = tone(tmp_path / "a.wav")
    given = upload.read_bytes()
    sha256 = commune.upload(upload, "a.wav", "editor").json()["sha256"]
    assert commune.get(f"/assets/{sha256}/original", "editor").content == given
    assert commune.get(f"/assets/{sha256}/original", "nobody").status_code == 401
    original = hashlib.sha256(given).hexdigest()
    assert commune.client.get(f"/assets/{original}").status_code == 404
    assert [entry["sha256"] for entry in commune.get("/assets").json()] == [sha256]


@pytest.mark.parametrize(
    "path", ["/assets/" + "0" * 64, "/assets/..%2f..%2floa.db", "/assets/abc", "/static/../app.py"]
)
def test_what_is_no_asset_is_not_found(path: str, commune: Desk) -> None:
    assert commune.client.get(path).status_code in (404, 422)


REFUSED = {
    "empty": (b"", "a.mp3", "empty"),
    "no audio": (b"Th\xc3\xb4ng b\xc3\xa1o " * 1000, "a.mp3", "no_audio"),
    "a playlist": (b"#EXTM3U\nfile:///etc/passwd\n", "a.mp3", "no_audio"),
    "a path for a name": (b"x", "../../x", "bad_name"),
    "a header that promises 2 GB": (
        b"RIFF\0\0\xff\x7fWAVEfmt \x10\0\0\0\1\0\1\0\x80\xbb\0\0\0w\1\0\2\0\x10\0data\0\xff\xfe\x7f"
        + b"\1\2" * 900,
        "a.wav", "truncated",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_a_bad_upload_is_refused_in_the_users_language_and_nothing_is_stored(
    case: str, commune: Desk, tmp_path: Path
) -> None:
    content, name, reason = REFUSED[case]
    upload = tmp_path / "upload"
    upload.write_bytes(content)
    said = {}
    for language in ("vi", "en"):
        begun = time.monotonic()
        answer = commune.upload(upload, name, "editor", **{"Accept-Language": language})
        assert time.monotonic() - begun < 5
        assert answer.status_code == 422, answer.text
        problem = answer.json()
        assert problem["errors"][0]["field"] == "file"
        assert problem["errors"][0]["reason"] == reason
        said[language] = problem["detail"]
    assert said["vi"] != said["en"]
    assert files(commune) == []
    assert commune.get("/assets").json() == []


CHUNK, CHUNKS = 65_536, 20_000


def endless(taken: list[int]) -> Iterator[bytes]:
    """An upload without an end that anybody waits for; notes how many bytes were taken."""
    yield b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.mp3"\r\n\r\n'
    for _ in range(CHUNKS):
        taken.append(CHUNK)
        yield b"\0" * CHUNK


@pytest.mark.parametrize("who", ["editor", "nobody"])
def test_an_upload_beyond_the_limit_ends_while_it_comes_in(who: str, commune: Desk) -> None:
    headers = {"Content-Type": "multipart/form-data; boundary=x"}
    if who in commune.tokens:
        headers["Authorization"] = f"Bearer {commune.tokens[who]}"
    taken: list[int] = []
    # The answer may be lost when the server hangs up on what is still being sent.
    with suppress(httpx.TransportError):
        answer = commune.client.post("/api/v1/assets", content=endless(taken), headers=headers)
        assert answer.status_code == 413
    assert sum(taken) < (600 if who == "editor" else 20) * 1024 * 1024
    assert files(commune) == []


def test_who_may_not_upload_is_told_before_anything_is_made(commune: Desk, tmp_path: Path) -> None:
    upload = tone(tmp_path / "a.mp3")
    assert commune.upload(upload, "a.mp3", "approver").status_code == 403
    assert commune.upload(upload, "a.mp3", "nobody").status_code == 401
    assert commune.upload(upload, "a.mp3", "editor", area="nirgends").status_code == 404
    assert files(commune) == []


def test_a_text_is_spoken_once_per_key_and_refused_when_it_says_nothing(commune: Desk) -> None:
    body = {"area": commune.root, "text": "Mời bà con họp thôn.", "title": "Họp thôn"}
    first = commune.post("/speech", body, "editor", headers={"Idempotency-Key": "k1"})
    again = commune.post("/speech", body, "editor", headers={"Idempotency-Key": "k1"})
    assert first.json() == again.json()
    assert first.json()["title"] == "Họp thôn"
    for text, reason in (("…", "empty"), ("a" * 5000, "too_long")):
        answer = commune.post("/speech", {**body, "text": text}, "editor")
        assert answer.status_code == 422
        assert answer.json()["errors"][0]["reason"] == reason
    assert commune.get("/voices").json()[0] == {"voice": "vi", "language": "vi"}


def test_a_playlist_is_measured_before_and_after_it_stands_in_a_broadcast(commune: Desk, tmp_path: Path) -> None:
    chime = commune.upload(tone(tmp_path / "a.wav", 1), "a.wav", "editor").json()["sha256"]
    longer = commune.upload(tone(tmp_path / "b.wav", 3), "b.wav", "editor").json()["sha256"]
    items = [
        {"title": "Nhạc hiệu", "recordings": [{"asset": chime}]},
        {"title": "Tin", "recordings": [{"asset": chime}, {"language": "en", "asset": longer}]},
        {"recordings": [{"asset": longer}]},
    ]
    measured = commune.post("/playlists/measure", {"items": items}, "editor").json()
    assert [item["begins_ms"] for item in measured["items"]] == [0, 1000, 4000]
    assert measured["length_ms"] == 7000
    broadcast = commune.made("/broadcasts", commune.version(chime, playlist=items), "editor")
    assert commune.get(f"/broadcasts/{broadcast}/versions/1/playlist").json() == measured
    nothing = {"items": [{"recordings": [{"asset": "0" * 64}]}]}
    assert commune.post("/playlists/measure", nothing, "editor").status_code == 404


def test_a_late_rule_comes_with_a_programme_the_usual_one_of_its_kind_unless_said(commune: Desk) -> None:
    said = {"kind": "whole", "within_s": 1800}
    for name, more in (("Tin", {}), ("Nhạc", {"kind": "music"}), ("Hạn", {"late": said})):
        commune.made("/programmes", {"area": commune.root, "name": name, **more}, "editor")
    found = {each["name"]: each["late"] for each in commune.get("/programmes", "editor").json()}
    assert found["Tin"] == {"kind": "whole", "within_s": 9000}
    assert found["Nhạc"] == {"kind": "join", "within_s": 0}
    assert found["Hạn"] == said
    wrong = {"area": commune.root, "name": "Sai", "late": {"kind": "skip", "within_s": 5}}
    assert commune.post("/programmes", wrong, "editor").json()["errors"][0]["field"] == "late.within_s"
