"""The program `loa-node`: run the node, say what this machine lacks, make its key, print a document."""

from __future__ import annotations

import argparse
import faulthandler
import fcntl
import json
import logging
import os
import platform
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from functools import partial
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from queue import SimpleQueue

from joserfc.jwk import OKPKey

from playlists import wire
from playlists.client import Endpoint
from playlists.inspect import inspect
from playlists.models import Key, KeySet
from playlists.profiles import LAN, MOBILE, PROFILES
from playlists.tls import tls_context
from playlists.topics import Lane, Topics
from speaker_node import settings as settings_file
from speaker_node.acceptance import Book
from speaker_node.amplifier.client import AmplifierClient
from speaker_node.host import Asked, Errands, Host, Notifier, Ring, Watch, Way, journal_lines, origin
from speaker_node.library import Library, Limits
from speaker_node.link import Link
from speaker_node.node.inbox import Inbox
from speaker_node.node.journal import Journal
from speaker_node.node.loop import Loop, Mailbox, Ports, Stop, Woken
from speaker_node.node.telling import Identity
from speaker_node.outbox import Pace
from speaker_node.settings import Settings, SettingsError
from speaker_node.sound.client import SoundClient
from speaker_node.store import memory_store, open_store
from speaker_node.values import Arrived

log = logging.getLogger("speaker_node")

SETTINGS = Path("/etc/loa/node.toml")
BAD_SETTINGS = 2
STDERR = 2
SECOND = 1_000_000_000
LAN_BIRTHS = tuple(seconds * SECOND for seconds in (1, 3, 10, 30, 60))
PACES = {
    LAN: Pace(
        first_wait=5 * SECOND,
        longest_wait=60 * SECOND,
        births=LAN_BIRTHS,
        ask_again=300 * SECOND,
        quickest=PROFILES[LAN].quickest,
        slowest=PROFILES[LAN].slowest,
        rate=6_000_000,
    ),
    MOBILE: Pace(quickest=PROFILES[MOBILE].quickest, slowest=PROFILES[MOBILE].slowest),
}
"""How patiently events and births are told again, and how often a heartbeat, by the profile of the line."""


def main(arguments: Sequence[str] | None = None) -> int:
    """The exit code: 0, 1 where something is missing or does not verify, 2 for settings with which nothing starts."""
    asked = _parser().parse_args(arguments)
    try:
        if asked.verb == "inspect":
            return _inspect(asked.file, asked.settings)
        if asked.verb == "new-key":
            return _new_key(asked.node, asked.file)
        settings = settings_file.load(asked.settings, no_hardware=asked.no_hardware)
        if asked.check:
            from speaker_node import checks

            return checks.main(settings, english=asked.english)
        if asked.verb == "open-relay":
            return subprocess.run((*settings.amplifier.command, "--off"), check=False).returncode
        if asked.verb == "run":
            return _run(settings)
    except SettingsError as error:
        print(error, file=sys.stderr)
        return BAD_SETTINGS
    _parser().print_help()
    return BAD_SETTINGS


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="loa-node", description=__doc__, parents=[_common()])
    parser.set_defaults(settings=SETTINGS, no_hardware=False, verb=None)
    parser.add_argument("--check", action="store_true", help="say in words what this machine lacks")
    parser.add_argument("--english", action="store_true", help="say it in English")
    verbs = parser.add_subparsers(dest="verb")
    verbs.add_parser("run", parents=[_common()], help="be the node, until told to stop")
    verbs.add_parser("open-relay", parents=[_common()], help="open the relay of a node that is not running, and end")
    inspect = verbs.add_parser("inspect", parents=[_common()], help="print a signed document and whether it verifies")
    inspect.add_argument("file", type=Path)
    key = verbs.add_parser("new-key", help="make a node's key pair; prints the public half for the office")
    key.add_argument("node", help="the node's id")
    key.add_argument("file", type=Path, help="where the private half is to lie; must not exist")
    return parser


def _new_key(node: str, file: Path) -> int:
    key = wire.new_key(node)
    try:
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as error:
        print(f"{file}: {error.strerror}", file=sys.stderr)
        return 1
    with os.fdopen(descriptor, "w", encoding="utf-8") as private:
        private.write(wire.private_text(key))
    print(wire.public_x(key))
    return 0


def _common() -> argparse.ArgumentParser:
    """What may stand before and after the verb; made anew each time, or a verb would undo what stood before it."""
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument("--settings", type=Path, default=argparse.SUPPRESS, help=f"the TOML file (default {SETTINGS})")
    common.add_argument(
        "--no-hardware",
        action="store_true",
        default=argparse.SUPPRESS,
        help="recordings for the card, a file for the relay",
    )
    return common


def _inspect(file: Path, settings_path: Path) -> int:
    keys = _known_keys(settings_file.load(settings_path)) if settings_path.exists() else {}
    try:
        data = file.read_bytes()
    except OSError as error:
        print(f"{file}: {error.strerror}", file=sys.stderr)
        return 1
    found = inspect(data, keys.get)
    print(found.text)
    return 0 if found.verified else 1


def _known_keys(settings: Settings) -> dict[str, OKPKey]:
    """Root's key, the node's own, and those of the key set that the set-up left here."""
    root, own = _root_key(settings.keys.root), _own_key(settings)
    keys = {root.kid: wire.public_key(root.kid, root.x), str(own.kid): own}
    if settings.keys.key_set is not None:
        opened = wire.open_signed(settings.keys.key_set.read_bytes(), keys.get, wire.MESSAGE_LIMIT)
        document = wire.decode_document(opened.payload)
        if isinstance(document, KeySet):
            keys = {key.kid: wire.public_key(key.kid, key.x) for key in document.keys} | keys
    return keys


