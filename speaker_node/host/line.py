"""What carries the node's words: the interface of the default route, its kind, and how well it hears."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from playlists.reports import Line
from speaker_node.host.files import read
from speaker_node.host.modem import Modem

_MOBILE = ("wwan", "ppp", "usb")
_FULL_QUALITY = 70
"""The link quality of /proc/net/wireless that counts as whole."""


@dataclass(frozen=True, slots=True)
class Wireless:
    """A Wi-Fi interface: its level in dBm, its link quality in percent."""

    signal: int
    quality: int


def line(root: Path, modem: Modem | None) -> Line:
    """The line as it is now, without what is counted over time. No network's name is told but the operator's."""
    interface = default_interface(root)
    if modem is not None and (mobile(interface) or interface == modem.interface):
        bearer = modem.bearer or "mobile"
        return Line(bearer=bearer, operator=modem.operator, signal=modem.signal, quality=modem.quality)
    heard = wireless(root).get(interface)
    if heard is not None:
        return Line(bearer="wifi", signal=heard.signal, quality=heard.quality)
    return Line(bearer="" if not interface else "mobile" if mobile(interface) else "ethernet")


def mobile(interface: str) -> bool:
    """Whether an interface is a modem's by its name."""
    return interface.startswith(_MOBILE)


def default_interface(root: Path) -> str:
    """The interface of the default route with the least metric; empty without one."""
    rows = [row.split() for row in (read(root / "proc/net/route", str) or "").splitlines()[1:]]
    found = [(int(row[6]), row[0]) for row in rows if len(row) > 7 and row[1] == "00000000" and row[6].isdecimal()]
    return min(found)[1] if found else ""


def wireless(root: Path) -> dict[str, Wireless]:
    """Each Wi-Fi interface by its name."""
    return read(root / "proc/net/wireless", _wireless) or {}


def counters(root: Path) -> dict[str, int]:
    """Bytes that each interface but the loopback took and gave since it came to be."""
    found: dict[str, int] = {}
    for place in sorted((root / "sys/class/net").glob("*")):
        both = [read(place / "statistics" / name, int) for name in ("rx_bytes", "tx_bytes")]
        if place.name != "lo" and None not in both:
            found[place.name] = sum(each for each in both if each is not None)
    return found


def _wireless(text: str) -> dict[str, Wireless]:
    rows = (row.split() for row in text.splitlines() if ":" in row)
    return {
        row[0].rstrip(":"): Wireless(int(float(row[3])), min(100, max(0, round(float(row[2]) * 100 / _FULL_QUALITY))))
        for row in rows
    }
