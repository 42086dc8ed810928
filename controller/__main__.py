"""The program `loa-controller`: the office's pages and API, its gateway to the nodes, and the operator's few acts."""

from __future__ import annotations

import argparse
import fcntl
import gc
import logging
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import sdnotify

from controller import app
from controller.operations.errors import OperationError
from controller.operations.setting_up import raise_epoch, setup_code
from controller.processes import Child, Family, end_with_parent
from controller.settings import Settings, SettingsError, load
from controller.signer import SignerError
from controller.storage.engine import StorageError
from playlists.inspect import inspect

SETTINGS = Path("/etc/loa/controller.toml")
FAILED, BAD_SETTINGS = 1, 2
GRACE_S = 5
"""How long a page that is being answered may take when the web ends."""
_GARBAGE = 50_000
"""So many new objects are made before cycles are looked for: a page makes most of them, and keeps none."""


def main(arguments: Sequence[str] | None = None) -> int:
    """The exit code: 0, 1 where it failed or a document does not verify, 2 for settings with which nothing starts."""
    asked = _parser().parse_args(arguments, argparse.Namespace(settings=SETTINGS))
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    for name in ("alembic", "httpx", "uvicorn.error"):
        logging.getLogger(name).setLevel(logging.WARNING)
    try:
        if asked.verb == "inspect":
            return show(asked)
        return _VERBS[asked.verb](load(asked.settings), asked)
    except SettingsError as error:
        print(error, file=sys.stderr)
        return BAD_SETTINGS
    except (SignerError, StorageError, OperationError, OSError) as error:
        print(f"loa-controller {asked.verb}: {error}", file=sys.stderr)
        return FAILED


def serve(settings: Settings, asked: argparse.Namespace) -> int:
    """Web and gateway, until told to stop; one that dies is started again."""
    app.prepare(settings)
    _print_setup_code(settings)
    command = [sys.executable, "-m", "controller", "--settings", str(asked.settings), "--tied"]
    family = Family([Child(name, [*command, name]) for name in ("gateway", "web")])
    systemd = sdnotify.SystemdNotifier()
    systemd.notify("READY=1")
    with _ended() as ended:
        family.run(ended, lambda: systemd.notify("WATCHDOG=1"))
    return 0


def web(settings: Settings, asked: argparse.Namespace) -> int:
    """The pages and the API."""
    import uvicorn  # Here, because the gateway and the parent never need it.

    app.prepare(settings)
    with app.database(settings) as engine:
        application = app.web_of(settings, engine)
        server = uvicorn.Server(
            uvicorn.Config(
                application,
                settings.web.host,
                settings.web.port,
                log_config=None,
                access_log=False,
                timeout_graceful_shutdown=GRACE_S,
            )
        )
        if asked.tied:
            end_with_parent(lambda: setattr(server, "should_exit", True))
        # What stands for good is not looked through again and again while a page waits.
        gc.collect()
        gc.freeze()
        gc.set_threshold(_GARBAGE)
        server.run()
    return 0 if server.started else FAILED


def gateway(settings: Settings, asked: argparse.Namespace) -> int:
    """MQTT and the chores."""
    app.prepare(settings)
    with (
        _only_one(settings.data / "gateway.lock"),
        app.database(settings) as engine,
        app.gateway_of(settings, engine) as carrier,
        _on_signals(carrier.end),
    ):
        if asked.tied:
            end_with_parent(carrier.end)
        carrier.run()
    return 0


def print_setup_code(settings: Settings, _asked: argparse.Namespace) -> int:
    """A new one-time set-up code, as long as nobody is known."""
    app.prepare(settings)
    return 0 if _print_setup_code(settings) else FAILED


def epoch_raise(settings: Settings, _asked: argparse.Namespace) -> int:
    """After a restore: what is signed from now on outranks all that nodes were given before."""
    app.prepare(settings)
    with app.database(settings) as engine:
        print(raise_epoch(app.office_of(settings, engine)))
    return 0


def show(asked: argparse.Namespace) -> int:
    """Print a signed document and whether it verifies, by the keys that this office knows."""
    settings = load(asked.settings) if asked.settings.exists() else None
    found = inspect(asked.file.read_bytes(), app.known_keys(settings))
    print(found.text)
    return 0 if found.verified else FAILED


_VERBS: dict[str, Callable[[Settings, argparse.Namespace], int]] = {
    "serve": serve,
    "web": web,
    "gateway": gateway,
    "set-up-code": print_setup_code,
    "epoch": epoch_raise,
}


def _parser() -> argparse.ArgumentParser:
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument("--settings", type=Path, default=argparse.SUPPRESS, help=f"the TOML file (default {SETTINGS})")
    parser = argparse.ArgumentParser(prog="loa-controller", description=__doc__, parents=[common])
    parser.add_argument("--tied", action="store_true", help="end when the standard input closes")
    verbs = parser.add_subparsers(dest="verb", required=True)
    for name in ("serve", "web", "gateway", "set-up-code"):
        verbs.add_parser(name, parents=[common], help=_VERBS[name].__doc__, description=_VERBS[name].__doc__)
    document = verbs.add_parser("inspect", parents=[common], help=show.__doc__, description=show.__doc__)
    document.add_argument("file", type=Path)
    epoch = verbs.add_parser("epoch", parents=[common], help=epoch_raise.__doc__, description=epoch_raise.__doc__)
    epoch.add_argument("act", choices=["raise"])
    return parser


def _print_setup_code(settings: Settings) -> bool:
    with app.database(settings) as engine:
        code = setup_code(app.office_of(settings, engine))
    if code is not None:
        print(f"Mã thiết lập dùng một lần / one-time set-up code: {code}", flush=True)
        print(f"Mở / open: {settings.web.base}", flush=True)
    return code is not None


@contextmanager
def _only_one(path: Path) -> Iterator[None]:
    """Two gateways of one office would throw one another out of the broker for ever."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    except BlockingIOError as error:
        raise OSError(f"{path}: another gateway of this office is running") from error
    finally:
        os.close(descriptor)


@contextmanager
def _ended() -> Iterator[threading.Event]:
    ended = threading.Event()
    with _on_signals(ended.set):
        yield ended


@contextmanager
def _on_signals(end: Callable[[], None]) -> Iterator[None]:
    before = {each: signal.signal(each, lambda *_: end()) for each in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)


if __name__ == "__main__":
    sys.exit(main())
