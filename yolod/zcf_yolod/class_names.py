# SPDX-License-Identifier: Apache-2.0
"""What the model's classes are called, and which of them are wanted."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt

from .settings import Settings
from .trouble import EXIT_USAGE, Trouble, reason

# What nearly every model was trained on: the 80 classes of COCO, in their order.
COCO = """
person, bicycle, car, motorcycle, airplane, bus, train, truck, boat, traffic light, fire hydrant, stop sign, parking
meter, bench, bird, cat, dog, horse, sheep, cow, elephant, bear, zebra, giraffe, backpack, umbrella, handbag, tie,
suitcase, frisbee, skis, snowboard, sports ball, kite, baseball bat, baseball glove, skateboard, surfboard, tennis
racket, bottle, wine glass, cup, fork, knife, spoon, bowl, banana, apple, sandwich, orange, broccoli, carrot, hot
dog, pizza, donut, cake, chair, couch, potted plant, bed, dining table, toilet, tv, laptop, mouse, remote,
keyboard, cell phone, microwave, oven, toaster, sink, refrigerator, book, clock, vase, scissors, teddy bear, hair
drier, toothbrush
""".strip()


def name_classes(settings: Settings, names_of_model: list[str], class_count: int) -> list[str]:
    """A name for each class: of the file that the user named, of the model, of COCO, or its number.

    Raises Trouble if the file cannot be read, or has another number of names.
    """
    if settings.names:
        names = _read(Path(settings.names))
        if len(names) != class_count:
            raise Trouble(
                f"{settings.names} has {len(names)} names, but the model has {class_count} classes; name the file that "
                "came with the model",
                EXIT_USAGE,
            )
        return names
    coco = COCO.replace("\n", " ").split(", ")
    for names in (names_of_model, coco):
        if len(names) == class_count:
            return names
    return [f"class {number}" for number in range(class_count)]


def select_classes(wanted: list[str], names: list[str]) -> npt.NDArray[np.bool_]:
    """Whether each class is wanted: by name or number, all if none is named. Raises Trouble for an unknown one."""
    if not wanted:
        return np.ones(len(names), np.bool_)
    selected = np.zeros(len(names), np.bool_)
    for word in wanted:
        if word in names:
            selected[names.index(word)] = True
        elif word.isdecimal() and int(word) < len(names):
            selected[int(word)] = True
        else:
            raise Trouble(
                f"classes: the model has no class '{word}'; it has {', '.join(names[:100])}"
                + (", ..." if len(names) > 100 else ""),
                EXIT_USAGE,
            )
    return selected


def _read(path: Path) -> list[str]:
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise Trouble(f"names: {path} cannot be read: {reason(error)}", EXIT_USAGE) from None
    return [line.strip() for line in lines if line.strip()]
