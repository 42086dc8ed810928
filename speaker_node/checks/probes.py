"""Asks this machine what the sentences need to know. Nothing here disturbs a node that runs: no pin is claimed."""

import json
import os
import re
import select
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from playlists import wire
from playlists.models import KeySet
from speaker_node.checks.machine import machine
from speaker_node.checks.sentences import Finding, Subject
from speaker_node.host import EARLIEST, hardware_clock, system_clock
from speaker_node.settings import Settings

LATEST = 4_070_908_800
"""2099-01-01: a clock that says more was set wrong."""
RTC_RIGHT = 3.0
"""s that a hardware clock may differ from a synchronised one: it tells whole seconds, and drifts."""
HIGH_AT_BOOT = frozenset((*range(9), 14))
"""GPIO 0 to 8 are pulled up from power-on until a driver takes them; 14 is the serial console's, idle high."""
_BY_INDEX = re.compile(r"^(plug)?hw:\d|CARD=\d")
_PATIENCE = 5.0
_SECOND_TRY = 1.5
"""s that the sound process is left to try a card again that failed once."""
_LIBVLC = "import vlc; print(vlc.libvlc_get_version().decode())"
_PINS = "import gpiozero as g; g.Device.ensure_pin_factory(); print(type(g.Device.pin_factory).__name__)"


def gather(settings: Settings) -> tuple[Finding, ...]:
    """Everything a node needs, in the order in which it is told; some seconds at most."""
    return (
        player(),
        *sound(settings),
        *pins(settings),
        clock(settings),
        rtc(),
        space(settings),
        *machine(settings),
        broker(settings.broker.host, settings.broker.port),
        password(settings.broker.password_file),
        node_key(settings.keys.node, settings.node),
        root_key(settings.keys.root),
        key_set(settings),
    )


def player() -> Finding:
    """Asked in a process of its own: only the sound process loads libVLC."""
    good, said = _python(_LIBVLC)
    return Finding(Subject.PLAYER, "ok" if good else "missing", said.split(" ")[0] if good else said)


def sound(settings: Settings) -> Iterator[Finding]:
    """The sound process itself tries each card."""
    wanted = settings.sound
    if wanted.recordings is not None and not wanted.cards:
        yield _writable(Subject.SOUND, wanted.recordings, "recordings")
    for card in wanted.cards:
        error = card_error((sys.executable, "-m", "speaker_node.sound", "--sink", f"alsa:{card}"))
        if error is not None:
            yield Finding(Subject.SOUND, "busy" if "busy" in error.lower() else "failed", error)
        elif _BY_INDEX.search(card):
            yield Finding(Subject.SOUND, "by index", card)
        else:
            yield Finding(Subject.SOUND, "ok", card)


def pins(settings: Settings) -> Iterator[Finding]:
    """Whether gpiozero finds a way to the pins, none is touched; and which of them are high before anybody drives
    them."""
    wiring = settings.amplifier
    if wiring.mock is not None:
        folder = _writable(Subject.PINS, wiring.mock.parent, "mock")
        yield folder if folder.condition != "mock" else Finding(Subject.PINS, "mock", str(wiring.mock))
    else:
        good, said = _python(_PINS)
        yield Finding(Subject.PINS, "ok" if good else "missing", said)
    closed = ", ".join(f"GPIO {pin}" for pin in wiring.pins if (pin in HIGH_AT_BOOT) is not wiring.active_low)
    if closed:
        yield Finding(Subject.PINS, "active low" if wiring.active_low else "high at boot", closed)


def clock(settings: Settings) -> Finding:
    """What the machine's clock is worth: how the kernel keeps it, and whether it can be right at all."""
    if not _counts_past_2038():
        return Finding(Subject.CLOCK, "short")
    shown = f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S} UTC"
    if not EARLIEST <= time.time() < LATEST:
        return Finding(Subject.CLOCK, "impossible", shown)
    if settings.clock == "host":
        return Finding(Subject.CLOCK, "host", shown)
    seen = system_clock()
    if seen.synchronised is None:
        return Finding(Subject.CLOCK, "unknown", shown)
    if not seen.synchronised:
        return Finding(Subject.CLOCK, "adrift", shown)
    return Finding(Subject.CLOCK, "ok", f"{seen.bound} ms, {shown}")


def _counts_past_2038() -> bool:
    try:
        return time.gmtime(1 << 33).tm_year > 2200
    except (OverflowError, OSError, ValueError):
        return False


def rtc(root: Path = Path("/")) -> Finding:
    """Whether a clock keeps the time through a power cut, and whether it is the right one where that is known."""
    found, seen = hardware_clock(root), system_clock()
    if found.offset is None:
        return Finding(Subject.HARDWARE_CLOCK, "unknown" if found.kept is None else "missing")
    away = (found.offset + time.monotonic_ns()) / 1e9 - time.time()
    if seen.synchronised and abs(away) > RTC_RIGHT:
        return Finding(Subject.HARDWARE_CLOCK, "wrong", f"{away:+.0f} s")
    return Finding(Subject.HARDWARE_CLOCK, "ok" if seen.synchronised else "unproved")


def space(settings: Settings) -> Finding:
    """What is left for audio above what is left to others."""
    folder = _writable(Subject.SPACE, settings.folder, "ok")
    if folder.condition != "ok":
        return folder
    stat = os.statvfs(_existing(settings.folder))
    free = stat.f_bavail * stat.f_frsize // 1_000_000
    return Finding(Subject.SPACE, "low" if free < settings.assets.leave_free_mb + 50 else "ok", f"{free} MB")


