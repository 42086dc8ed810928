"""What ModemManager says of a modem, by its own command-line tool; and the operator's word on the card, by USSD.

The tool is asked in a thread that may wait. Without it, or without a modem, there is nothing to say.
"""

from __future__ import annotations

import json
import logging
import re
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

log = logging.getLogger(__name__)

TOOL: Final = "mmcli"
PATIENCE, USSD_PATIENCE = 10.0, 45.0
LONGEST_ANSWER = 500
"""Characters of an operator's answer that are looked through."""
_GENERATIONS = (
    ("5g", ("5gnr",)),
    ("4g", ("lte",)),
    ("3g", ("umts", "hsdpa", "hsupa", "hspa", "hspa-plus", "evdo")),
    ("2g", ("gsm", "gprs", "edge")),
)


@dataclass(frozen=True, slots=True)
class Modem:
    """A modem as ModemManager sees it: generation (2g to 5g; empty: not registered), operator, quality in percent,
    level in dBm, and its network interface."""

    bearer: str = ""
    operator: str = ""
    quality: int | None = None
    signal: int | None = None
    interface: str = ""


@dataclass(frozen=True, slots=True)
class Card:
    """What the operator says of the card: its balance in the operator's currency, its expiry (ms UTC)."""

    balance: int | None = None
    expires: int | None = None


def ask_modem(tool: str = TOOL) -> Modem | None:
    """The first modem; None where there is no tool, no ModemManager or no modem."""
    seen = _asked(tool, "-J", "-m", "any")
    return None if seen is None else modem(seen, _asked(tool, "-J", "-m", "any", "--signal-get") or {})


def begin_signal(tool: str = TOOL) -> None:
    """Let the modem be asked for its level now and then: some say nothing without."""
    _said(tool, PATIENCE, "-m", "any", "--signal-setup=60")


def ask_card(code: str, balance: str, expires: str, tool: str = TOOL) -> Card | None:
    """The operator's answer to a USSD code, read by two patterns; None where it says nothing of either."""
    answer = _said(tool, USSD_PATIENCE, "-m", "any", f"--3gpp-ussd-initiate={code}")
    _said(tool, PATIENCE, "-m", "any", "--3gpp-ussd-cancel")
    if answer is None:
        return None
    card = read_card(answer, balance, expires)
    if card == Card():
        log.warning("the operator's answer says nothing of balance or expiry: %.120s", answer)
        return None
    return card


def modem(seen: Mapping[str, Any], signal: Mapping[str, Any]) -> Modem:
    """From the tool's JSON; total: what is not there, or `--`, is not known."""
    generic, network = _table(seen, "modem", "generic"), _table(seen, "modem", "3gpp")
    quality = _number(_table(generic, "signal-quality").get("value"))
    return Modem(
        bearer=_generation(generic.get("access-technologies")),
        operator=_word(network.get("operator-name")) or _word(network.get("operator-code")),
        quality=None if quality is None else min(100, max(0, round(quality))),
        signal=_level(_table(signal, "modem", "signal")),
        interface=_interface(generic.get("ports")),
    )


def read_card(answer: str, balance: str, expires: str) -> Card:
    """Balance and expiry (day/month/year) in an operator's answer, each the first group of its pattern."""
    answer = answer[:LONGEST_ANSWER]
    money, day = re.search(balance, answer, re.IGNORECASE), re.search(expires, answer, re.IGNORECASE)
    return Card(_money(money[1]) if money else None, _day(day[1]) if day else None)


def _money(text: str) -> int | None:
    digits = re.sub(r"[.,\s]", "", text)
    return int(digits) if digits.isdecimal() and len(digits) <= 12 else None


def _day(text: str) -> int | None:
    found = re.fullmatch(r"(\d{1,2})\D(\d{1,2})\D(\d{4})", text.strip())
    try:
        day, month, year = map(int, found.groups()) if found else (0, 0, 0)
        return int(datetime(year, month, day, tzinfo=UTC).timestamp() * 1000)
    except ValueError:
        return None


def _generation(names: object) -> str:
    known = [name for name in names if isinstance(name, str)] if isinstance(names, list) else []
    found = (g for g, starts in _GENERATIONS if any(name.startswith(starts) for name in known))
    return next(found, "")


def _level(signal: Mapping[str, Any]) -> int | None:
    """RSRP of 5G or LTE before RSSI: it is what the operator's coverage is told in."""
    for radio, name in (("5g", "rsrp"), ("lte", "rsrp"), ("lte", "rssi"), ("umts", "rssi"), ("gsm", "rssi")):
        level = _number(_table(signal, radio).get(name))
        if level is not None and -200 <= level <= 0:
            return round(level)
    return None


def _interface(ports: object) -> str:
    found = (re.fullmatch(r"(\S+) \(net\)", port) for port in (ports if isinstance(ports, list) else ()) if _word(port))
    return next((match[1] for match in found if match), "")


def _table(value: object, *names: str) -> Mapping[str, Any]:
    for name in names:
        value = value.get(name) if isinstance(value, Mapping) else None
    return value if isinstance(value, Mapping) else {}


def _word(value: object) -> str:
    return value[:64] if isinstance(value, str) and value != "--" else ""


def _number(value: object) -> float | None:
    if not isinstance(value, str | int | float):
        return None
    try:
        found = float(value)
    except (ValueError, OverflowError):
        return None
    return found if abs(found) < 1e6 else None


def _asked(tool: str, *words: str) -> Mapping[str, Any] | None:
    said = _said(tool, PATIENCE, *words)
    try:
        seen = json.loads(said) if said else None
    except ValueError:
        return None
    return seen if isinstance(seen, Mapping) else None


def _said(tool: str, patience: float, *words: str) -> str | None:
    """What the tool says in time, if it says that all went well."""
    command: Sequence[str] = (tool, *words)
    try:
        ended = subprocess.run(
            command, capture_output=True, stdin=subprocess.DEVNULL, text=True, errors="replace", timeout=patience,
            check=False,
        )  # fmt: skip
    except (OSError, subprocess.TimeoutExpired):
        return None
    return ended.stdout if ended.returncode == 0 else None
