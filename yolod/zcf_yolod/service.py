# SPDX-License-Identifier: Apache-2.0
"""How the program behaves as a service: the datagrams of sd_notify(3), sent to systemd if it asked for them."""

from __future__ import annotations

import os
import socket
import time


class Service:
    def __init__(self) -> None:
        self._address = os.environ.get("NOTIFY_SOCKET", "")
        self._watchdog_interval_s = _watchdog_s() / 3
        self._next_alive_s = 0.0

    def ready(self, status: str) -> None:
        self._send(f"READY=1\nSTATUS={status}")

    def status(self, status: str) -> None:
        self._send(f"STATUS={status}")

    def stopping(self) -> None:
        self._send("STOPPING=1")

    def alive(self) -> None:
        """To be called at least once a second; tells the watchdog as often as it wants to hear of us."""
        now_s = time.monotonic()
        if self._watchdog_interval_s and now_s >= self._next_alive_s:
            self._next_alive_s = now_s + self._watchdog_interval_s
            self._send("WATCHDOG=1")

    def _send(self, message: str) -> None:
        if not self._address:
            return
        address = "\0" + self._address[1:] if self._address.startswith("@") else self._address
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as notify:
                notify.setblocking(False)
                notify.sendto(message.encode(), address)
        except OSError:
            pass  # whoever started us does not listen; frames are worth more


def _watchdog_s() -> float:
    """Seconds after which systemd takes us for dead, 0 if it does not watch this process."""
    if os.environ.get("WATCHDOG_PID", str(os.getpid())) != str(os.getpid()):
        return 0.0
    try:
        return int(os.environ.get("WATCHDOG_USEC", "0")) / 1e6
    except ValueError:
        return 0.0
