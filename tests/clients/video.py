"""Reads the virtual camera's video with OpenCV, as a tracker would.

usage: video.py URL
"""

import sys

import cv2

FRAMES = 10

capture = cv2.VideoCapture(sys.argv[1])
for number in range(FRAMES):
    read, frame = capture.read()
    if not read:
        sys.exit(f"FAILED: no frame {number} from {sys.argv[1]}")
height, width, channels = frame.shape
if channels != 3 or frame.std() < 1:
    sys.exit(f"FAILED: {width} x {height} x {channels}, and nothing in it")
print(f"ok: OpenCV read {FRAMES} frames of {width} x {height}")
