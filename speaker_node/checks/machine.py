"""What the box itself lacks: a supply that holds, a card that takes writes, a modem that is registered, a watchdog."""

from __future__ import annotations

from pathlib import Path

from speaker_node.checks.sentences import Finding, Subject
from speaker_node.host import ask_modem, read, vitals
from speaker_node.host.modem import TOOL
from speaker_node.settings import Settings


def machine(settings: Settings, root: Path = Path("/"), tool: str = TOOL) -> tuple[Finding, ...]:
    """A finding for each, within some ten seconds; nobody asks a watchdog of a machine that only stands in for a box.
    `root`: where proc and sys lie."""
    folder = next(place for place in (settings.folder, *settings.folder.parents) if place.exists())
    found = supply(folder, root), disk(folder, root), modem(settings, tool)
    return found if settings.no_hardware else (*found, watchdog(root))


def supply(folder: Path, root: Path) -> Finding:
    """Whether the voltage holds, and has held since the machine began."""
    seen = vitals(folder, root)
    if seen.under_voltage:
        return Finding(Subject.SUPPLY, "low")
    if seen.under_voltage_since_boot:
        return Finding(Subject.SUPPLY, "dipped")
    return Finding(Subject.SUPPLY, "unknown" if seen.under_voltage is None else "ok")


def disk(folder: Path, root: Path) -> Finding:
    """Whether the node's folder lies on a disk that takes writes, and what its file systems have counted."""
    seen = vitals(folder, root)
    if seen.read_only:
        return Finding(Subject.DISK, "read-only", str(folder))
    if seen.disk_errors:
        return Finding(Subject.DISK, "errors", str(seen.disk_errors))
    return Finding(Subject.DISK, "uncounted" if seen.disk_errors is None else "ok")


def modem(settings: Settings, tool: str) -> Finding:
    """Whether ModemManager has a modem in a network, where one is expected."""
    seen = ask_modem(tool)
    if seen is None and settings.modem.ussd:
        return Finding(Subject.MODEM, "missing")
    if seen is None:
        return Finding(Subject.MODEM, "unseen" if settings.profile == "4g" else "none")
    if not seen.bearer:
        return Finding(Subject.MODEM, "unregistered")
    quality = "" if seen.quality is None else f", {seen.quality} %"
    return Finding(Subject.MODEM, "ok", f"{seen.operator or '?'}, {seen.bearer.upper()}{quality}")


def watchdog(root: Path) -> Finding:
    """Whether a hardware watchdog starts the machine anew when its kernel hangs."""
    states = [read(place / "state", str) for place in sorted((root / "sys/class/watchdog").glob("watchdog*"))]
    if "active" in states:
        return Finding(Subject.WATCHDOG, "ok")
    return Finding(Subject.WATCHDOG, "idle" if states else "none")
