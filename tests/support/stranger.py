"""Somebody at the broker who may do everything there and has no key of ours."""

from __future__ import annotations

from playlists.client import Client, Connected, Endpoint, Happening, Message
from tests.support.waiting import wait_for


class Stranger:
    """Hears and keeps everything, may write everything, and has no key of ours."""

    def __init__(self, port: int) -> None:
        self.kept: list[Message] = []
        self._up = False
        self._client = Client(Endpoint("127.0.0.1", port, "stranger", window=1000), self._happened)
        self._client.start()
        wait_for(lambda: self._up, "the stranger is connected")

    def write(self, topic: str, payload: bytes, *, retain: bool = False) -> None:
        """Whatever, wherever."""
        wait_for(lambda: self._client.publish(topic, payload, retain=retain) is not None, "the broker takes it")

    def leave(self) -> None:
        """Gone."""
        self._client.stop()

    def heard(self, topic: str) -> list[bytes]:
        """What went over a topic."""
        return [message.payload for message in list(self.kept) if message.topic == topic and message.payload]

    def _happened(self, happening: Happening) -> None:
        if isinstance(happening, Connected):
            self._client.subscribe(["loa/#"])
            self._up = True
        elif isinstance(happening, Message):
            self.kept.append(happening)
