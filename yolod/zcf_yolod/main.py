# SPDX-License-Identifier: Apache-2.0
"""zcf-yolod: from the command line to the exit status."""

from __future__ import annotations

import contextlib
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from . import __version__, log, options
from .downloads import DOWNLOADS
from .options import Action
from .service import Service
from .settings import Settings
from .trouble import EXIT_NO_LIBRARY, Trouble

if TYPE_CHECKING:
    from .model import Model
    from .mqtt import MqttOutput


def main() -> int:
    # Until there is something to end in good order, Ctrl-C just ends the program; Python would show a traceback.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    try:
        action, settings = options.read(sys.argv[1:])
        if action is Action.HELP:
            print(options.help_text())
        elif action is Action.VERSION:
            print(f"zcf-yolod {__version__}")
        elif action is Action.DOWNLOAD:
            print(DOWNLOADS)
        else:
            log.set_level(settings.log_level)
            _need_packages()
            if action is Action.CHECK_CONFIG:
                _check(settings)
            else:
                _run(settings)
    except Trouble as trouble:
        print(f"zcf-yolod: {trouble}", file=sys.stderr)
        return trouble.exit_status
    return 0


def _need_packages() -> None:
    """Before anything imports them, so that a missing one is a sentence."""
    for package, cure in (
        ("numpy", "pip install numpy, or apt install python3-numpy"),
        ("zcframe", "pip install ./python in the sources of zcframe"),
    ):
        try:
            __import__(package)
        except ImportError as error:
            raise Trouble(
                f"the Python package {package} cannot be imported ({error}); install it for {sys.executable}: {cure}",
                EXIT_NO_LIBRARY,
            ) from None


def _check(settings: Settings) -> None:
    from .model import Model

    model = Model(settings)
    _open_mqtt(settings, model)
    print(
        f"zcf-yolod: the configuration is fine; {model.file_name} is a model of layout {model.layout.name} with an "
        f"input of {model.backend.width}x{model.backend.height} and {len(model.class_names)} classes"
    )


def _take_name() -> None:
    """In ps, and where `zcf` names a channel's producer: "python3" says nothing."""
    with contextlib.suppress(OSError):
        Path("/proc/self/comm").write_text("zcf-yolod")


def _run(settings: Settings) -> None:
    from .detector import Detector
    from .model import Model
    from .output_channel import OutputChannel

    _take_name()
    service = Service()
    service.status(f"Loading {settings.model_path}")
    log.debug("loading the model", model=settings.model_path)
    model = Model(settings)
    mqtt = _open_mqtt(settings, model)
    output = OutputChannel(settings)
    try:
        detector = Detector(settings, model, output, service, mqtt.offer if mqtt else None)
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: detector.stop())
        log.info(
            "detector ready",
            model=model.file_name,
            layout=model.layout.name,
            input=f"{model.backend.width}x{model.backend.height}",
            backend=model.backend.name,
            classes=len(model.class_names),
            channel=settings.channel,
            output=settings.output,
        )
        service.ready(f"Detecting in {settings.channel} with {model.file_name}")
        if mqtt:
            mqtt.start()
        detector.run()
        service.stopping()
        log.info("stopping")
    finally:
        if mqtt:
            mqtt.close()
        output.close()


def _open_mqtt(settings: Settings, model: Model) -> MqttOutput | None:
    if not settings.mqtt:
        return None
    from .mqtt import MqttOutput

    return MqttOutput(settings, model.wanted_names)