def broker(host: str, port: int) -> Finding:
    """Whether something answers at the broker's address."""
    place = f"{host}:{port}"
    try:
        with socket.create_connection((host, port), _PATIENCE):
            return Finding(Subject.BROKER, "ok", place)
    except socket.gaierror:
        return Finding(Subject.BROKER, "no name", host)
    except ConnectionRefusedError:
        return Finding(Subject.BROKER, "refused", place)
    except OSError:
        return Finding(Subject.BROKER, "no answer", place)


def password(path: Path | None) -> Finding:
    """The broker's password, if one is used."""
    if path is None:
        return Finding(Subject.PASSWORD, "none")
    text = _text(path)
    if text is None:
        return Finding(Subject.PASSWORD, "unreadable", str(path))
    if not text.split("\n", 1)[0].strip():
        return Finding(Subject.PASSWORD, "empty", str(path))
    return Finding(Subject.PASSWORD, "open" if _open_to_others(path) else "ok", str(path))


def node_key(path: Path, node: str) -> Finding:
    """The node's private key, which bears its id: the office looks a signature up by it."""
    text = _text(path)
    if text is None:
        return Finding(Subject.NODE_KEY, "unreadable", str(path))
    try:
        key = wire.load_private(text)
    except ValueError:
        return Finding(Subject.NODE_KEY, "bad", str(path))
    if key.kid != node:
        return Finding(Subject.NODE_KEY, "foreign", f"{path} ({key.kid})")
    return (
        Finding(Subject.NODE_KEY, "open", str(path))
        if _open_to_others(path)
        else Finding(Subject.NODE_KEY, "ok", str(key.kid))
    )


def root_key(path: Path) -> Finding:
    """The root's public key, by which all else is judged."""
    text = _text(path)
    if text is None:
        return Finding(Subject.ROOT_KEY, "unreadable", str(path))
    with suppress(ValueError):
        wire.load_private(text)
        return Finding(Subject.ROOT_KEY, "private", str(path))
    known = _root(text)
    return Finding(Subject.ROOT_KEY, "ok", known[0]) if known else Finding(Subject.ROOT_KEY, "bad", str(path))


def key_set(settings: Settings) -> Finding:
    """The key set that the set-up left, judged by root."""
    path = settings.keys.key_set
    if path is None:
        return Finding(Subject.KEY_SET, "none")
    root = _root(_text(settings.keys.root) or "")
    with suppress(ValueError, OSError):
        known = {root[0]: wire.public_key(*root)} if root else {}
        opened = wire.open_signed(path.read_bytes(), known.get, wire.MESSAGE_LIMIT)
        document = wire.decode_document(opened.payload)
        if isinstance(document, KeySet) and document.to == settings.site:
            return Finding(Subject.KEY_SET, "ok", str(len(document.keys)))
    return Finding(Subject.KEY_SET, "bad", str(path))


def _root(text: str) -> tuple[str, str] | None:
    """Key id and `x` of a public JWK."""
    with suppress(ValueError, KeyError, TypeError):
        fields = json.loads(text)
        wire.public_key(fields["kid"], fields["x"])
        return fields["kid"], fields["x"]
    return None


def _text(path: Path) -> str | None:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return None


def _open_to_others(path: Path) -> bool:
    return bool(path.stat().st_mode & 0o077)


def _existing(folder: Path) -> Path:
    """The folder, or the nearest one above it that is there."""
    return next(place for place in (folder, *folder.parents) if place.exists())


def _writable(subject: Subject, folder: Path, condition: str) -> Finding:
    good = os.access(_existing(folder.absolute()), os.W_OK | os.X_OK)
    return Finding(subject, condition if good else "unwritable", str(folder))


def _python(words: str) -> tuple[bool, str]:
    """Whether a Python of its own could do this, with the last line it said."""
    command = [sys.executable, "-W", "ignore", "-c", words]
    try:
        ended = subprocess.run(command, capture_output=True, text=True, timeout=4 * _PATIENCE, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        return False, str(error)
    said = (ended.stdout if ended.returncode == 0 else ended.stderr).strip().splitlines()
    if ended.returncode == 0:
        return True, said[-1]
    return False, said[-1].partition(": ")[2].rstrip(".!") if said else f"exit code {ended.returncode}"


def card_error(command: Sequence[str]) -> str | None:
    """What the sound process says against the card; None once it runs there."""
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, bufsize=0
    ) as process:
        try:
            return _heard(process, time.monotonic() + _PATIENCE)
        finally:
            process.kill()


def _heard(process: "subprocess.Popen[bytes]", deadline: float) -> str | None:
    assert process.stdout
    error, rest = "no answer", b""
    while (left := deadline - time.monotonic()) > 0 and select.select([process.stdout], [], [], left)[0]:
        data = process.stdout.read(65_536)
        if not data:
            return error if error != "no answer" else "the sound process ended"
        *lines, rest = (rest + data).split(b"\n")
        for said in map(json.loads, lines):
            if said["device_ok"]:
                return None
            if said["error"]:
                error, deadline = said["error"], min(deadline, time.monotonic() + _SECOND_TRY)
    return error