def _root_key(path: Path) -> Key:
    """Root's public half from its file (JWK); SettingsError where it is none."""
    try:
        fields = json.loads(path.read_text(encoding="utf-8"))
        key = Key(kid=fields["kid"], x=fields["x"], issuer="root", rights=())
        wire.public_key(key.kid, key.x)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise SettingsError(f"{path}: not root's public key (a JWK with kid and x)") from error
    return key


def _own_key(settings: Settings) -> OKPKey:
    """The node's private key; SettingsError where it is none, or another node's: the office would know it by none."""
    path = settings.keys.node
    try:
        key = wire.load_private(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise SettingsError(f"{path}: not the node's private key (a JWK with kid)") from error
    if key.kid != settings.node:
        raise SettingsError(f"{path}: the key of node {key.kid}, but the settings name node {settings.node}")
    return key


def _run(settings: Settings) -> int:
    faulthandler.enable(STDERR)  # systemd aborts what does not feed the watchdog: the log then says where it stood
    ring = Ring()
    words = logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s")
    ring.setFormatter(words)
    on_stderr = logging.StreamHandler(sys.stderr)
    on_stderr.setFormatter(words)
    logging.basicConfig(level=settings.log_level.upper(), handlers=[on_stderr, ring])
    settings.folder.mkdir(parents=True, exist_ok=True)
    with _alone(settings.folder), _agent(settings, ring) as (loop, mailbox):
        _leave_on_signals(mailbox)
        loop.run()
    log.info("stopped")
    return 0


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """One agent per folder: two would close one relay and tell one stream."""
    lock = os.open(folder / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        raise SettingsError(f"{folder}: another loa-node runs on this folder") from error
    try:
        yield
    finally:
        os.close(lock)


@contextmanager
def _agent(settings: Settings, ring: Ring) -> Iterator[tuple[Loop, Mailbox]]:
    """The loop with every adapter started; on the way out sound first, then the relay, then the rest."""
    mailbox: Mailbox = SimpleQueue()

    def wake(_news: object) -> None:
        mailbox.put(Woken())

    with ExitStack() as leaving:
        own, root = _own_key(settings), _root_key(settings.keys.root)
        topics = Topics(settings.site)
        library = Library(settings.library, settings.assets.addresses, wake, _limits(settings))
        leaving.callback(library.stop)
        link = Link(_endpoint(settings), topics.node(settings.node, Lane.CONN), mailbox.put, mailbox.qsize)
        leaving.callback(link.stop)
        amplifier = AmplifierClient(settings.amplifier.command, wake)
        amplifier.start()
        leaving.callback(amplifier.stop)
        sound = SoundClient(settings.sound.command, settings.library, wake, library.doubt)
        sound.start()
        leaving.callback(sound.stop)
        watch = Watch(settings.folder, _asked(settings))
        watch.start()
        leaving.callback(watch.stop)
        notifier = Notifier()
        host = Host(watch, notifier, ask_kernel=settings.clock == "system")
        sign = partial(wire.sign, key=own)
        way = Way(settings.node, settings.assets.addresses, sign)
        errands = Errands(way, lambda: (*journal_lines(), *ring.lines()), mailbox.put)
        leaving.callback(errands.stop)
        journal = Journal(lambda: open_store(settings.store, settings.node), memory_store)
        leaving.callback(journal.close)
        inbox = Inbox(Book(settings.node, settings.site, root, digest_at=journal.digest_at), topics)
        who = Identity(settings.node, topics, sign, _versions(), origin(watch), settings.profile)
        ports = Ports(link, sound, amplifier, library, host, errands)
        loop = Loop(ports, mailbox, journal, inbox, who, PACES[settings.profile])
        if not any(held.kind == "keys" for held in inbox.held()):
            _offer_key_set(settings, topics, mailbox)
        library.start()
        link.start(loop.boot)
        yield loop, mailbox
        notifier.stopping()


def _offer_key_set(settings: Settings, topics: Topics, mailbox: Mailbox) -> None:
    """The key set that the set-up left here is judged like any other document."""
    if settings.keys.key_set is not None:
        mailbox.put(Arrived("", topics.node(settings.node, Lane.MSG), settings.keys.key_set.read_bytes().strip()))


def _limits(settings: Settings) -> Limits:
    return Limits(keep_days=settings.assets.keep_days, leave_free=settings.assets.leave_free_mb * 1_000_000)


def _asked(settings: Settings) -> Asked:
    modem = settings.modem
    return Asked(settings.profile == "4g", modem.interface or "", modem.ussd or "", modem.balance, modem.expires)


def _endpoint(settings: Settings) -> Endpoint:
    broker, line = settings.broker, PROFILES[settings.profile]
    return Endpoint(
        host=broker.host,
        port=broker.port,
        client_id=settings.node,
        username=broker.username,
        password=broker.password,
        tls=tls_context(broker.ca_file, broker.certificate_file, broker.key_file) if broker.tls else None,
        protocol=broker.protocol,
        keepalive=line.keepalive,
        connect_timeout=line.connect_timeout,
        user_timeout_ms=round(line.user_timeout * 1000),
        answer_within=line.answer_within,
        first_backoff=line.first_backoff,
        longest_backoff=line.longest_backoff,
        taken_backoff=line.taken_backoff,
    )


def _versions() -> tuple[tuple[str, str], ...]:
    machine = (("python", platform.python_version()), ("kernel", platform.release()))
    try:
        return (("loa", version("loa")), *machine)
    except PackageNotFoundError:
        return machine


def _leave_on_signals(mailbox: Mailbox) -> None:
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: mailbox.put(Stop()))


if __name__ == "__main__":
    sys.exit(main())
