# SPDX-License-Identifier: Apache-2.0
"""What the user can say: each key of [yolod] is an option of the command line too, with '-' for '_'. One table, one way
to parse."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from . import log

SHIPPED_MODEL = Path(__file__).parent / "models" / "ball.onnx"


@dataclass
class Settings:
    model: str = ""
    backend: str = "auto"
    names: str = ""
    classes: list[str] = field(default_factory=list)
    confidence: float = 0.3
    iou: float = 0.45
    max_boxes: int = 128
    input_size: tuple[int, int] | None = None
    threads: int = 0
    channel: str = "pet_camera_yolo_zc"
    output: str = "pet_camera_detections"
    max_rate: float = 0.0
    mqtt: str = ""
    mqtt_topic: str = ""
    mqtt_user: str = ""
    mqtt_password_file: str = ""
    mqtt_ca_file: str = ""
    mqtt_max_rate: float = 1.0
    mqtt_discovery: str = "homeassistant"
    report_interval: float = 10.0
    log_level: str = "info"
    # Of [runtime].
    directory: str = ""
    socket_mode: int = 0o660

    @property
    def model_path(self) -> Path:
        return Path(self.model) if self.model else SHIPPED_MODEL

    @property
    def mqtt_broker(self) -> tuple[str, int, bool]:
        """Host, port, and whether it is spoken to in TLS."""
        return _split_broker(self.mqtt)


@dataclass(frozen=True)
class Key:
    """parse: the value of a text; raises ValueError with a sentence that does not begin with the key's name."""

    name: str
    argument: str
    help: str
    parse: Callable[[str], Any]
    letter: str = ""

    @property
    def option(self) -> str:
        return "--" + ("runtime-dir" if self.name == "directory" else self.name.replace("_", "-"))

    def set(self, settings: Settings, text: str) -> None:
        try:
            setattr(settings, self.name, self.parse(text))
        except ValueError as error:
            raise ValueError(f"{self.name} {error}") from None


def _number(minimum: float, maximum: float) -> Callable[[str], float]:
    def parse(text: str) -> float:
        try:
            number = float(text)
        except ValueError:
            number = float("nan")
        if not minimum <= number <= maximum:
            raise ValueError(f"must be a number from {minimum:g} to {maximum:g}, not '{text}'")
        return number

    return parse


def _whole(minimum: int, maximum: int) -> Callable[[str], int]:
    def parse(text: str) -> int:
        if not re.fullmatch(r"[0-9]{1,9}", text) or not minimum <= int(text) <= maximum:
            raise ValueError(f"must be a whole number from {minimum} to {maximum}, not '{text}'")
        return int(text)

    return parse


def _one_of(*words: str) -> Callable[[str], str]:
    def parse(text: str) -> str:
        if text not in words:
            raise ValueError(f"must be {', '.join(words[:-1])} or {words[-1]}, not '{text}'")
        return text

    return parse


def _channel(text: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9_-][A-Za-z0-9_.-]{0,62}", text):
        raise ValueError(f"'{text}' is no channel name; one has 1 to 63 letters, digits, _ - and .")
    return text


def _words(text: str) -> list[str]:
    return [word.strip() for word in text.split(",") if word.strip()]


def _size(text: str) -> tuple[int, int] | None:
    if not text:
        return None
    match = re.fullmatch(r"([0-9]{1,5})x([0-9]{1,5})", text)
    size = (int(match[1]), int(match[2])) if match else (0, 0)
    if not all(32 <= edge <= 4096 and edge % 32 == 0 for edge in size):
        raise ValueError(f"must be WIDTHxHEIGHT in multiples of 32 from 32 to 4096, not '{text}'")
    return size


def _duration(minimum_s: float, maximum_s: float) -> Callable[[str], float]:
    units = {"ns": 1e-9, "us": 1e-6, "ms": 1e-3, "s": 1.0, "min": 60.0}

    def parse(text: str) -> float:
        match = re.fullmatch(r"([0-9.]+)\s*(ns|us|ms|s|min)", text)
        try:
            seconds = float(match[1]) * units[match[2]] if match else -1.0
        except ValueError:
            seconds = -1.0
        if not minimum_s <= seconds <= maximum_s:
            raise ValueError(
                f"must be a duration such as 10s (ns, us, ms, s, min), from {minimum_s:g}s to {maximum_s / 60:g}min, "
                f"not '{text}'"
            )
        return seconds

    return parse


