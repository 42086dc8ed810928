"""Where the parts of the controller meet: settings become ports, ports become the web and the gateway."""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from joserfc.jwk import OKPKey
from sqlalchemy import Engine

from controller import voices
from controller.audio import MediaFolder, Profile, cut_asset, make_asset
from controller.domain.values import to_ms
from controller.exchange import Exchange
from controller.exchange.upward import load_registry
from controller.gateway import Gateway
from controller.housekeeping import Binder, Bindery, Housekeeping, Limits, Watch
from controller.nudges import SocketNudge, listening
from controller.operations.acting import Office
from controller.operations.secrets import random_id
from controller.operations.setting_up import found_site
from controller.settings import Settings
from controller.signer import Signer, open_signer
from controller.storage.engine import migrate, open_database, transact
from playlists.client import Endpoint
from playlists.profiles import LAN, PROFILES
from playlists.tls import tls_context

if TYPE_CHECKING:
    from fastapi import FastAPI

SESSION_S = 86_400
"""How long the broker keeps what nodes say while the gateway is away."""
LONGEST_BACKOFF_S = 5.0
WINDOW = 20
LINE = PROFILES[LAN]
"""The office's own line to its broker."""


def now() -> datetime:
    """The controller's clock."""
    return datetime.now(UTC)


def prepare(settings: Settings) -> None:
    """What the first start makes and every start checks: folders, keys, the database's form, the site's row."""
    settings.data.mkdir(parents=True, exist_ok=True, mode=0o700)
    signer_of(settings)
    with database(settings) as engine:
        migrate(engine)
        found_site(office_of(settings, engine), settings.site)


@contextmanager
def database(settings: Settings) -> Iterator[Engine]:
    """The engine, disposed of at the end."""
    engine = open_database(settings.database_url)
    try:
        yield engine
    finally:
        engine.dispose()


def signer_of(settings: Settings) -> Signer:
    """The keys of this site."""
    return open_signer(settings.keys, settings.site, to_ms(now()))


def office_of(settings: Settings, engine: Engine) -> Office:
    """What operations work with."""
    return Office(engine, SocketNudge(settings.nudge), now, random_id)


def web_of(settings: Settings, engine: Engine) -> FastAPI:
    """The pages and the API."""
    # Here, because the gateway and the parent never need it: two fifths of all that a start imports.
    from controller.web import Studio, Web, create_app

    media, profile = MediaFolder(settings.media), Profile()
    studio = Studio(
        make=partial(make_asset, media=media, profile=profile),
        cut=partial(cut_asset, media=media, profile=profile),
        speak=voices.speak,
        asset=media.asset,
        original=media.original,
        making=media.making,
        largest=profile.largest,
        voices={voice.name: voice.language for voice in voices.VOICES.values()},
    )
    return create_app(
        Web(
            office_of(settings, engine),
            studio,
            settings.web.base,
            web_secret(settings.web_secret),
            settings.uploads,
            settings.recordings,
        )
    )


def web_secret(path: Path) -> bytes:
    """The secret of the web, made where there is none; losing it costs no more than that a repeated request is new."""
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_bytes()
    with open(descriptor, "wb") as file:
        file.write(secrets.token_bytes(32))
    return path.read_bytes()


@contextmanager
def gateway_of(settings: Settings, engine: Engine) -> Iterator[Gateway]:
    """The gateway with what wakes it, the chores and the watch beside it."""
    jitter = timedelta(minutes=settings.housekeeping.jitter_minutes)
    exchange = Exchange(engine, signer_of(settings), settings.site, now, jitter)
    gateway = Gateway(exchange, endpoint(settings))
    chores, watch = housekeeping_of(settings, engine), Watch(engine, now, lambda: gateway.link)
    binder = binder_of(settings, engine)
    with listening(settings.nudge, gateway.nudge), chores.running(), watch.running(), binder.running():
        yield gateway


def binder_of(settings: Settings, engine: Engine) -> Binder:
    """Who keeps the message book as its words are."""
    media, profile = MediaFolder(settings.media), Profile()
    bindery = Bindery(
        speak=voices.speak,
        make=partial(make_asset, media=media, profile=profile),
        keep=media.keep_asset,
        making=media.making,
        voices={voice.language: voice.name for voice in voices.VOICES.values()},
    )
    return Binder(engine, bindery, SocketNudge(settings.nudge), now)


def housekeeping_of(settings: Settings, engine: Engine) -> Housekeeping:
    """The chores."""
    chores = settings.housekeeping
    limits = Limits(timedelta(days=chores.documents_days), timedelta(days=chores.events_days))
    copied = (settings.keys,)
    return Housekeeping(
        engine, now, settings.backups, copied, chores.backup_at, chores.backups_kept, limits, settings.uploads
    )


def endpoint(settings: Settings) -> Endpoint:
    """Where the broker is and who we are there."""
    broker = settings.broker
    return Endpoint(
        broker.host,
        broker.port,
        client_id=broker.username,
        username=broker.username if broker.password_file else None,
        password=broker.password,
        tls=tls_context(broker.ca_file, broker.certificate_file, broker.key_file) if broker.tls else None,
        protocol=broker.protocol,
        keepalive=LINE.keepalive,
        user_timeout_ms=round(LINE.user_timeout * 1000),
        answer_within=LINE.answer_within,
        first_backoff=LINE.first_backoff,
        longest_backoff=LONGEST_BACKOFF_S,
        session_expiry=SESSION_S,
        window=WINDOW,
    )


def known_keys(settings: Settings | None) -> Callable[[str], OKPKey | None]:
    """Every public key that an office knows: its own, root's, and those of its nodes; none before its first start."""
    if settings is None or not settings.keys.exists():
        return lambda _: None
    signer = signer_of(settings)
    with database(settings) as engine:
        nodes = transact(engine, load_registry)
    return lambda kid: signer.root if kid == signer.root.kid else signer.public(kid) or nodes.key(kid)
