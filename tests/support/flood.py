"""A stranger who publishes without waiting for anybody."""

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion

from tests.support.broker import Broker


def pour(broker: Broker, topic: str, payload: bytes, times: int = 1) -> bool:
    """The same message so many times, QoS 0; True once all of it left."""
    stranger = mqtt.Client(CallbackAPIVersion.VERSION2)
    stranger.connect(broker.host, broker.port)
    stranger.loop_start()
    try:
        said = [stranger.publish(topic, payload) for _ in range(times)]
        said[-1].wait_for_publish(10)
    finally:
        stranger.disconnect()
        stranger.loop_stop()
    return True
