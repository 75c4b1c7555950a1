# SPDX-License-Identifier: Apache-2.0
"""zcframe.conf, by the rules of zcframe.conf(5): what is wrong is named with file and line."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from .settings import RUNTIME_KEYS, RUNTIME_KEYS_OF_OTHERS, YOLOD_KEYS, Key, Settings
from .trouble import EXIT_USAGE, Trouble

_SECTIONS_OF_OTHERS = ("camera", "channel", "vio", "watchdog", "mjpegd", "streamd")
_MAX_LINE = 199


def load(path: Path, settings: Settings) -> None:
    """Raises Trouble; FileNotFoundError if there is no such file."""
    try:
        text = path.read_text(encoding="utf-8-sig", errors="surrogateescape")
    except FileNotFoundError:
        raise
    except OSError as error:
        raise Trouble(f"{path}: cannot be opened: {error.strerror}", EXIT_USAGE) from None
    keys: dict[str, Key] | None = None
    section = ""
    seen: set[str] = set()
    for number, line in _lines(text):
        try:
            if line.startswith("["):
                section, keys = _begin_section(line)
                seen = set()
            elif keys is not None or not section:
                name = _set(line, section, keys or {}, settings)
                if name in seen:
                    raise ValueError(f"{name} is set twice in one section")
                seen.add(name)
        except ValueError as error:
            raise Trouble(f"{path}:{number}: {error}", EXIT_USAGE) from None


def _lines(text: str) -> Iterator[tuple[int, str]]:
    """Those that say something, numbered from 1, without what surrounds them."""
    for number, line in enumerate(text.split("\n"), 1):
        line = line.strip()
        if line and line[0] not in "#;":
            yield number, line


def _begin_section(line: str) -> tuple[str, dict[str, Key] | None]:
    """Its name and keys; no keys if it is another program's."""
    match = re.fullmatch(r"\[\s*(\S*?)(?:\s+(.*?))?\s*\]\s*(?:[;#].*)?", line)
    if not match:
        raise ValueError("section without its closing ']', or with text behind it")
    name, argument = match[1], match[2] or ""
    if name in _SECTIONS_OF_OTHERS:
        return name, None
    sections = {"yolod": YOLOD_KEYS, "runtime": RUNTIME_KEYS}
    if name not in sections:
        raise ValueError(
            f"unknown section [{name}]; known are [camera], [channel NAME], [runtime], [vio], [watchdog], [mjpegd], "
            "[yolod] and [streamd]"
        )
    if argument:
        raise ValueError(f"[{name}] takes no name, but has '{argument}'")
    return name, {key.name: key for key in sections[name]}


def _set(line: str, section: str, keys: dict[str, Key], settings: Settings) -> str:
    if len(line) > _MAX_LINE:
        raise ValueError(f"the line is longer than {_MAX_LINE} characters")
    found = re.search(r"[=:]", line)  # as the reader of the programs in C has it
    if not found:
        raise ValueError("neither a [section] nor 'key = value' nor a comment (# or ;)")
    name, value = line[: found.start()].strip(), line[found.end() :]
    if not section:
        raise ValueError(f"'{name}' stands before the first [section]")
    value = re.split(r"\s;", value, maxsplit=1)[0].strip()
    if name in keys:
        keys[name].set(settings, value)
    elif section != "runtime" or name not in RUNTIME_KEYS_OF_OTHERS:
        raise ValueError(f"unknown key '{name}' in [{section}]; known are {', '.join(keys)}")
    return name
