"""A broker that writes nothing to disk: for figures, where it must not be what is measured."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.support.broker import Broker


@contextmanager
def forgetful_broker(folder: Path) -> Iterator[Broker]:
    """A started broker, open to everybody, without persistence."""
    broker = Broker(folder)
    settings = folder / "mosquitto.conf"
    settings.write_text(settings.read_text().replace("persistence true", "persistence false"))
    broker.start()
    try:
        yield broker
    finally:
        broker.kill()
