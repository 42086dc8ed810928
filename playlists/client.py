"""A connection to the broker that posts what happens into a mailbox and keeps coming back.

paho-mqtt with its traps cured: each connection is a new paho client, so nothing queued for an old one is ever sent on a
new one and the will carries the new connection's id; callbacks only post; the back-off has jitter and is reset only by
a link that stayed; MQTT 5 falls back to 3.1.1; a dead peer is noticed by TCP_USER_TIMEOUT, and one that takes our
bytes and answers nothing by the confirmation that does not come; a machine that bears our name is given way to.
"""

from __future__ import annotations

import contextlib
import logging
import random
import secrets
import socket
import ssl
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from playlists.backoff import Backoff, Ending
from playlists.happenings import Connected, Disconnected, Happening, Message, Published, Subscribed

__all__ = ["Client", "Connected", "Disconnected", "Endpoint", "Happening", "Message", "Published", "Subscribed", "Will"]

log = logging.getLogger(__name__)

V5, V311 = MQTTProtocolVersion.MQTTv5, MQTTProtocolVersion.MQTTv311
FALLBACK_AFTER = 3
"""Connections closed before an answer, in a row, until MQTT 3.1.1 is tried."""
FALLBACK_FOR_S = 86_400.0
LONGEST_WAIT_S = 10.0
"""Between two signs of life of a client that waits for its next try."""
SESSION_TAKEN_OVER = 142
TCP_USER_TIMEOUT, TCP_CLOSE_WAIT = 18, 8


@dataclass(frozen=True, slots=True)
class Will:
    """What the broker says in our name when the connection dies."""

    topic: str
    payload: bytes


@dataclass(frozen=True)
class Endpoint:
    """Where the broker is and who we are there."""

    host: str
    port: int
    client_id: str
    username: str | None = None
    password: str | None = None
    tls: ssl.SSLContext | None = None
    protocol: str = "auto"
    keepalive: int = 30
    connect_timeout: float = 10.0
    user_timeout_ms: int = 20_000
    answer_within: float = 30.0
    first_backoff: float = 0.5
    longest_backoff: float = 300.0
    taken_backoff: float = 5.0
    session_expiry: int = 0
    window: int = 10


class Client:
    """One identity at one broker. `post` is called from network threads and must only hand over; `chance` is the
    source of the back-off's jitter."""

    def __init__(
        self,
        endpoint: Endpoint,
        post: Callable[[Happening], None],
        will: Callable[[str], Will | None] = lambda _: None,
        *,
        manual_acknowledge: bool = False,
        chance: random.Random | None = None,
    ) -> None:
        self._endpoint, self._post, self._will, self._manual = endpoint, post, will, manual_acknowledge
        waits = endpoint.first_backoff, endpoint.longest_backoff, endpoint.taken_backoff
        self._backoff = Backoff(*waits, chance or random.Random())
        self._stopping = threading.Event()
        self._ended = threading.Event()
        self._thread: threading.Thread | None = None
        self._current: _Connection | None = None
        self._closed_early = 0
        self._fallback_until = float("inf") if endpoint.protocol == "3.1.1" else 0.0
        self.connected = 0
        """Connections that the broker accepted since the start."""
        self.ticked = time.monotonic_ns()
        """Monotonic instant (ns) of the last sign of life of whichever thread is at work."""

    def start(self) -> None:
        """Begin to connect, in the background, until `stop`."""
        self._thread = threading.Thread(target=self._run, name=f"mqtt-{self._endpoint.client_id}", daemon=True)
        self._thread.start()

    @property
    def taken(self) -> int:
        """Connections that another machine of our name took since the start."""
        return self._backoff.taken

    def stop(self) -> None:
        """Say goodbye (the will is not sent) and end; returns when nothing of it runs."""
        self._stopping.set()
        self._ended.set()
        if self._thread is not None:
            self._thread.join()
            self._thread = None

    def publish(self, topic: str, payload: bytes, *, retain: bool = False) -> int | None:
        """Hand over one message (QoS 1); its token, or None if there is no connection or its window is full."""
        connection = self._current
        return None if connection is None else connection.publish(topic, payload, retain)

    def subscribe(self, filters: Sequence[str]) -> None:
        """Subscribe this connection to filters (QoS 1); does nothing without one."""
        connection = self._current
        if connection is not None and filters:
            connection.subscribe(filters)

    def unsubscribe(self, filters: Sequence[str]) -> None:
        """Leave filters of this connection."""
        connection = self._current
        if connection is not None and filters:
            connection.client.unsubscribe(list(filters))

    def acknowledge(self, message: Message) -> None:
        """Acknowledge a message (only with `manual_acknowledge`); one of an older connection is let go."""
        connection = self._current
        if connection is not None and connection.id == message.connection and message.qos:
            connection.client.ack(message.mid, message.qos)

    def drop(self) -> None:
        """Give this connection up and make a new one."""
        self._ended.set()

    def _run(self) -> None:
        while not self._stopping.is_set():
            self._ended.clear()
            self._wait(self._backoff.after(self._connect_once()))

    def _wait(self, seconds: float) -> None:
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0 and not self._stopping.wait(min(left, LONGEST_WAIT_S)):
            self._tick()

    def _tick(self) -> None:
        self.ticked = time.monotonic_ns()

    def _protocol(self) -> MQTTProtocolVersion:
        fallback = self._endpoint.protocol != "5" and time.monotonic() < self._fallback_until
        return V311 if fallback else V5

    def _connect_once(self) -> Ending:
        self._tick()
        began = time.monotonic()
        connection = _Connection(
            self._endpoint, self._protocol(), self._happened, self._ended, self._manual, self._will
        )
        connection.client.tick = self._tick
        self._current = connection
        reason = connection.open()
        if reason is None:
            while not self._ended.wait(self._endpoint.answer_within / 4):
                connection.look()
            reason = connection.close(polite=self._stopping.is_set())
        self._current = None
        self._learn(connection)
        self._post(Disconnected(connection.id, reason, connection.was_up))
        closed = connection.closed_by_broker and not self._stopping.is_set()
        return Ending(time.monotonic() - began, connection.was_up, closed, connection.said_taken)

    def _happened(self, happening: Happening) -> None:
        if isinstance(happening, Connected):
            self.connected += 1
        self._post(happening)

    def _learn(self, connection: _Connection) -> None:
        """Remember a broker that has no MQTT 5: it says so, or closes without a word."""
        silent = connection.closed_by_broker and not connection.answered
        self._closed_early = self._closed_early + 1 if silent else 0
        if connection.unsupported or self._closed_early >= FALLBACK_AFTER:
            self._fallback_until = max(self._fallback_until, time.monotonic() + FALLBACK_FOR_S)
            self._closed_early = 0


