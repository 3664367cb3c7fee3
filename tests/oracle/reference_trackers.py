"""Runs trackers from PyPI, each with its defaults, over MOTChallenge detections: OUT/TRACKER/SEQUENCE.txt.

usage: reference_trackers.py DETECTIONS OUT

    pip install pyxtrackers==2026.3.3 ioutrack-rs==0.4.0 trackforge==0.4.0 trackers==2.6.1 norfair-enough==2.4.3 \
        visiontrack-cpp==0.1.1
    python3 tests/oracle/reference_trackers.py ../shared/data/mot15 TRACKS
    tiltyard report tracking --others TRACKS

DETECTIONS holds SEQUENCE/det.txt. What cannot be imported is named and left out. Score the result with
`tiltyard mot eval`.
"""

import contextlib
import io
import pathlib
import sys

import numpy as np


def read(path):
    """Frame -> array of x1, y1, x2, y2, confidence."""
    rows = np.loadtxt(path, delimiter=",", ndmin=2)[:, [0, 2, 3, 4, 5, 6]]
    rows[:, 3:5] += rows[:, 1:3]
    return {frame: rows[rows[:, 0] == frame, 1:] for frame in range(1, int(rows[:, 0].max()) + 1)}


def columns(update, last=4):
    """A tracker whose `update` takes and gives arrays with corners first and the id in column `last`."""
    return lambda boxes: [(row[last], *row[:4]) for row in update(boxes)]


def pyxtrackers_(name, *arguments):
    import pyxtrackers

    tracker = getattr(pyxtrackers, name)(*arguments)

    def step(boxes):
        told = tracker.update(np.ascontiguousarray(boxes, dtype=np.float64))
        return [(row[4], *row[:4]) for row in np.asarray(told)] if len(told) else []

    return step


def ioutrack_(name):
    import ioutrack

    tracker = getattr(ioutrack, name)()
    return columns(lambda boxes: tracker.update(boxes.astype(np.float32), return_all=False))


def trackforge_(name):
    import trackforge

    tracker = getattr(trackforge, name)()

    def step(boxes):
        found = [([x1, y1, x2 - x1, y2 - y1], score, 0) for x1, y1, x2, y2, score in boxes.tolist()]
        told = tracker.update(found)
        return [(one[0], one[1][0], one[1][1], one[1][0] + one[1][2], one[1][1] + one[1][3]) for one in told]

    return step


def norfair_():
    import norfair

    # Distance 1 - IoU; it and its threshold have no default, 0.7 is SORT's overlap of 0.3.
    tracker = norfair.Tracker(distance_function="iou", distance_threshold=0.7)

    def step(boxes):
        found = [norfair.Detection(points=box[:4].reshape(2, 2), scores=np.array([box[4]] * 2)) for box in boxes]
        return [(one.id, *one.estimate.reshape(4)) for one in tracker.update(detections=found)]

    return step


def visiontrack_():
    import visiontrack_cpp

    tracker = visiontrack_cpp.ByteTracker()

    def step(boxes):
        ids, told, _, _ = tracker.update(np.ascontiguousarray(boxes[:, :4]), np.ascontiguousarray(boxes[:, 4]))
        return [(one, *box) for one, box in zip(ids, told)]

    return step


def roboflow(name):
    import supervision
    import trackers

    tracker = getattr(trackers, name)()

    def step(boxes):
        found = supervision.Detections(
            xyxy=boxes[:, :4].astype(np.float32), confidence=boxes[:, 4], class_id=np.zeros(len(boxes), dtype=int)
        )
        told = tracker.update(found)
        if told.tracker_id is None:
            return []
        return [(one, *box) for one, box in zip(told.tracker_id, told.xyxy) if one >= 0]

    return step


TRACKERS = {
    "pyxtrackers-sort": lambda: pyxtrackers_("Sort"),
    "pyxtrackers-byte": lambda: pyxtrackers_("BYTETracker"),
    "pyxtrackers-ocsort": lambda: pyxtrackers_("OCSort", 0.6),  # the threshold of the paper's own demo; it has no default
    "ioutrack-sort": lambda: ioutrack_("Sort"),
    "ioutrack-byte": lambda: ioutrack_("ByteTrack"),
    "trackforge-sort": lambda: trackforge_("SORT"),
    "trackforge-byte": lambda: trackforge_("BYTETRACK"),
    "trackforge-ocsort": lambda: trackforge_("OCSORT"),
    "trackforge-tracktrack": lambda: trackforge_("TRACKTRACK"),
    "visiontrack-byte": visiontrack_,
    "norfair-enough": norfair_,
    "roboflow-sort": lambda: roboflow("SORTTracker"),
    "roboflow-byte": lambda: roboflow("ByteTrackTracker"),
    "roboflow-ocsort": lambda: roboflow("OCSORTTracker"),
    "roboflow-botsort": lambda: roboflow("BoTSORTTracker"),
}


def run(make, detections, to):
    for det in sorted(pathlib.Path(detections).glob("*/det.txt")):
        step = make()
        to.mkdir(parents=True, exist_ok=True)
        with (to / f"{det.parent.name}.txt").open("w") as file:
            for frame, boxes in read(det).items():
                for one, x1, y1, x2, y2 in step(boxes):
                    # A broken filter may lose its box.
                    if np.isfinite([x1, y1, x2, y2]).all() and x2 >= x1 and y2 >= y1:
                        sides = f"{x1:.2f},{y1:.2f},{x2 - x1:.2f},{y2 - y1:.2f}"
                        print(f"{frame},{int(one)},{sides},1,-1,-1,-1", file=file)


def main(detections, out):
    for name, make in TRACKERS.items():
        try:
            make()
        except Exception as error:  # whatever a package does when it is not there or not this version
            print(f"SKIPPED {name}: {type(error).__name__}: {error}")
            continue
        # norfair complains of its own boxes, a line each.
        with contextlib.redirect_stderr(io.StringIO()), contextlib.redirect_stdout(io.StringIO()):
            run(make, detections, pathlib.Path(out) / name)
        print(f"ran {name}")


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main(sys.argv[1], sys.argv[2])
