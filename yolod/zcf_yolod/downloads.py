# SPDX-License-Identifier: Apache-2.0
"""Where models are to be had. We print it; fetching them, under their licences, is the user's."""

DOWNLOADS = """\
Nothing is downloaded by zcf-yolod. Models that work:

YOLOX (Apache-2.0), the ONNX files of its release page; nano is the fastest, 416x416:
  https://github.com/Megvii-BaseDetection/YOLOX/releases/tag/0.1.1rc0
  https://github.com/Megvii-BaseDetection/YOLOX/releases/download/0.1.1rc0/yolox_nano.onnx

YOLOv8 and YOLO11 (AGPL-3.0, or a licence of Ultralytics), exported by their own tool:
  pip install ultralytics
  yolo export model=yolo11n.pt format=onnx imgsz=640

For the BPU of an RDK X5, compiled for NV12 input (.bin):
  https://github.com/D-Robotics/rdk_model_zoo

Then: zcf-yolod --model FILE, or `model = FILE` in [yolod] of zcframe.conf; `zcf-yolod --model FILE --check-config` says
whether it can be used."""
