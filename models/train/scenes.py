"""Scenes to learn from: seeded scenarios with people, drones, balls and cars in every size, light and blur.

    python scenes.py --tiltyard ../../target/release/tiltyard --out data --train 1000 --held-back 150

Each scene is a scenario of its own, drawn by `tiltyard render --labels` at six moments. Held-back scenes have seeds of
their own, so that no backdrop, dress or path of theirs is learned from. Written are pictures.npy (N x 360 x 640 x 3)
and boxes.npz (picture, class, sides [px], visible fraction), a folder each for `train` and `held-back`.
"""

import argparse
import math
import pathlib
import random
import subprocess
import tempfile
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from PIL import Image

CLASSES = ["person", "drone", "ball", "car"]
WIDTH, HEIGHT, HFOV_DEG = 640, 360, 60.0  # of the camera generic-20x at its wide end
MOMENTS = 6
HELD_BACK = 1_000_000  # seeds from here on

# Height of the real thing [m], width over height, share among those who are in the picture, by backdrop.
SIZES = {
    "person": ((1.5, 1.95), (0.28, 0.42)),
    "drone": ((0.2, 0.6), (1.5, 2.6)),
    "ball": ((0.2, 0.6), (1.0, 1.0)),
    "car": ((1.35, 1.9), (2.3, 3.2)),
}
SHARES = {"street": (60, 8, 10, 22), "stage": (76, 8, 12, 4), "sky": (36, 36, 18, 10)}


def log_uniform(lot, low, high):
    return math.exp(lot.uniform(math.log(low), math.log(high)))


def between(lot, span):
    return lot.uniform(*span)


def target(lot, index, backdrop, start, length_s):
    """Somebody who is in the picture at the start, 8 to 300 px high, and goes somewhere."""
    kind = lot.choices(CLASSES, SHARES[backdrop])[0]
    (heights, aspects) = SIZES[kind]
    height_m, aspect = between(lot, heights), between(lot, aspects)
    hfov_deg = HFOV_DEG / start["zoom"]
    focal_px = WIDTH / 2 / math.tan(math.radians(hfov_deg / 2))
    high = 300 if kind == "person" else 160
    range_m = min(max(focal_px * height_m / log_uniform(lot, 8, high), 1.5), 900.0)
    az = start["pan"] + lot.uniform(-0.52, 0.52) * hfov_deg
    el = start["tilt"] + lot.uniform(-0.45, 0.45) * hfov_deg * HEIGHT / WIDTH
    if kind in ("person", "car") and lot.random() < 0.5:
        # On the ground, the camera being 4 m above it.
        el = max(-math.degrees(math.atan2(4 - height_m / 2, range_m)), el - 0.2 * hfov_deg)
    rate = lot.choice([0, 0.05, 0.15, 0.4, 0.9]) * hfov_deg * length_s
    to_az, to_el = az + lot.choice([-1, 1]) * rate, el + lot.uniform(-0.2, 0.2) * rate
    return f"""
[[target]]
name = "{kind} {index} {lot.getrandbits(32)}"
label = "{kind}"
size = {{ width = "{height_m * aspect:.3f} m", height = "{height_m:.3f} m" }}
range = "{range_m:.2f} m"
path.points = [["0 s", "{az:.3f} deg", "{el:.3f} deg"], ["{length_s} s", "{to_az:.3f} deg", "{to_el:.3f} deg"]]
"""


def occluder(lot, index, start):
    hfov_deg = HFOV_DEG / start["zoom"]
    range_m = log_uniform(lot, 2, 60)
    wide_m = 2 * range_m * math.tan(math.radians(hfov_deg / 2))
    az = start["pan"] + lot.uniform(-0.5, 0.5) * hfov_deg
    el = start["tilt"] + lot.uniform(-0.4, 0.1) * hfov_deg * HEIGHT / WIDTH
    return f"""
[[occluder]]
name = "block {index} {lot.getrandbits(32)}"
size = {{ width = "{wide_m * log_uniform(lot, 0.02, 0.3):.3f} m", height = "{wide_m * lot.uniform(0.05, 0.5):.3f} m" }}
range = "{range_m:.2f} m"
bearing = ["{az:.3f} deg", "{el:.3f} deg"]
"""


