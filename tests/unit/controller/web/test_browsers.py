"""Browsers in words."""

import pytest

from controller.web.browsers import browser_words

WINDOWS = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko)"
PHONE = "Mozilla/5.0 (Linux; Android 14; SM-A155F) AppleWebKit/537.36 (KHTML, like Gecko)"


@pytest.mark.parametrize(
    ("agent", "said"),
    [
        (f"{WINDOWS} Chrome/156.0.0.0 Safari/537.36", "Chrome trên Windows"),
        (f"{WINDOWS} coc_coc_browser/130.0 Chrome/124.0 Safari/537.36", "Cốc Cốc trên Windows"),
        (f"{WINDOWS} Chrome/156.0.0.0 Safari/537.36 Edg/156.0", "Edge trên Windows"),
        (f"{PHONE} Chrome/150.0 Mobile Safari/537.36", "Chrome trên điện thoại Android"),
        (f"{PHONE} Chrome/150.0 Mobile Safari/537.36 Zalo android/24", "Zalo trên điện thoại Android"),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) Version/17.5 Mobile Safari/604.1",
            "Safari trên iPhone",
        ),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox trên Linux"),
        ("python-httpx/0.28.1", "python-httpx"),
        ("<script>" * 20, "<script>" * 5),
        ("", "Chưa rõ"),
    ],
)
def test_a_browser_is_called_what_its_owner_calls_it(agent: str, said: str) -> None:
    assert browser_words(agent, "vi") == said