class _Paho(mqtt.Client):
    """paho's client, which says that its thread turns."""

    tick: Callable[[], None] = staticmethod(lambda: None)

    def loop_misc(self) -> MQTTErrorCode:
        """Each turn of the network thread ends here, at the latest after a second."""
        self.tick()
        return super().loop_misc()


class _Connection:
    """One TCP connection and its paho client."""

    def __init__(
        self,
        endpoint: Endpoint,
        protocol: MQTTProtocolVersion,
        post: Callable[[Happening], None],
        ended: threading.Event,
        manual: bool,
        will: Callable[[str], Will | None],
    ) -> None:
        self.id = secrets.token_hex(8)
        self.was_up = self.answered = self.unsupported = self.said_taken = self.closed_by_broker = False
        self._endpoint, self._protocol, self._post, self._ended = endpoint, protocol, post, ended
        self._reason = "closed"
        self._asked: dict[int, tuple[str, ...]] = {}
        self._sent = self._confirmed = 0
        self._waits_since = self._heard_at = 0.0
        self._lock = threading.Lock()
        self.client = self._build(manual, will(self.id))

    def open(self) -> str | None:
        """Connect; the reason if TCP or TLS did not come to be."""
        try:
            self.client.connect(
                self._endpoint.host, self._endpoint.port, self._endpoint.keepalive, **self._v5_connect()
            )
        except (OSError, ValueError) as error:
            return str(error) or type(error).__name__
        self.client.loop_start()
        return None

    def look(self) -> None:
        """End the connection if the broker has said nothing for so long, though something waits for its word.

        One that is only slow stays: a new connection would bring it all that is not confirmed once more.
        """
        waits = self._confirmed < self._sent
        since = max(self._waits_since, self._heard_at)
        if waits and time.monotonic() - since > self._endpoint.answer_within:
            self._reason = "no answer"
            self._ended.set()

    def close(self, *, polite: bool) -> str:
        """End the connection; impolitely, so that the broker speaks our will."""
        if polite:
            self.client.disconnect()
        else:
            self._cut()
        self.client.loop_stop()
        self._cut()
        self._fall_silent()
        return self._reason

    def _fall_silent(self) -> None:
        """Let go of paho's client, so that it closes what it opened as soon as nobody holds it."""
        client = self.client
        client.on_connect = client.on_disconnect = client.on_message = None
        client.on_publish = client.on_subscribe = client.on_socket_open = client.on_socket_close = None

    def _cut(self) -> None:
        sock: Any = self.client.socket()
        if sock is not None:
            with contextlib.suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)

    def publish(self, topic: str, payload: bytes, retain: bool) -> int | None:
        with self._lock:
            if not self.was_up or self._ended.is_set() or self._sent - self._confirmed >= self._endpoint.window:
                return None
            if self._confirmed >= self._sent:
                self._waits_since = time.monotonic()
            self._sent += 1
            info = self.client.publish(topic, payload, qos=1, retain=retain)
            if info.rc != mqtt.MQTT_ERR_SUCCESS:
                self._sent -= 1
                return None
            return info.mid

    def subscribe(self, filters: Sequence[str]) -> None:
        with self._lock:
            _, mid = self.client.subscribe([(f, 1) for f in filters])
            if mid is not None:
                self._asked[mid] = tuple(filters)

    def _build(self, manual: bool, will: Will | None) -> _Paho:
        endpoint, v5 = self._endpoint, self._protocol is V5
        client = _Paho(
            CallbackAPIVersion.VERSION2,
            client_id=endpoint.client_id,
            protocol=self._protocol,
            clean_session=None if v5 else endpoint.session_expiry == 0,
            reconnect_on_failure=False,
            manual_ack=manual,
        )
        client.suppress_exceptions = True
        client.connect_timeout = endpoint.connect_timeout
        client.max_inflight_messages_set(endpoint.window)
        if endpoint.username is not None:
            client.username_pw_set(endpoint.username, endpoint.password)
        if endpoint.tls is not None:
            client.tls_set_context(endpoint.tls)
        if will is not None:
            client.will_set(will.topic, will.payload, qos=1, retain=True)
        self._listen(client)
        return client

    def _listen(self, client: mqtt.Client) -> None:
        client.on_connect = self._on_connect
        client.on_disconnect = self._on_disconnect
        client.on_message = self._on_message
        client.on_publish = self._on_publish
        client.on_subscribe = self._on_subscribe
        client.on_socket_open = self._on_socket_open
        client.on_socket_close = self._on_socket_close

    def _v5_connect(self) -> dict[str, Any]:
        if self._protocol is not V5:
            return {}
        properties = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call] # paho gives no types here
        properties.SessionExpiryInterval = self._endpoint.session_expiry
        properties.ReceiveMaximum = 500 if self._endpoint.session_expiry else 20
        return {"clean_start": self._endpoint.session_expiry == 0, "properties": properties}

    def _on_socket_open(self, _client: Any, _data: Any, sock: Any) -> None:
        with contextlib.suppress(OSError, AttributeError):
            sock.setsockopt(socket.IPPROTO_TCP, TCP_USER_TIMEOUT, self._endpoint.user_timeout_ms)
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def _on_socket_close(self, _client: Any, _data: Any, sock: Any) -> None:
        """Whether the broker ended it in good order: its FIN came, and no time-out or reset."""
        with contextlib.suppress(OSError, AttributeError):
            state = sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 1)[0]
            self.closed_by_broker = state == TCP_CLOSE_WAIT and not self._ended.is_set()

    def _on_connect(self, _client: Any, _data: Any, flags: Any, reason: Any, _properties: Any) -> None:
        self.answered = True
        if reason.is_failure:
            self._reason = str(reason)
            self.unsupported = "protocol version" in self._reason.lower()
            self._ended.set()
            return
        self.was_up = True
        self._post(Connected(self.id, bool(flags.session_present), "5" if self._protocol is V5 else "3.1.1"))

    def _on_disconnect(self, _client: Any, _data: Any, _flags: Any, reason: Any, _properties: Any) -> None:
        if self._reason == "closed":
            self._reason = str(reason)
        self.said_taken = reason == SESSION_TAKEN_OVER
        self._ended.set()

    def _on_message(self, _client: Any, _data: Any, message: mqtt.MQTTMessage) -> None:
        self._heard_at = time.monotonic()
        self._post(Message(self.id, message.topic, bytes(message.payload), message.retain, message.mid, message.qos))

    def _on_publish(self, _client: Any, _data: Any, mid: int, reason: Any, _properties: Any) -> None:
        # Without the lock: paho holds one of its own here, and takes the same one inside `publish`.
        self._confirmed += 1
        self._waits_since = time.monotonic()
        refused = str(reason) if reason is not None and reason.is_failure else None
        self._post(Published(self.id, mid, refused))

    def _on_subscribe(self, _client: Any, _data: Any, mid: int, reasons: Any, _properties: Any) -> None:
        with self._lock:
            asked = self._asked.pop(mid, ())
        pairs = zip(asked, reasons, strict=False)
        self._post(Subscribed(self.id, tuple(f for f, reason in pairs if reason.is_failure)))
