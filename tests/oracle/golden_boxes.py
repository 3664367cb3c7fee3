"""Boxes of published networks on three pictures, by onnxruntime and OpenCV: what tests/onnx.rs holds ours to.

usage: golden_boxes.py MODELS PICTURES

Wants onnxruntime==1.31.1, opencv-python-headless and numpy (PyPI). Prints model, class, score, left, top, right, bottom.
"""

import pathlib
import sys

import cv2
import numpy as np
import onnxruntime

MODELS, PICTURES = (pathlib.Path(folder) for folder in sys.argv[1:3])
STRIDES = 8, 16, 32


def session(name):
    return onnxruntime.InferenceSession(MODELS / name, providers=["CPUExecutionProvider"])


def letterbox(picture, side, pad):
    height, width = picture.shape[:2]
    scale = min(side / width, side / height)
    canvas = np.full((side, side, 3), pad, np.uint8)
    small = cv2.resize(picture, (int(width * scale), int(height * scale)), interpolation=cv2.INTER_LINEAR)
    canvas[: small.shape[0], : small.shape[1]] = small
    return canvas.astype(np.float32).transpose(2, 0, 1)[None], scale


def places(side):
    """Corner and stride of each cell, all strides after each other."""
    grids, strides = [], []
    for stride in STRIDES:
        y, x = np.mgrid[: side // stride, : side // stride]
        grids.append(np.stack([x, y], -1).reshape(-1, 2))
        strides.append(np.full((x.size, 1), stride))
    return np.concatenate(grids), np.concatenate(strides)


def corners(raw, side, scale):
    grid, stride = places(side)
    centre, size = (raw[:, :2] + grid) * stride, np.exp(raw[:, 2:4]) * stride
    return np.concatenate([centre - size / 2, centre + size / 2], 1) / scale


def kept(boxes, scores, least, overlap):
    sure = scores >= least
    boxes, scores = boxes[sure], scores[sure]
    sides = [[*map(float, box[:2]), *map(float, box[2:] - box[:2])] for box in boxes]
    for index in np.array(cv2.dnn.NMSBoxes(sides, scores.astype(float).tolist(), 0.0, overlap)).ravel():
        yield float(scores[index]), boxes[index]


def yolox(picture, name, side):
    network = session(name)
    tensor, scale = letterbox(picture, side, 114)
    raw = network.run(None, {network.get_inputs()[0].name: tensor})[0][0]
    boxes, scores = corners(raw, side, scale), raw[:, 4:5] * raw[:, 5:]
    for label in range(scores.shape[1]):
        for score, box in kept(boxes, scores[:, label], 0.3, 0.45):
            yield name, label, score, box


def yunet(picture, name, side=640):
    network = session(name)
    tensor, scale = letterbox(picture, side, 0)
    names = [output.name for output in network.get_outputs()]
    found = dict(zip(names, network.run(None, {network.get_inputs()[0].name: tensor})))
    each = lambda kind: np.concatenate([found[f"{kind}_{stride}"][0] for stride in STRIDES])
    scores = np.sqrt(np.clip(each("cls"), 0, 1) * np.clip(each("obj"), 0, 1))[:, 0]
    for score, box in kept(corners(each("bbox"), side, scale), scores, 0.6, 0.3):
        yield name, 0, score, box


for file in "astronaut.png", "messi5.jpg", "basketball1.png":
    picture = cv2.imread(str(PICTURES / file))
    height, width = picture.shape[:2]
    print(file)
    rows = [
        *yolox(picture, "yolox_nano_coco_416.onnx", 416),
        *yolox(picture, "yolox_nano_person_192.onnx", 192),
        *yunet(picture, "yunet_face_640.onnx"),
    ]
    for name, label, score, box in rows:
        sides = np.clip(box, 0, [width, height, width, height])
        print(f"  {name} {label} {score:.4f}", *(f"{side:.2f}" for side in sides))