def _split_broker(text: str) -> tuple[str, int, bool]:
    """Of [mqtt[s]://]HOST[:PORT]. Raises ValueError."""
    match = re.fullmatch(r"(?:(mqtts?)://)?(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+)(?::([0-9]{1,5}))?/?", text)
    if not match or int(match[3] or 1) not in range(1, 65536):
        raise ValueError(
            f"must be HOST, HOST:PORT, mqtt://HOST[:PORT] or mqtts://HOST[:PORT], not '{text}'; a user is named with "
            "mqtt_user"
        )
    tls = match[1] == "mqtts"
    return match[2].strip("[]"), int(match[3] or (8883 if tls else 1883)), tls


def _broker(text: str) -> str:
    if text:
        _split_broker(text)
    return text


def _topic(text: str) -> str:
    if any(character in "+#\0" for character in text) or text.startswith("/") or text.endswith("/"):
        raise ValueError(f"must be an MQTT topic such as home/garden, without + and #, not '{text}'")
    return text


def _mode(text: str) -> int:
    if not re.fullmatch(r"0?[0-7]{3}", text):
        raise ValueError(f"must be permissions in octal such as 0660, not '{text}'")
    return int(text, 8)


YOLOD_KEYS = (
    Key("model", "FILE", "model to run (the one that is installed: it finds the synthetic camera's ball)", str, "m"),
    Key(
        "backend",
        "NAME",
        "auto, onnxruntime or hobot_dnn (auto: by the model's file name)",
        _one_of("auto", "onnxruntime", "hobot_dnn"),
        "b",
    ),
    Key("names", "FILE", "the classes' names, one a line (the model's own, or those of COCO)", str),
    Key("classes", "NAMES", "publish only these, by name or number, separated by commas (all)", _words),
    Key("confidence", "0..1", "least score of a box (0.3)", _number(0.001, 1)),
    Key("iou", "0..1", "of two boxes of a class that overlap by more, one is left out (0.45)", _number(0, 1)),
    Key("max_boxes", "COUNT", "boxes of a frame at most, the best ones (128)", _whole(1, 1000)),
    Key("input_size", "WxH", "of the model, where its file leaves that open (640x640)", _size),
    Key("threads", "COUNT", "threads of onnxruntime (0: one for each core)", _whole(0, 256)),
    Key("channel", "NAME", "frames to analyse (pet_camera_yolo_zc)", _channel),
    Key("output", "NAME", "where to publish (pet_camera_detections)", _channel),
    Key("max_rate", "HZ", "frames a second at most (0: as many as the model can)", _number(0, 1000)),
    Key("mqtt", "BROKER", "publish to this MQTT broker too: HOST, mqtt://HOST:PORT, mqtts://HOST:PORT (none)", _broker),
    Key("mqtt_topic", "TOPIC", "begin of the topics (zcframe/HOSTNAME/OUTPUT)", _topic),
    Key("mqtt_user", "NAME", "user at the broker (none)", str),
    Key("mqtt_password_file", "FILE", "file whose first line is the user's password (none)", str),
    Key("mqtt_ca_file", "FILE", "certificates that the broker's is signed with, for mqtts (the system's)", str),
    Key("mqtt_max_rate", "HZ", "messages a second at most (1)", _number(0.01, 100)),
    Key(
        "mqtt_discovery",
        "PREFIX",
        "where Home Assistant looks for devices; empty: do not announce (homeassistant)",
        _topic,
    ),
    Key("report_interval", "DURATION", "how often to log the rate and where the time goes (10s)", _duration(1, 3600)),
    Key("log_level", "LEVEL", "error, warning, info or debug (info)", _one_of(*log.LEVELS), "l"),
)

# [runtime] belongs to all programs; what we do not use is only named.
RUNTIME_KEYS = (
    Key("directory", "DIR", "where the channels' sockets are ($ZCF_RUNTIME_DIR, /run/zcframe, ...)", str, "d"),
    Key("socket_mode", "", "", _mode),
)
RUNTIME_KEYS_OF_OTHERS = ("socket_owner", "socket_group")
