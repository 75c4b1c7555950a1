# SPDX-License-Identifier: Apache-2.0
"""What the outputs of a YOLO model mean: one file for each layout, and the choice among them."""

from .detect import detect
from .layout import Conventions, Layout

__all__ = ["Conventions", "Layout", "detect"]
