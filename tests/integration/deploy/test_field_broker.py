"""The field configuration that we ship, asked of a real mosquitto: mutual TLS, names from certificates."""

import datetime
import ipaddress
import queue
import ssl
import threading
from collections.abc import Iterator
from pathlib import Path

import paho.mqtt.client as mqtt
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from paho.mqtt.enums import CallbackAPIVersion

from deploy.broker import files
from deploy.paths import ROOT
from playlists.client import Client, Connected, Endpoint, Happening, tls_context
from tests.support.broker import Broker, free_port

NOW = datetime.datetime.now(datetime.UTC)


class Authority:
    """A commune's own certificate authority, in a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "loa ca")])
        self._write(
            "ca", self._certificate("loa ca", self._key, NOW - datetime.timedelta(days=1), authority=True), self._key
        )

    def issue(self, name: str, begins: datetime.datetime = NOW - datetime.timedelta(days=1)) -> None:
        """A certificate and key for a client or the broker."""
        key = ec.generate_private_key(ec.SECP256R1())
        self._write(name, self._certificate(name, key, begins), key)

    def context(self, name: str | None) -> ssl.SSLContext:
        """What a client of that name connects with; None: it has no certificate."""
        context = ssl.create_default_context(cafile=str(self.folder / "ca.crt"))
        if name:
            context.load_cert_chain(self.folder / f"{name}.crt", self.folder / f"{name}.key")
        return context

    def _certificate(
        self, name: str, key: ec.EllipticCurvePrivateKey, begins: datetime.datetime, *, authority: bool = False
    ) -> x509.Certificate:
        return (
            x509.CertificateBuilder()
            .subject_name(x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)]))
            .issuer_name(self._name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(begins)
            .not_valid_after(begins + datetime.timedelta(days=2))
            .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
            .add_extension(
                x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False
            )
            .sign(self._key, hashes.SHA256())
        )

    def _write(self, name: str, certificate: x509.Certificate, key: ec.EllipticCurvePrivateKey) -> None:
        pem = serialization.Encoding.PEM
        (self.folder / f"{name}.crt").write_bytes(certificate.public_bytes(pem))
        (self.folder / f"{name}.key").write_bytes(
            key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        )


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    made = Authority(tmp_path)
    for name in ("broker", "n1", "controller"):
        made.issue(name)
    return made


@pytest.fixture
def field_broker(authority: Authority, tmp_path: Path) -> Iterator[Broker]:
    broker = Broker(tmp_path, port=free_port())
    shipped = (ROOT / "deploy/broker/mosquitto.conf").read_text(encoding="utf-8")
    ours = shipped.replace("/etc/loa/broker", str(tmp_path)).replace(
        "listener 8883", f"listener {broker.port} 127.0.0.1"
    )
    debian = f"user root\npersistence true\npersistence_location {tmp_path}/\n"
    (tmp_path / "mosquitto.conf").write_text(debian + ours, encoding="utf-8")
    (tmp_path / "access").write_text(files.access_list("demo"), encoding="utf-8")
    broker.start()
    yield broker
    broker.kill()


def connect(broker: Broker, context: ssl.SSLContext, client_id: str = "") -> mqtt.Client:
    client = mqtt.Client(CallbackAPIVersion.VERSION2, client_id=client_id)
    client.tls_set_context(context)
    client.connect(broker.host, broker.port)
    return client


def test_a_client_is_who_its_certificate_says(field_broker: Broker, authority: Authority) -> None:
    heard: list[str] = []
    subscribed, fenced = threading.Event(), threading.Event()

    def keep(_client: mqtt.Client, _data: object, message: mqtt.MQTTMessage) -> None:
        heard.append(message.topic)
        if message.topic.endswith("events"):
            fenced.set()

    office = connect(field_broker, authority.context("controller"))
    office.on_subscribe = lambda *_: subscribed.set()
    office.on_message = keep
    office.on_connect = lambda client, *_: client.subscribe("loa/1/demo/node/+/#", qos=1)
    office.loop_start()
    assert subscribed.wait(5)
    node = connect(field_broker, authority.context("n1"), client_id="somebody-else")
    node.loop_start()
    for topic in ("node/n2/status", "node/n1/status", "node/n1/events"):
        node.publish(f"loa/1/demo/{topic}", "x", qos=1).wait_for_publish(5)
    assert fenced.wait(5)
    for client in (node, office):
        client.disconnect()
        client.loop_stop()
    assert heard == ["loa/1/demo/node/n1/status", "loa/1/demo/node/n1/events"]


def test_without_a_certificate_nobody_gets_in(field_broker: Broker, authority: Authority) -> None:
    answered = threading.Event()
    client = mqtt.Client(CallbackAPIVersion.VERSION2)
    client.tls_set_context(authority.context(None))
    client.on_connect = lambda *_: answered.set()
    with pytest.raises(OSError, match=r"certificate required|closed"):
        _until_closed(client, field_broker)
    assert not answered.is_set()


def test_our_client_comes_in_by_its_certificate(field_broker: Broker, authority: Authority) -> None:
    assert isinstance(_first_news(field_broker, authority), Connected)


def test_a_client_whose_clock_is_wrong_comes_in_all_the_same(field_broker: Broker, authority: Authority) -> None:
    authority.issue("broker", begins=NOW + datetime.timedelta(days=300))
    field_broker.restart()
    assert isinstance(_first_news(field_broker, authority), Connected)


def _first_news(broker: Broker, authority: Authority) -> Happening:
    """What our client hears first when it connects as node n1."""
    folder, news = authority.folder, queue.SimpleQueue[Happening]()
    context = tls_context(folder / "ca.crt", folder / "n1.crt", folder / "n1.key")
    client = Client(Endpoint(broker.host, broker.port, "n1", tls=context), news.put)
    client.start()
    try:
        return news.get(timeout=10)
    finally:
        client.stop()


def _until_closed(client: mqtt.Client, broker: Broker) -> None:
    client.connect(broker.host, broker.port)
    while client.loop(1) == mqtt.MQTT_ERR_SUCCESS:
        pass
    raise ConnectionError("closed by the broker")
