"""The machine under the node: its vitals, its clocks, its line, its watchdog."""

from speaker_node.host.errands import Errands, Way
from speaker_node.host.files import read
from speaker_node.host.host import Host, origin
from speaker_node.host.logs import Ring, journal_lines
from speaker_node.host.machine import (
    EARLIEST,
    HardwareClock,
    SystemClock,
    Vitals,
    hardware_clock,
    machine_id,
    system_clock,
    vitals,
)
from speaker_node.host.modem import ask_modem
from speaker_node.host.notifier import Notifier
from speaker_node.host.watch import Asked, Rhythm, Watch

__all__ = [
    "EARLIEST",
    "Asked",
    "Errands",
    "HardwareClock",
    "Host",
    "Notifier",
    "Rhythm",
    "Ring",
    "SystemClock",
    "Vitals",
    "Watch",
    "Way",
    "ask_modem",
    "hardware_clock",
    "journal_lines",
    "machine_id",
    "origin",
    "read",
    "system_clock",
    "vitals",
]
