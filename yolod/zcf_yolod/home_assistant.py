# SPDX-License-Identifier: Apache-2.0
"""How Home Assistant learns of us by itself: a description of each sensor, kept by the broker. See its documentation of
MQTT discovery."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

# More classes than these would fill a house with sensors for things that are not in it.
FEW_CLASSES = 16


@dataclass(frozen=True)
class Device:
    """One detector on one camera channel."""

    identifier: str
    name: str
    availability_topic: str
    state_topic: str
    version: str


def configurations(device: Device, labels: list[str]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Topics below the discovery prefix, and what belongs there: how many objects there are, and for each class whether
    there is one."""
    yield (
        f"sensor/{device.identifier}/objects/config",
        {
            **_entity(device, "objects", "Objects"),
            "icon": "mdi:shape",
            "state_class": "measurement",
            "value_template": "{{ value_json.count }}",
            "json_attributes_topic": device.state_topic,
        },
    )
    for label in labels:
        key = re.sub(r"[^a-z0-9]+", "_", label.lower()).strip("_") or "class"
        name = label.replace("\\", "\\\\").replace("'", "\\'")
        yield (
            f"binary_sensor/{device.identifier}/{key}/config",
            {
                **_entity(device, key, label.capitalize()),
                "device_class": "occupancy",
                "value_template": f"{{{{ 'ON' if value_json.counts.get('{name}', 0) > 0 else 'OFF' }}}}",
            },
        )


def _entity(device: Device, key: str, name: str) -> dict[str, Any]:
    return {
        "name": name,
        "unique_id": f"{device.identifier}_{key}",
        "state_topic": device.state_topic,
        "availability_topic": device.availability_topic,
        "device": {
            "identifiers": [device.identifier],
            "name": device.name,
            "manufacturer": "zcframe",
            "model": "zcf-yolod",
            "sw_version": device.version,
        },
        "origin": {"name": "zcframe", "sw_version": device.version},
    }
