# SPDX-License-Identifier: Apache-2.0
"""Detections on an MQTT broker, a real mosquitto: what is published there, and that nothing that a broker does or does
not do harms detection."""

import itertools
import json
import os
import queue
import shutil
import signal
import socket
import subprocess
import time

import pytest
from conftest import wait_until

import zcf_yolod.mqtt
from zcf_yolod.home_assistant import Device, configurations
from zcf_yolod.mqtt import MqttOutput
from zcf_yolod.settings import Settings
from zcf_yolod.trouble import Trouble
from zcframe.detections import Box, Detections, read_channel

mqtt = pytest.importorskip("paho.mqtt.client")

MOSQUITTO = shutil.which("mosquitto", path=os.environ["PATH"] + ":/usr/sbin:/usr/local/sbin")
if not MOSQUITTO:
    pytest.skip("mosquitto is not installed", allow_module_level=True)

TOPIC = "test"


class Broker:
    def __init__(self, directory, *configuration, anonymous=True):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.url = f"127.0.0.1:{self.port}"
        self.config = directory / "mosquitto.conf"
        lines = [f"listener {self.port} 127.0.0.1", f"allow_anonymous {str(anonymous).lower()}", *configuration]
        self.config.write_text("\n".join(lines) + "\n")
        self.process = None

    def start(self):
        self.process = subprocess.Popen([MOSQUITTO, "-c", self.config], stdout=subprocess.DEVNULL,
                                        stderr=subprocess.DEVNULL)  # fmt: skip
        wait_until(self._answers)

    def _answers(self):
        assert self.process.poll() is None, "mosquitto does not start"
        try:
            socket.create_connection(("127.0.0.1", self.port)).close()
        except OSError:
            return False
        return True

    def stop(self):
        if self.process:
            self.process.send_signal(signal.SIGCONT)
            self.process.kill()
            self.process.wait()
            self.process = None


@pytest.fixture
def make_broker(tmp_path):
    brokers = []

    def make(*configuration, start=True, **options):
        brokers.append(Broker(tmp_path, *configuration, **options))
        if start:
            brokers[-1].start()
        return brokers[-1]

    yield make
    for broker in brokers:
        broker.stop()


class Subscriber:
    """All that is published, in order."""

    def __init__(self, broker, **login):
        self.messages = queue.Queue()
        self.client = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2)
        if login:
            self.client.username_pw_set(**login)
        self.client.on_connect = lambda client, *_: client.subscribe("#")
        self.client.on_message = self._on_message
        self.client.connect("127.0.0.1", broker.port)
        self.client.loop_start()

    def _on_message(self, _client, _data, message):
        self.messages.put((message.topic, message.payload.decode(), time.monotonic()))

    def wait_for(self, topic, payload=None):
        """The next message of the topic."""
        while True:
            got_topic, got_payload, _ = self.messages.get(timeout=280)
            if got_topic == topic and payload in (None, got_payload):
                return got_payload

    def close(self):
        self.client.disconnect()
        self.client.loop_stop()


@pytest.fixture
def subscribe():
    subscribers = []

    def subscribe_to(broker, **login):
        subscribers.append(Subscriber(broker, **login))
        return subscribers[-1]

    yield subscribe_to
    for subscriber in subscribers:
        subscriber.close()


def options(broker, *more):
    return ["--mqtt", broker.url, "--mqtt-topic", TOPIC, "--mqtt-max-rate", "20", *more]


def found(frame_number, *labels):
    boxes = tuple(Box(0, label, 0.5, 1, 2, 3, 4) for label in labels)
    return Detections(frame_number, 1, 1, 0, 1_500_000_000_250_000_000, 0, 640, 360, boxes=boxes, model="m.onnx")


