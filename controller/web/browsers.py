"""Browsers in words: out of what a browser calls itself, what its owner calls it."""

from __future__ import annotations

from controller.locale import N_, sentence

_BROWSERS = (
    ("Zalo", "Zalo"), ("coc_coc", "Cốc Cốc"), ("Edg", "Edge"), ("OPR/", "Opera"),
    ("SamsungBrowser", "Samsung Internet"), ("Firefox", "Firefox"),
    ("Chrome", "Chrome"), ("CriOS", "Chrome"), ("Safari", "Safari"),
)  # fmt: skip
_MACHINES = (
    ("Android", N_("an Android phone")), ("iPhone", "iPhone"), ("iPad", "iPad"), ("Windows", "Windows"),
    ("Mac OS X", "Mac"), ("CrOS", "ChromeOS"), ("Linux", "Linux"),
)  # fmt: skip


def browser_words(agent: str, language: str) -> str:
    """`Chrome trên Windows`; a programme by the first word of its name."""
    browser = next((name for mark, name in _BROWSERS if mark in agent), "")
    machine = next((name for mark, name in _MACHINES if mark in agent), "")
    if browser and machine:
        return sentence(
            language, N_("{browser} on {machine}"), {"browser": browser, "machine": sentence(language, machine)}
        )
    return browser or sentence(language, machine) or agent.split("/")[0][:40] or sentence(language, N_("Not known"))
