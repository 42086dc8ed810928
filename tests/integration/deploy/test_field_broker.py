"""The configurations that we ship for the field, asked of a real mosquitto."""

import datetime
import queue
import ssl
import threading
from collections.abc import Iterator
from pathlib import Path

import paho.mqtt.client as mqtt
import pytest
from paho.mqtt.enums import CallbackAPIVersion

from deploy.broker import files
from deploy.paths import ROOT
from playlists.client import Client, Connected, Endpoint, Happening
from playlists.tls import tls_context
from tests.support.authority import NOW, Authority
from tests.support.broker import Broker, free_port


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    made = Authority(tmp_path)
    for name in ("broker", "n1", "controller"):
        made.issue(name)
    return made


def shipped(name: str, authority: Authority, folder: Path) -> Broker:
    """A broker with a configuration of ours; only its paths and ports are those of the test."""
    broker = Broker(folder, port=free_port())
    text = (ROOT / "deploy/broker" / name).read_text(encoding="utf-8").replace("/etc/loa/broker", str(folder))
    text = text.replace("listener 8883", f"listener {broker.port} 127.0.0.1")
    text = text.replace("listener 1883", f"listener {free_port()}")
    debian = f"user root\npersistence true\npersistence_location {folder}/\n"
    (folder / "mosquitto.conf").write_text(debian + text, encoding="utf-8")
    (folder / "access").write_text(files.access_list("demo"), encoding="utf-8")
    passwords = [files.password_line(name, f"of {name}") for name in ("controller", "n1")]
    (folder / "passwords").write_text("\n".join([*passwords, ""]), encoding="utf-8")
    broker.start()
    return broker


@pytest.fixture
def mutual(authority: Authority, tmp_path: Path) -> Iterator[Broker]:
    broker = shipped("mutual-tls.conf", authority, tmp_path)
    yield broker
    broker.kill()


@pytest.fixture
def with_passwords(authority: Authority, tmp_path: Path) -> Iterator[Broker]:
    broker = shipped("mosquitto.conf", authority, tmp_path)
    yield broker
    broker.kill()


def connect(broker: Broker, context: ssl.SSLContext, client_id: str = "", user: str | None = None) -> mqtt.Client:
    client = mqtt.Client(CallbackAPIVersion.VERSION2, client_id=client_id)
    if user:
        client.username_pw_set(user, f"of {user}")
    client.tls_set_context(context)
    client.connect(broker.host, broker.port)
    return client


def test_a_client_is_who_its_certificate_says(mutual: Broker, authority: Authority) -> None:
    office = connect(mutual, authority.context("controller"))
    node = connect(mutual, authority.context("n1"), client_id="somebody-else")
    assert told(office, node) == ["loa/1/demo/node/n1/status", "loa/1/demo/node/n1/events"]


def test_over_tls_a_client_is_who_its_password_says(with_passwords: Broker, authority: Authority) -> None:
    office = connect(with_passwords, authority.context(None), user="controller")
    node = connect(with_passwords, authority.context(None), client_id="somebody-else", user="n1")
    assert told(office, node) == ["loa/1/demo/node/n1/status", "loa/1/demo/node/n1/events"]


def told(office: mqtt.Client, node: mqtt.Client) -> list[str]:
    """What the office hears when node n1 speaks for another node, and then for itself."""
    heard: list[str] = []
    subscribed, fenced = threading.Event(), threading.Event()

    def keep(_client: mqtt.Client, _data: object, message: mqtt.MQTTMessage) -> None:
        heard.append(message.topic)
        if message.topic.endswith("events"):
            fenced.set()

    office.on_subscribe = lambda *_: subscribed.set()
    office.on_message = keep
    office.on_connect = lambda client, *_: client.subscribe("loa/1/demo/node/+/#", qos=1)
    office.loop_start()
    assert subscribed.wait(5)
    node.loop_start()
    for topic in ("node/n2/status", "node/n1/status", "node/n1/events"):
        node.publish(f"loa/1/demo/{topic}", "x", qos=1).wait_for_publish(5)
    assert fenced.wait(5)
    for client in (node, office):
        client.disconnect()
        client.loop_stop()
    return heard


def test_without_a_certificate_nobody_gets_in(mutual: Broker, authority: Authority) -> None:
    answered = threading.Event()
    client = mqtt.Client(CallbackAPIVersion.VERSION2)
    client.tls_set_context(authority.context(None))
    client.on_connect = lambda *_: answered.set()
    with pytest.raises(OSError, match=r"certificate required|closed"):
        _until_closed(client, mutual)
    assert not answered.is_set()


def test_our_client_comes_in_by_its_certificate(mutual: Broker, authority: Authority) -> None:
    assert isinstance(_first_news(mutual, authority), Connected)


def test_a_client_whose_clock_is_wrong_comes_in_all_the_same(mutual: Broker, authority: Authority) -> None:
    authority.issue("broker", begins=NOW + datetime.timedelta(days=300))
    mutual.restart()
    assert isinstance(_first_news(mutual, authority), Connected)


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
