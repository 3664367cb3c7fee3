"""Mean average precision of the ONNX file on held-back scenes, as COCO counts it: 101 points of recall, class by class.

    python measure.py --data data --model ../tiltyard-pixels.onnx

The file is run by ONNX Runtime and read as tiltyard reads it; heights are in pixels of pictures of 640 x 360.
"""

import argparse
import pathlib

import numpy as np
import onnxruntime
from PIL import Image

from scenes import CLASSES

IOUS = np.arange(0.5, 1.0, 0.05)
SPANS = {"all": (8, 1e9), "8-16 px": (8, 16), "16-32 px": (16, 32), "32-96 px": (32, 96), "from 96 px": (96, 1e9)}
SEEN_MIN = 0.3  # share of a box that has to be seen for it to count
SCORE_MIN, OVERLAP_MAX = 0.05, 0.45
STRIDES = (8, 16, 32)


def ious(a, b):
    low, high = np.maximum(a[:, None, :2], b[None, :, :2]), np.minimum(a[:, None, 2:], b[None, :, 2:])
    both = (high - low).clip(0).prod(2)
    area = [(boxes[:, 2:] - boxes[:, :2]).prod(1) for boxes in (a, b)]
    return both / np.maximum(area[0][:, None] + area[1][None] - both, 1e-9)


def suppress(boxes, scores):
    """Of boxes that overlap too much the surest; indices."""
    order, kept = scores.argsort()[::-1], []
    while len(order):
        best, order = order[0], order[1:]
        kept.append(best)
        order = order[ious(boxes[best][None], boxes[order])[0] <= OVERLAP_MAX]
    return kept


def decoded(raw, width, height):
    """Boxes, scores and classes of the network's answer [N, 5 + classes], in pixels of its input."""
    places = [(x, y, stride) for stride in STRIDES for y in range(height // stride) for x in range(width // stride)]
    score = raw[:, 4:5] * raw[:, 5:]
    kept = score.max(1) >= SCORE_MIN
    raw, score, at = raw[kept], score[kept], np.array(places, np.float32)[kept]
    centre, half = (raw[:, :2] + at[:, :2]) * at[:, 2:], np.exp(raw[:, 2:4]) * at[:, 2:] / 2
    boxes, best, kind = np.concatenate([centre - half, centre + half], 1), score.max(1), score.argmax(1)
    chosen = [index for one in np.unique(kind)
              for index in np.flatnonzero(kind == one)[suppress(boxes[kind == one], best[kind == one])]]
    return boxes[chosen], best[chosen], kind[chosen]


def answers(session, pictures):
    """Of every picture boxes, scores and classes."""
    name, (_, _, height, width) = session.get_inputs()[0].name, session.get_inputs()[0].shape
    told = []
    for rgb in pictures:
        scale = min(width / rgb.shape[1], height / rgb.shape[0])
        size = (int(rgb.shape[1] * scale), int(rgb.shape[0] * scale))
        canvas = np.full((height, width, 3), 114, np.uint8)
        canvas[:size[1], :size[0]] = bilinear(rgb, size)
        image = canvas[:, :, ::-1].transpose(2, 0, 1)[None].astype(np.float32)
        boxes, scores, kinds = decoded(session.run(None, {name: image})[0][0], width, height)
        told.append((boxes / scale, scores, kinds))
    return told


def bilinear(rgb, size):
    """Resized without smoothing, as tiltyard does; `Image.transform` reckons from the middles of pixels."""
    if size == rgb.shape[1::-1]:
        return rgb
    step = (rgb.shape[1] / size[0], rgb.shape[0] / size[1])
    return np.asarray(Image.fromarray(rgb).transform(
        size, Image.Transform.AFFINE, (step[0], 0, 0, 0, step[1], 0), Image.Resampling.BILINEAR))


def precision(hits, total):
    """Average precision of a ranked list of hits and misses."""
    recall = hits.cumsum() / max(total, 1)
    exact = np.maximum.accumulate((hits.cumsum() / (np.arange(len(hits)) + 1))[::-1])[::-1]
    at = np.searchsorted(recall, np.linspace(0, 1, 101))
    return float(np.mean(np.append(exact, 0.0)[np.minimum(at, len(exact))]))


def ranked(found, truth, iou_min, span):
    """Hits and misses of one class from the surest down, and how many there are to be hit. Who is of another size or
    hidden may be found and counts for nothing, as in COCO."""
    low, high = span
    tall = lambda box: low <= box[3] - box[1] < high
    counts = {at: (seen >= SEEN_MIN) & [tall(box) for box in boxes] for at, (boxes, seen, _) in truth.items()}
    taken = {at: np.zeros(len(boxes), bool) for at, (boxes, _, _) in truth.items()}
    hits = []
    for at, _, box, index in found:
        if at in truth:
            able = np.where(taken[at], 0, truth[at][2][index])
            both = [np.where(group, able, 0) for group in (counts[at], ~counts[at])]
            which = next((group for group in (0, 1) if both[group].max() >= iou_min), None)
            if which is not None:
                taken[at][both[which].argmax()] = True
                if which == 0:
                    hits.append(True)
                continue
        if tall(box):
            hits.append(False)
    return np.array(hits, bool), sum(int(valid.sum()) for valid in counts.values())


def table(told, boxes):
    """Rows (class, height, boxes, AP at 0.5, mean AP)."""
    rows = []
    for kind, name in enumerate(CLASSES):
        truth, found = {}, []
        for at, (shapes, scores, kinds) in enumerate(told):
            mine, there = shapes[kinds == kind], (boxes["picture"] == at) & (boxes["kind"] == kind)
            if there.any():
                truth[at] = (boxes["sides"][there], boxes["seen"][there], ious(mine, boxes["sides"][there]))
            found += [(at, score, box, index) for index, (score, box) in enumerate(zip(scores[kinds == kind], mine))]
        found.sort(key=lambda answer: -answer[1])
        for label, span in SPANS.items():
            lists = [ranked(found, truth, iou, span) for iou in IOUS]
            if lists[0][1]:
                scores = [precision(*one) for one in lists]
                rows.append((name, label, lists[0][1], scores[0], float(np.mean(scores))))
    return rows


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=pathlib.Path, default=pathlib.Path("data"))
    parser.add_argument("--model", type=pathlib.Path, default=pathlib.Path("../tiltyard-pixels.onnx"))
    given = parser.parse_args()
    boxes = np.load(given.data / "held-back" / "boxes.npz")
    pictures = np.load(given.data / "held-back" / "pictures.npy", mmap_mode="r")[:int(boxes["pictures"])]
    session = onnxruntime.InferenceSession(given.model, providers=["CPUExecutionProvider"])
    rows = table(answers(session, pictures), boxes)
    print("| class | height | boxes | AP@0.5 | AP@[.5:.95] |\n|---|---|---|---|---|")
    for name, span, count, half, whole in rows:
        print(f"| {name} | {span} | {count} | {half:.3f} | {whole:.3f} |")
    half, whole = np.mean([row[3:] for row in rows if row[1] == "all"], axis=0)
    print(f"| mean of classes | all | | {half:.3f} | {whole:.3f} |")


if __name__ == "__main__":
    main()