@pytest.fixture
def output(make_broker):
    """An output in this process, to a broker that runs."""
    outputs = []

    def make(broker, names=("ball",), **settings):
        settings = {"mqtt": broker.url, "mqtt_topic": TOPIC, "mqtt_max_rate": 20.0, **settings}
        outputs.append(MqttOutput(Settings(**settings), list(names)))
        outputs[-1].start()
        return outputs[-1]

    yield make
    for one in outputs:
        one.close()


def test_detections_arrive_with_availability(start, make_broker, subscribe):
    broker = make_broker()
    subscriber = subscribe(broker)
    start("zcf-camerad")
    detector = start("zcf-yolod", *options(broker))
    subscriber.wait_for(f"{TOPIC}/availability", "online")
    message = json.loads(subscriber.wait_for(f"{TOPIC}/detections"))
    assert (message["count"], message["counts"]) == (1, {"ball": 1})
    assert (message["channel"], message["model"], message["image"]) == ("pet_camera_yolo_zc", "ball.onnx", [640, 360])
    assert abs(message["time"] - time.time()) < 300
    (box,) = message["boxes"]
    assert (box["label"], box["score"] > 0.5, box["width"] > 100) == ("ball", True, True)
    assert detector.stop() == 0
    subscriber.wait_for(f"{TOPIC}/availability", "offline")


def test_the_last_will_says_that_a_killed_detector_is_gone(start, make_broker, subscribe):
    broker = make_broker()
    subscriber = subscribe(broker)
    start("zcf-camerad")
    detector = start("zcf-yolod", *options(broker))
    subscriber.wait_for(f"{TOPIC}/availability", "online")
    detector.process.kill()
    subscriber.wait_for(f"{TOPIC}/availability", "offline")


def test_home_assistant_finds_the_sensors(output, make_broker, subscribe):
    broker = make_broker()
    one = output(broker, ["ball", "traffic light"])
    one.offer(found(1, "ball"))
    subscriber = subscribe(broker)
    configs = {}
    while len(configs) < 3:
        topic, payload, _ = subscriber.messages.get(timeout=280)
        if topic.startswith("homeassistant/"):
            configs[topic.split("/")[3]] = json.loads(payload)
            assert topic.endswith("/config")
    assert set(configs) == {"objects", "ball", "traffic_light"}
    for config in configs.values():
        assert config["state_topic"] == f"{TOPIC}/detections"
        assert config["availability_topic"] == f"{TOPIC}/availability"
        assert config["device"]["identifiers"] == configs["objects"]["device"]["identifiers"]
    assert len({config["unique_id"] for config in configs.values()}) == 3
    assert configs["ball"]["device_class"] == "occupancy"


def test_of_many_classes_only_those_that_were_seen_are_announced(output, make_broker, subscribe):
    broker = make_broker()
    subscriber = subscribe(broker)
    one = output(broker, [f"thing {number}" for number in range(80)])
    one.offer(found(1))
    subscriber.wait_for(f"{TOPIC}/detections")
    one.offer(found(2, "thing 7"))
    announced = []
    while True:
        topic, payload, _ = subscriber.messages.get(timeout=280)
        if topic.startswith("homeassistant/binary_sensor/"):
            announced.append(topic.split("/")[3])
        elif topic == f"{TOPIC}/detections" and json.loads(payload)["frame_number"] == 2:
            break
    assert announced == ["thing_7"]


def test_discovery_can_be_left_out(output, make_broker, subscribe):
    broker = make_broker()
    subscriber = subscribe(broker)
    one = output(broker, mqtt_discovery="")
    one.offer(found(1, "ball"))
    seen = []
    while not seen or seen[-1] != f"{TOPIC}/detections":
        seen.append(subscriber.messages.get(timeout=280)[0])
    assert not [topic for topic in seen if topic.startswith("homeassistant")]