def scenario(seed):
    """Text of the scenario of this seed, and the moments to look at it."""
    lot = random.Random(seed)
    backdrop = lot.choices(list(SHARES), (45, 25, 30))[0]
    start = {"pan": lot.uniform(-150, 150), "tilt": lot.uniform(-12, 6), "zoom": log_uniform(lot, 1, 10)}
    if backdrop == "sky":
        start["tilt"] = lot.uniform(-12, 25)
    length_s = 3
    # A third each: the camera stands, turns after the first of them, turns and zooms.
    follows = lot.choice(["stack.detector.miss = 1.0", "stack.zoom.enabled = false", ""])
    text = f"""schema = 1
title = "scene {seed}"
camera = "generic-20x"
length = "{length_s} s"
seed = {seed}
video.size = [{WIDTH}, {HEIGHT}]
start = {{ pan = "{start['pan']:.3f} deg", tilt = "{start['tilt']:.3f} deg", zoom = {start['zoom']:.3f} }}
{follows}
[world.drawn]
backdrop = "{backdrop}"
exposure = "{log_uniform(lot, 2, 30):.1f} ms"
gain_noise = {lot.choice([0, log_uniform(lot, 0.005, 0.07)]):.4f}
defocus_px = {lot.uniform(0, 6):.2f}
light = [["0 s", {log_uniform(lot, 0.3, 1.5):.3f}], ["{lot.uniform(0, length_s):.2f} s", {log_uniform(lot, 0.3, 1.5):.3f}]]
"""
    people = lot.choices([0, 1, 2, 3, 4, 6, 9], (4, 12, 20, 24, 20, 14, 6))[0]
    text += "".join(target(lot, index, backdrop, start, length_s) for index in range(people))
    text += "".join(occluder(lot, index, start) for index in range(lot.choices([0, 1, 2, 4], (40, 30, 20, 10))[0]))
    return text, [round(lot.uniform(0.1, length_s - 0.1), 3) for _ in range(MOMENTS)]


def drawn(tiltyard, seed):
    """Pictures and boxes of one scene."""
    text, moments = scenario(seed)
    with tempfile.TemporaryDirectory() as folder:
        file = pathlib.Path(folder, f"scene-{seed}.toml")
        file.write_text(text)
        at = [word for moment in moments for word in ("--at", f"{moment} s")]
        command = [tiltyard, "render", str(file), "--labels", "--out", folder, *at]
        said = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        scene = []
        for line in said.splitlines():
            picture = pathlib.Path(line)
            rows = [row.rsplit(" ", 5) for row in picture.with_suffix(".txt").read_text().splitlines()]
            boxes = [(CLASSES.index(label), *map(float, numbers)) for label, *numbers in rows]
            scene.append((np.asarray(Image.open(picture).convert("RGB")), boxes))
        return scene


def write(tiltyard, folder, seeds, jobs):
    folder.mkdir(parents=True, exist_ok=True)
    count = len(seeds) * MOMENTS
    pictures = np.lib.format.open_memmap(folder / "pictures.npy", "w+", np.uint8, (count, HEIGHT, WIDTH, 3))
    rows, at = [], 0
    with ThreadPoolExecutor(jobs) as pool:
        for scene in pool.map(lambda seed: drawn(tiltyard, seed), seeds):
            for picture, boxes in scene:
                pictures[at] = picture
                rows += [(at, kind, x, y, x + w, y + h, seen) for kind, x, y, w, h, seen in boxes]
                at += 1
    pictures.flush()  # two moments of a scene may be one: the last few of the file may be empty
    table = np.array(rows, np.float32)
    np.savez(folder / "boxes.npz", picture=table[:, 0].astype(int), kind=table[:, 1].astype(int),
             sides=table[:, 2:6], seen=table[:, 6], pictures=at)
    counts = ", ".join(f"{(table[:, 1] == kind).sum()} {name}" for kind, name in enumerate(CLASSES))
    print(f"{folder.name}: {len(seeds)} scenes, {at} pictures; {counts}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--tiltyard", default="../../target/release/tiltyard")
    parser.add_argument("--out", type=pathlib.Path, default=pathlib.Path("data"))
    parser.add_argument("--train", type=int, default=1000, help="scenes to learn from")
    parser.add_argument("--held-back", type=int, default=150, help="scenes to be measured on")
    parser.add_argument("--jobs", type=int, default=2)
    given = parser.parse_args()
    write(given.tiltyard, given.out / "train", range(given.train), given.jobs)
    write(given.tiltyard, given.out / "held-back", range(HELD_BACK, HELD_BACK + given.held_back), given.jobs)
