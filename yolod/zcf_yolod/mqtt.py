# SPDX-License-Identifier: Apache-2.0
"""Detections for other machines: an MQTT broker gets them, and Home Assistant finds them there."""

from __future__ import annotations

import json
import re
import socket
import ssl
import threading
import time
from collections import Counter
from pathlib import Path
from typing import Any

from zcframe.detections import Detections

from . import __version__, home_assistant, log
from .settings import Settings
from .trouble import EXIT_NO_LIBRARY, EXIT_USAGE, Trouble, reason

# Without a result for so long we say that we are not there: the camera is not.
_SILENCE_S = 10.0
_KEEPALIVE_S = 20
_CONNECT_TIMEOUT_S = 5.0
_RECONNECT_S = (1, 60)  # doubled after each attempt
_FAREWELL_S = 1.0


class MqttOutput:
    """Publishes from a thread of its own, and one of the library, so that no broker delays detection: :meth:`offer`
    only puts the result down, and the next one replaces it. One message is on its way at a time; a broker that reads
    slowly gets fewer."""

    def __init__(self, settings: Settings, class_names: list[str]) -> None:
        """class_names: those that may be found. Raises Trouble for what is wrong on this machine; a broker that cannot
        be reached is only logged."""
        self._paho = _import_paho()
        self._host, self._port, tls = settings.mqtt_broker
        self._interval_s = 1 / settings.mqtt_max_rate
        # Only one process publishes an output channel, so this names us among all machines.
        host = re.sub(r"[^A-Za-z0-9_-]", "_", socket.gethostname())
        self._topic = settings.mqtt_topic or f"zcframe/{host}/{settings.output}"
        identifier = f"zcframe_{host}_{settings.output.replace('.', '_')}"
        self._discovery = settings.mqtt_discovery
        self._device = home_assistant.Device(
            identifier=identifier,
            name=f"{settings.channel} on {socket.gethostname()}",
            availability_topic=f"{self._topic}/availability",
            state_topic=f"{self._topic}/detections",
            version=__version__,
        )
        # Few classes are announced at once, many when they are first seen.
        self._announced = set(class_names if len(class_names) <= home_assistant.FEW_CLASSES else ())

        self._lock = threading.Lock()  # for these two
        self._newest: Detections | None = None
        self._counts: Counter[str] = Counter()

        self._wake = threading.Event()  # to look at these two
        self._greet = False  # the connection is new
        self._closing = False

        self._last_result_s = float("-inf")
        self._available = False
        self._message: Any = None  # the last one
        self._trouble = ""

        self._tls = _make_tls(settings) if tls else None
        self._client = self._make_client(settings, identifier)
        self._thread = threading.Thread(target=self._run, name="mqtt", daemon=True)

    def start(self) -> None:
        self._client.connect_async(self._host, self._port, _KEEPALIVE_S)
        self._client.loop_start()
        self._thread.start()

    def offer(self, found: Detections) -> None:
        """Never waits. Of what falls between two messages the newest is published, with the most of each class."""
        counts = Counter(box.label for box in found.boxes)
        with self._lock:
            self._newest = found
            self._counts |= counts

    def close(self) -> None:
        """Say goodbye, if the broker listens, and end the threads."""
        self._closing = True
        self._wake.set()
        if not self._thread.is_alive():
            return
        self._thread.join()
        if self._client.is_connected():
            try:
                self._say_available(False).wait_for_publish(_FAREWELL_S)
            except (RuntimeError, ValueError):
                pass  # it went away at this moment: its last will says the same
        self._client.disconnect()
        self._client.loop_stop()

    def _make_client(self, settings: Settings, client_id: str) -> Any:
        paho = self._paho
        client = paho.Client(paho.CallbackAPIVersion.VERSION2, client_id=client_id)
        client.will_set(self._device.availability_topic, "offline", qos=1, retain=True)
        client.reconnect_delay_set(*_RECONNECT_S)
        client.connect_timeout = _CONNECT_TIMEOUT_S
        client.on_connect = self._on_connect
        client.on_connect_fail = self._on_connect_fail
        client.on_disconnect = self._on_disconnect
        if settings.mqtt_user:
            client.username_pw_set(settings.mqtt_user, _read_password(settings.mqtt_password_file))
        if self._tls:
            client.tls_set_context(self._tls)
        return client

    def _on_connect_fail(self, *_: Any) -> None:
        """The library does not say why, so try once ourselves."""
        trouble = "the MQTT broker cannot be reached"
        if self._trouble.startswith(trouble) or self._closing:
            return
        try:
            with socket.create_connection((self._host, self._port), _CONNECT_TIMEOUT_S) as connection:
                if self._tls:
                    self._tls.wrap_socket(connection, server_hostname=self._host).close()
        except OSError as error:
            trouble += f": {reason(error)}"
        self._complain(trouble)

    def _on_connect(self, _client: Any, _data: Any, _flags: Any, reason: Any, _properties: Any) -> None:
        if reason.is_failure:
            self._complain(f"the MQTT broker refuses us: {reason}; see mqtt_user and mqtt_password_file")
            return
        log.info("connected to the MQTT broker", broker=f"{self._host}:{self._port}", topic=self._topic)
        self._trouble = ""
        self._greet = True
        self._wake.set()

    def _on_disconnect(self, _client: Any, _data: Any, _flags: Any, reason: Any, _properties: Any) -> None:
        if not self._closing and not self._trouble:
            self._complain(f"the connection to the MQTT broker is lost: {reason}")

    def _complain(self, trouble: str) -> None:
        """Once for each kind of trouble; attempts go on."""
        if trouble != self._trouble:
            self._trouble = trouble
            log.warning(trouble, broker=f"{self._host}:{self._port}")

    def _run(self) -> None:
        due_s = 0.0
        while True:
            self._wake.wait(max(0.0, due_s - time.monotonic()))
            self._wake.clear()
            if self._closing:
                return
            if self._greet:
                self._greet = self._available = False
                self._announce(self._announced)
            if time.monotonic() >= due_s:
                due_s = time.monotonic() + self._interval_s
                self._send()

    def _send(self) -> None:
        """The newest result, if there is a new one and the broker has taken the last."""
        with self._lock:
            found, self._newest = self._newest, None
            counts, self._counts = self._counts, Counter()
        now_s = time.monotonic()
        if found:
            self._last_result_s = now_s
        if not self._client.is_connected():
            return
        available = now_s - self._last_result_s < max(_SILENCE_S, 2 * self._interval_s)
        if available != self._available:
            self._available = available
            self._say_available(available)
        if found and self._is_sent():
            self._announce(counts.keys() - self._announced)
            self._announced |= counts.keys()
            self._message = self._client.publish(self._device.state_topic, json.dumps(_content(found, counts)))

    def _is_sent(self) -> bool:
        try:
            return self._message is None or bool(self._message.is_published())
        except (RuntimeError, ValueError):
            return True  # lost with a connection

    def _say_available(self, available: bool) -> Any:
        return self._client.publish(
            self._device.availability_topic, "online" if available else "offline", qos=1, retain=True
        )

    def _announce(self, labels: set[str]) -> None:
        if not self._discovery:
            return
        for topic, config in home_assistant.configurations(self._device, sorted(labels)):
            self._client.publish(f"{self._discovery}/{topic}", json.dumps(config), qos=1, retain=True)