def test_templates_do_what_they_say_whatever_a_class_is_called():
    jinja2 = pytest.importorskip("jinja2", reason="jinja2, which Home Assistant renders them with, is not installed")
    device = Device("id", "name", "a", "s", "1")
    label = 'o\'clock \\ "x"'
    for topic, config in configurations(device, [label]):
        template = jinja2.Environment().from_string(config["value_template"])
        for counts, state, count in (({label: 2}, "ON", "2"), ({}, "OFF", "0"), ({label: 0}, "OFF", "0")):
            value = {"counts": counts, "count": sum(counts.values())}
            assert template.render(value_json=value) == (state if "binary" in topic else count)


def test_messages_are_limited_in_rate(output, make_broker, subscribe):
    broker = make_broker()
    subscriber = subscribe(broker)
    one = output(broker, mqtt_max_rate=5.0)
    one.offer(found(0))
    subscriber.wait_for(f"{TOPIC}/detections")
    begin_s = time.monotonic()
    number = 0
    while time.monotonic() < begin_s + 1.5:
        number += 1
        one.offer(found(number))
        time.sleep(0.01)
    arrivals, frame_number = 0, 0
    while frame_number != number:
        frame_number = json.loads(subscriber.wait_for(f"{TOPIC}/detections"))["frame_number"]
        arrivals += 1
    # One every 0.2 s, and the one that may lie between.
    assert arrivals <= (time.monotonic() - begin_s) / 0.2 + 2


def test_what_was_there_for_a_moment_is_counted_in_the_next_message(output, make_broker, subscribe):
    broker = make_broker()
    subscriber = subscribe(broker)
    one = output(broker, mqtt_max_rate=2.0)
    one.offer(found(1))
    subscriber.wait_for(f"{TOPIC}/detections")
    one.offer(found(2, "ball", "ball"))
    one.offer(found(3, "ball", "cat"))
    one.offer(found(4))
    counts, message = [], {"frame_number": 1}
    while message["frame_number"] != 4:
        message = json.loads(subscriber.wait_for(f"{TOPIC}/detections"))
        counts.append(message["counts"])
    assert {"ball": 2} in counts or {"ball": 2, "cat": 1} in counts  # in one, unless a turn came between them
    assert any("cat" in count for count in counts)


def test_a_broker_that_comes_later_gets_the_detections(start, make_broker, subscribe):
    broker = make_broker(start=False)
    start("zcf-camerad")
    detector = start("zcf-yolod", *options(broker))
    detector.wait_for("the MQTT broker cannot be reached")
    assert len(list(itertools.islice(read_channel(timeout=60), 10))) == 10  # nobody waits for it
    broker.start()
    subscribe(broker).wait_for(f"{TOPIC}/detections")
    assert detector.text.count("cannot be reached") == 1


def test_a_broker_that_is_restarted_gets_everything_again(start, make_broker, subscribe):
    broker = make_broker()
    start("zcf-camerad")
    detector = start("zcf-yolod", *options(broker))
    subscribe(broker).wait_for(f"{TOPIC}/availability", "online")
    broker.stop()
    detector.wait_for("the connection to the MQTT broker is lost")
    broker.start()  # it remembers nothing
    subscriber = subscribe(broker)
    awaited = {"availability", "detections", "config"}
    while awaited:
        topic, payload, _ = subscriber.messages.get(timeout=280)
        assert payload != "offline"
        awaited.discard(topic.rsplit("/", 1)[-1])


def test_a_broker_that_stops_reading_delays_nothing(start, make_broker, subscribe):
    broker = make_broker()
    start("zcf-camerad")
    detector = start("zcf-yolod", *options(broker, "--mqtt-max-rate", "100"))
    subscribe(broker).wait_for(f"{TOPIC}/detections")
    broker.process.send_signal(signal.SIGSTOP)
    # A detector that waited for the broker would hang here.
    assert len(list(itertools.islice(read_channel(timeout=60), 30))) == 30
    assert detector.stop() == 0  # a farewell that nobody reads does not keep it


