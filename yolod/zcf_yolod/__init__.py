# SPDX-License-Identifier: Apache-2.0
"""zcf-yolod: runs a YOLO model on the frames of a channel and publishes what it finds on another channel."""

__version__ = "0.1.0"
