# SPDX-License-Identifier: Apache-2.0
"""The command line."""

from __future__ import annotations

import getopt
import os
from dataclasses import dataclass
from enum import Enum, auto
from pathlib import Path

from . import config_file
from .settings import RUNTIME_KEYS, YOLOD_KEYS, Key, Settings
from .trouble import EXIT_USAGE, Trouble

# The launcher that is installed says where the build puts the file.
_DEFAULT_CONFIG = Path(os.environ.get("ZCF_YOLOD_DEFAULT_CONFIG", "/etc/zcframe/zcframe.conf"))


class Action(Enum):
    RUN = auto()
    CHECK_CONFIG = auto()
    HELP = auto()
    VERSION = auto()
    DOWNLOAD = auto()


@dataclass(frozen=True)
class _Other:
    """An option that is no key of the configuration."""

    option: str
    argument: str
    help: str
    letter: str = ""
    action: Action = Action.RUN


_KEYS = (*YOLOD_KEYS, RUNTIME_KEYS[0])
_OTHERS = (
    _Other("--config", "FILE", f"the configuration ({_DEFAULT_CONFIG}, if it exists)", "c"),
    _Other("--download", "", "say where to get models, and stop; nothing is downloaded", action=Action.DOWNLOAD),
    _Other("--check-config", "", "say whether configuration and model are right, and stop", action=Action.CHECK_CONFIG),
    _Other("--help", "", "this text", "h", Action.HELP),
    _Other("--version", "", "the version", "V", Action.VERSION),
)


def read(arguments: list[str]) -> tuple[Action, Settings]:
    """Command line and file. Raises Trouble for what is wrong in either."""
    given, action = _parse(arguments)
    settings = Settings()
    if action in (Action.RUN, Action.CHECK_CONFIG):
        configs = [value for option, value in given if option.option == "--config"]
        _load_file(configs[-1] if configs else None, settings)
        for option, value in given:
            if isinstance(option, Key):
                try:
                    option.set(settings, value)
                except ValueError as error:
                    raise Trouble(str(error), EXIT_USAGE) from None
    return action, settings


def _parse(arguments: list[str]) -> tuple[list[tuple[Key | _Other, str]], Action]:
    options: list[Key | _Other] = [*_KEYS, *_OTHERS]
    try:
        pairs, rest = getopt.gnu_getopt(
            arguments,
            "".join(option.letter + (":" if option.argument else "") for option in options if option.letter),
            [option.option[2:] + ("=" if option.argument else "") for option in options],
        )
    except getopt.GetoptError as error:
        raise Trouble(f"{error}; try 'zcf-yolod --help'", EXIT_USAGE) from None
    if rest:
        raise Trouble(f"unexpected argument '{rest[0]}'; try 'zcf-yolod --help'", EXIT_USAGE)
    by_name = {option.option: option for option in options}
    by_name |= {f"-{option.letter}": option for option in options if option.letter}
    given = [(by_name[name], value) for name, value in pairs]
    actions = [option.action for option, _ in given if isinstance(option, _Other) and option.action != Action.RUN]
    return given, actions[0] if actions else Action.RUN


def _load_file(path: str | None, settings: Settings) -> None:
    try:
        config_file.load(Path(path) if path else _DEFAULT_CONFIG, settings)
    except FileNotFoundError:
        if path:
            raise Trouble(f"{path}: there is no such file", EXIT_USAGE) from None


def help_text() -> str:
    lines = [
        "Usage: zcf-yolod [OPTION]...",
        "Find objects in the frames of a channel with a YOLO model, and publish them on another channel, in the",
        "foreground, until SIGTERM or SIGINT.",
        "",
    ]
    for option in (*_KEYS, *_OTHERS):
        letter = f"-{option.letter}, " if option.letter else "    "
        lines.append(f"  {letter}{option.option + ' ' + option.argument:<27} {option.help}")
    lines += [
        "",
        "The command line wins over the configuration file. See zcf-yolod(8) and zcframe.conf(5).",
        "",
        "Exit status: 0 stopped as asked, 1 could not start or go on, 2 wrong options or configuration, 65 the model",
        "cannot be used, 66 there is no such model, 69 a library is missing.",
    ]
    return "\n".join(lines)
