# SPDX-License-Identifier: Apache-2.0
"""Log lines on standard error as all our programs write them: see app/log.h."""

from __future__ import annotations

import os
import sys
import time

LEVELS = ("error", "warning", "info", "debug")
_PRIORITIES = "3467"  # what syslog(3) calls LOG_ERR, LOG_WARNING, LOG_INFO and LOG_DEBUG
_PROGRAM = "zcf-yolod"

_level = LEVELS.index("info")


def set_level(name: str) -> None:
    global _level
    _level = LEVELS.index(name)


def error(message: str, **fields: object) -> None:
    _write(0, message, fields)


def warning(message: str, **fields: object) -> None:
    _write(1, message, fields)


def info(message: str, **fields: object) -> None:
    _write(2, message, fields)


def debug(message: str, **fields: object) -> None:
    _write(3, message, fields)


def _write(level: int, message: str, fields: dict[str, object]) -> None:
    """One line. The message is a sentence without variables, so that equal events are equal lines."""
    if level > _level:
        return
    pairs = "".join(f" {name}={_quote(value)}" for name, value in fields.items())
    now = time.time()
    milliseconds = int(now * 1000) % 1000
    if _is_journal():
        line = f"<{_PRIORITIES[level]}>level={LEVELS[level]} program={_PROGRAM} msg={_quote(message)}{pairs}"
    elif sys.stderr.isatty():
        urgency = "" if LEVELS[level] == "info" else f"{LEVELS[level]}: "
        clock = time.strftime("%H:%M:%S", time.localtime(now))
        line = f"{clock}.{milliseconds:03d} {_PROGRAM}: {urgency}{message}" + (f" {pairs}" if pairs else "")
    else:
        clock = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(now))
        line = f"time={clock}.{milliseconds:03d}Z level={LEVELS[level]} program={_PROGRAM} msg={_quote(message)}{pairs}"
    try:
        os.write(2, (line.replace("\n", " ").replace("\r", " ") + "\n").encode(errors="replace"))
    except OSError:
        pass  # a log that cannot be written has nowhere to complain


def _is_journal() -> bool:
    """systemd sets JOURNAL_STREAM to device and inode of the stream that it connected."""
    try:
        status = os.fstat(2)
    except OSError:
        return False
    return os.environ.get("JOURNAL_STREAM") == f"{status.st_dev}:{status.st_ino}"


def _quote(value: object) -> str:
    text = f"{value:.1f}" if isinstance(value, float) else str(value)
    if text and not any(character <= " " or character in '"\\=\x7f' for character in text):
        return text
    return '"' + "".join(_ESCAPES.get(character, character) for character in text) + '"'


_ESCAPES = {chr(code): f"\\x{code:02x}" for code in (*range(0x20), 0x7F)} | {'"': '\\"', "\\": "\\\\", "\n": "\\n"}
