"""Pages go out compressed to who takes it; what streams, and what another site asks for, goes out as it is."""

from __future__ import annotations

import gzip
import re
from collections.abc import Iterator

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from controller.web.compression import PADDING, SMALLEST, Compressed, compressed
from controller.web.pages.rendering import STATIC
from tests.support.broker import HOST, free_port
from tests.support.browsing import browse, enter
from tests.support.desk import Desk, served

TAKES = {"accept-encoding": "br, gzip;q=0.8"}
LONG = "Kính mời bà con đi họp. " * SMALLEST


def raw(client: httpx.Client, path: str, **headers: str) -> tuple[httpx.Response, bytes]:
    """An answer and its bytes as they came over the wire."""
    with client.stream("GET", path, headers={**TAKES, **headers}) as answer:
        return answer, b"".join(answer.iter_raw())


def test_a_page_is_a_third_of_its_length_or_less_and_still_the_same(commune: Desk) -> None:
    with browse(commune) as browser:
        enter(browser)
        whole, plain = raw(browser, "/", **{"accept-encoding": "identity"})
        small, packed = raw(browser, "/")
    assert small.headers["content-encoding"] == "gzip"
    assert "content-encoding" not in whole.headers
    assert int(small.headers["content-length"]) == len(packed) < len(plain) / 2.5
    assert "Accept-Encoding" in small.headers["vary"]
    assert "Accept-Encoding" in whole.headers["vary"]
    volatile = re.compile(rb'name="once" value="\w+"|\d\d:\d\d:\d\d|data-passed="\d+"|"\d{5,}"')
    assert volatile.sub(b"", gzip.decompress(packed)) == volatile.sub(b"", plain)


def test_static_files_are_compressed_and_kept_for_ever(commune: Desk) -> None:
    answer, packed = raw(commune.client, "/static/style.css")
    assert answer.headers["content-encoding"] == "gzip"
    assert "immutable" in answer.headers["cache-control"]
    assert answer.headers["etag"].startswith("W/")
    assert "accept-ranges" not in answer.headers
    assert gzip.decompress(packed) == (STATIC / "style.css").read_bytes()


def test_sound_is_passed_on_as_it_is_whole_or_in_parts(commune: Desk) -> None:
    sha256 = commune.speech()
    for headers, status in ({}, 200), ({"range": "bytes=0-999"}, 206):
        answer, _ = raw(commune.client, f"/assets/{sha256}", **headers)
        assert answer.status_code == status
        assert "content-encoding" not in answer.headers


def test_what_another_site_asks_for_is_not_compressed(commune: Desk) -> None:
    for site in ("cross-site", "same-site"):
        answer, _ = raw(commune.client, "/static/style.css", **{"sec-fetch-site": site})
        assert "content-encoding" not in answer.headers


def test_the_length_of_the_same_page_varies() -> None:
    lengths = {len(compressed(LONG.encode())) for _ in range(200)}
    assert max(lengths) - min(lengths) > PADDING / 2
    assert gzip.decompress(compressed(LONG.encode())) == LONG.encode()


@pytest.fixture
def plain() -> Iterator[httpx.Client]:
    """An application of a few answers."""

    def streamed(_: Request) -> Response:
        return StreamingResponse((LONG for _ in range(3)), media_type="text/html")

    def short(_: Request) -> Response:
        return Response("Hết.", media_type="text/html")

    app = Starlette(routes=[Route("/streamed", streamed), Route("/short", short)])
    port = free_port()
    with served(Compressed(app), port), httpx.Client(base_url=f"http://{HOST}:{port}", trust_env=False) as client:
        yield client


def test_what_comes_piece_by_piece_and_what_is_short_is_passed_on(plain: httpx.Client) -> None:
    answer, body = raw(plain, "/streamed")
    assert body.decode() == LONG * 3
    assert "content-encoding" not in answer.headers
    answer, body = raw(plain, "/short")
    assert body.decode() == "Hết."
    assert "content-encoding" not in answer.headers


@pytest.mark.parametrize("offer", ["", "br", "gzip;q=0", "identity"])
def test_who_does_not_take_gzip_gets_none(offer: str, commune: Desk) -> None:
    answer, _ = raw(commune.client, "/static/style.css", **{"accept-encoding": offer})
    assert "content-encoding" not in answer.headers