def _content(found: Detections, counts: Counter[str]) -> dict[str, Any]:
    return {
        "count": sum(counts.values()),
        "counts": dict(sorted(counts.items())),
        "channel": found.channel,
        "camera_id": found.camera_id,
        "frame_number": found.frame_number,
        "time": found.capture_wall_ns / 1e9,
        "image": [found.image_width, found.image_height],
        "model": found.model,
        "boxes": [
            {
                "label": box.label,
                "score": round(box.score, 3),
                "x": round(box.x, 1),
                "y": round(box.y, 1),
                "width": round(box.width, 1),
                "height": round(box.height, 1),
            }
            for box in found.boxes
        ],
    }


def _import_paho() -> Any:
    try:
        from paho.mqtt import client
    except ImportError as error:
        raise Trouble(
            f"the Python package paho-mqtt cannot be imported ({error}); install it: pip install 'paho-mqtt>=2', or "
            "leave mqtt out",
            EXIT_NO_LIBRARY,
        ) from None
    if not hasattr(client, "CallbackAPIVersion"):
        raise Trouble("paho-mqtt is too old; install version 2: pip install 'paho-mqtt>=2'", EXIT_NO_LIBRARY)
    return client


def _make_tls(settings: Settings) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cafile=settings.mqtt_ca_file or None)
    except OSError as error:  # ssl.SSLError is one
        why = reason(error)
        raise Trouble(f"mqtt_ca_file: {settings.mqtt_ca_file} holds no certificates: {why}", EXIT_USAGE) from None


def _read_password(path: str) -> str | None:
    if not path:
        return None
    try:
        return Path(path).read_text(encoding="utf-8").split("\n", 1)[0]
    except (OSError, UnicodeDecodeError) as error:
        raise Trouble(f"mqtt_password_file: {path} cannot be read: {reason(error)}", EXIT_USAGE) from None
