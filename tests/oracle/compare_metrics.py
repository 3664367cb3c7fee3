"""Our metrics against TrackEval's and motrics' on the same files.

usage: compare_metrics.py OURS.json GROUND_TRUTH TRACKS

OURS.json is what `tiltyard mot eval --format json` said of GROUND_TRUTH (SEQUENCE/gt.txt) and TRACKS (SEQUENCE.txt).
TrackEval's classes decide on everything. motrics decides on HOTA and Identity. In CLEAR its matches, misses and false
positives are TrackEval's, but it counts identity switches in its own way, so its MOTA differs: differences are printed.
"""

import json
import pathlib
import sys

import motrics
import numpy as np
from trackeval.metrics import CLEAR, HOTA, Identity

BOUND = 1e-4


def load(path, truth):
    """Frame -> [(id, x, y, w, h)]."""
    frames = {}
    for line in path.read_text().splitlines():
        field = [float(number) for number in line.split(",")[:7]]
        if not truth or field[6] != 0:
            frames.setdefault(int(field[0]), []).append((int(field[1]), *field[2:6]))
    return frames


def overlap(a, b):
    w = min(a[1] + a[3], b[1] + b[3]) - max(a[1], b[1])
    h = min(a[2] + a[4], b[2] + b[4]) - max(a[2], b[2])
    return 0.0 if w <= 0 or h <= 0 else w * h / (a[3] * a[4] + b[3] * b[4] - w * h)


def track_eval(truth, told):
    frames = range(1, max(max(truth), max(told)) + 1)
    names = [{one: n for n, one in enumerate(sorted({box[0] for boxes in side.values() for box in boxes}))}
             for side in (truth, told)]
    data = {
        "num_timesteps": len(frames),
        "num_gt_ids": len(names[0]),
        "num_tracker_ids": len(names[1]),
        "num_gt_dets": sum(map(len, truth.values())),
        "num_tracker_dets": sum(map(len, told.values())),
        "gt_ids": [np.array([names[0][box[0]] for box in truth.get(f, [])], int) for f in frames],
        "tracker_ids": [np.array([names[1][box[0]] for box in told.get(f, [])], int) for f in frames],
        "similarity_scores": [
            np.array([[overlap(a, b) for b in told.get(f, [])] for a in truth.get(f, [])]).reshape(
                len(truth.get(f, [])), len(told.get(f, []))) for f in frames],
    }
    hota = {key: float(np.mean(value)) for key, value in HOTA().eval_sequence(data).items() if np.ndim(value)}
    clear = CLEAR({"PRINT_CONFIG": False}).eval_sequence(data)
    identity = Identity({"PRINT_CONFIG": False}).eval_sequence(data)
    return {
        "hota": hota["HOTA"], "det_a": hota["DetA"], "ass_a": hota["AssA"], "det_re": hota["DetRe"],
        "det_pr": hota["DetPr"], "ass_re": hota["AssRe"], "ass_pr": hota["AssPr"], "loc_a": hota["LocA"],
        "mota": clear["MOTA"], "motp": clear["MOTP"], "recall": clear["CLR_Re"], "precision": clear["CLR_Pr"],
        "tp": clear["CLR_TP"], "fp": clear["CLR_FP"], "fn": clear["CLR_FN"], "id_switches": clear["IDSW"],
        "fragments": clear["Frag"], "mostly_tracked": clear["MT"], "partly_tracked": clear["PT"],
        "mostly_lost": clear["ML"], "idf1": identity["IDF1"], "id_recall": identity["IDR"],
        "id_precision": identity["IDP"], "idtp": identity["IDTP"], "idfp": identity["IDFP"], "idfn": identity["IDFN"],
    }


def by_motrics(truth_file, told_file):
    truth = motrics.load_motchallenge(str(truth_file), min_confidence=0.5)
    aligned = motrics.align_frames(truth, motrics.load_motchallenge(str(told_file)))
    return motrics.evaluate(motrics.Frames(*aligned[:2]), motrics.Frames(*aligned[2:]))


def main(ours_file, truth_folder, told_folder):
    wrong, numbers = [], 0
    for ours in json.loads(pathlib.Path(ours_file).read_text())["sequences"]:
        name = ours["sequence"]
        if name == "COMBINED":
            continue
        truth_file = pathlib.Path(truth_folder) / name / "gt.txt"
        told_file = pathlib.Path(told_folder) / f"{name}.txt"
        theirs = track_eval(load(truth_file, True), load(told_file, False))
        second = by_motrics(truth_file, told_file)
        others = [("TrackEval", theirs), ("motrics", {
            "hota": second.hota.hota, "det_a": second.hota.deta, "ass_a": second.hota.assa, "loc_a": second.hota.loca,
            "idf1": second.identity.idf1, "id_recall": second.identity.idr, "id_precision": second.identity.idp,
        })]
        for who, figures in others:
            for key, value in figures.items():
                numbers += 1
                if not abs(ours[key] - value) <= BOUND:
                    wrong.append(f"{name}: {key} is {ours[key]}, {who} says {value}")
        if abs(ours["mota"] - second.clear.mota) > BOUND:
            print(f"note: {name}: motrics' MOTA is {second.clear.mota:.5f}, TrackEval's and ours {ours['mota']:.5f}")
    if wrong:
        sys.exit("\n".join(["FAILED:", *wrong]))
    print(f"ok: {numbers} numbers of {told_folder} are TrackEval's and motrics' to {BOUND}")


if __name__ == "__main__":
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    main(*sys.argv[1:])