def test_it_is_offline_while_there_are_no_results(output, make_broker, subscribe, monkeypatch):
    monkeypatch.setattr(zcf_yolod.mqtt, "_SILENCE_S", 0.3)
    broker = make_broker()
    subscriber = subscribe(broker)
    one = output(broker)
    one.offer(found(1))
    subscriber.wait_for(f"{TOPIC}/availability", "online")
    subscriber.wait_for(f"{TOPIC}/availability", "offline")
    one.offer(found(2))
    subscriber.wait_for(f"{TOPIC}/availability", "online")


def test_user_and_password(start, make_broker, subscribe, tmp_path):
    users = tmp_path / "users"
    users.write_text("cat:meow\n")
    subprocess.run(["mosquitto_passwd", "-U", users], check=True)
    broker = make_broker(f"password_file {users}", "user root", anonymous=False)
    (tmp_path / "good").write_text("meow\n")
    (tmp_path / "bad").write_text("woof\n")
    start("zcf-camerad")
    refused = start("zcf-yolod", *options(broker), "--mqtt-user", "cat", "--mqtt-password-file", tmp_path / "bad")
    assert "see mqtt_user and mqtt_password_file" in refused.wait_for("the MQTT broker refuses us")
    assert refused.stop() == 0
    start("zcf-yolod", *options(broker), "--mqtt-user", "cat", "--mqtt-password-file", tmp_path / "good")
    subscribe(broker, username="cat", password="meow").wait_for(f"{TOPIC}/detections")


def test_tls_with_a_certificate_authority_of_ones_own(start, make_broker, tmp_path):
    if not shutil.which("openssl"):
        pytest.skip("openssl is not installed")
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost",
         "-addext", "subjectAltName=DNS:localhost", "-keyout", key, "-out", certificate],
        check=True, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    broker = make_broker(f"certfile {certificate}", f"keyfile {key}", "user root")
    url = f"mqtts://localhost:{broker.port}"
    trusting = start("zcf-yolod", *options(broker), "--mqtt", url, "--mqtt-ca-file", certificate)
    trusting.wait_for("connected to the MQTT broker")
    distrusting = start("zcf-yolod", *options(broker), "--mqtt", url, "--output", "other")
    assert "certificate verify failed" in distrusting.wait_for("the MQTT broker cannot be reached")


@pytest.mark.parametrize("settings, complaint", [
    ({"mqtt_user": "cat", "mqtt_password_file": "/nowhere"},
     "mqtt_password_file: /nowhere cannot be read: No such file or directory"),
    ({"mqtt": "mqtts://x", "mqtt_ca_file": "/nowhere"}, "mqtt_ca_file: /nowhere holds no certificates"),
])  # fmt: skip
def test_a_file_that_cannot_be_used_is_named(settings, complaint):
    with pytest.raises(Trouble) as wrong:
        MqttOutput(Settings(**{"mqtt": "x", **settings}), [])
    assert (wrong.value.exit_status, complaint in str(wrong.value)) == (2, True), wrong.value


def test_without_the_library_it_says_what_to_install(start, tmp_path):
    (tmp_path / "paho").mkdir()
    (tmp_path / "paho" / "__init__.py").write_text("raise ImportError('not here')\n")
    detector = start("zcf-yolod", "--mqtt", "somewhere", PYTHONPATH=str(tmp_path))
    assert detector.finish() == 69
    assert "pip install 'paho-mqtt>=2', or leave mqtt out" in detector.text


@pytest.mark.parametrize("text, expected", [
    ("broker", ("broker", 1883, False)),
    ("broker:99", ("broker", 99, False)),
    ("mqtt://10.0.0.1", ("10.0.0.1", 1883, False)),
    ("mqtts://broker.lan", ("broker.lan", 8883, True)),
    ("mqtts://[::1]:99", ("::1", 99, True)),
])  # fmt: skip
def test_how_a_broker_is_named(text, expected):
    assert Settings(mqtt=text).mqtt_broker == expected
