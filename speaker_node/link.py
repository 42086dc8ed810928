"""The node's line to the broker: playlists.client with the node's own will, in the node's own values."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence

from playlists import wire
from playlists.client import Client, Connected, Disconnected, Endpoint, Happening, Message, Published, Subscribed, Will
from playlists.reports import Connection
from speaker_node.values import Arrived, LinkCounts, LinkDown, LinkUp

log = logging.getLogger(__name__)

MOST_WAITING = 500
"""Posts that wait for the loop at most: a message beyond them is let go, since all that counts is asserted again."""


class Link:
    """Connects until stopped. `post` is called on network threads, only to hand over; `waiting`: posts not taken."""

    def __init__(
        self,
        endpoint: Endpoint,
        conn_topic: str,
        post: Callable[[LinkUp | LinkDown | Arrived], None],
        waiting: Callable[[], int],
    ) -> None:
        self._conn_topic, self._boot, self._post, self._waiting = conn_topic, 0, post, waiting
        self._flooded = False
        self._deaf = 0
        self._client = Client(endpoint, self._happened, self._will)

    @property
    def ticked(self) -> int:
        """Monotonic instant (ns) of the network thread's last sign of life, off line too."""
        return self._client.ticked

    def start(self, boot: int) -> None:
        """Begin to connect, in the background; the will names the boot."""
        self._boot = boot
        self._client.start()

    def stop(self) -> None:
        """Say goodbye and end; the broker does not speak the will."""
        self._client.stop()

    @property
    def counts(self) -> LinkCounts:
        """What became of the connections since the start."""
        return LinkCounts(max(0, self._client.connected - 1), self._client.taken, self._deaf)

    def renew(self) -> None:
        """Nothing comes down this connection: give it up and make a new one."""
        log.warning("nothing comes down this connection: a new one is made")
        self._deaf += 1
        self._client.drop()

    def publish(self, topic: str, payload: bytes, *, retain: bool = False) -> bool:
        """Hand over one message; False if there is no connection or no room: then it was not taken."""
        return self._client.publish(topic, payload, retain=retain) is not None

    def subscribe(self, filters: Sequence[str]) -> None:
        """Hear these topics on this connection."""
        self._client.subscribe(filters)

    def unsubscribe(self, filters: Sequence[str]) -> None:
        """Hear these topics no more."""
        self._client.unsubscribe(filters)

    def _will(self, connection: str) -> Will:
        return Will(self._conn_topic, wire.dump(Connection(on=False, connection=connection, boot=self._boot)))

    def _happened(self, happening: Happening) -> None:
        match happening:
            case Connected():
                log.info("connected to the broker (MQTT %s)", happening.protocol)
                self._post(LinkUp(happening.connection))
            case Disconnected():
                log.log(logging.INFO if happening.was_up else logging.DEBUG, "no broker: %s", happening.reason)
                self._post(LinkDown(happening.reason))
            case Message():
                self._arrived(happening)
            case Published(refused=str(reason)):
                log.warning("the broker refused a message: %s", reason)
            case Subscribed(refused=refused) if refused:
                log.warning("the broker refused subscriptions: %s", ", ".join(refused))

    def _arrived(self, message: Message) -> None:
        before, self._flooded = self._flooded, self._waiting() >= MOST_WAITING
        if not self._flooded:
            self._post(Arrived(message.connection, message.topic, message.payload))
        elif not before:
            log.warning("more messages come than can be judged: some are let go")
