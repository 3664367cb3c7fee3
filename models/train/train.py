"""Trains the detector on the scenes of scenes.py and writes the ONNX file.

    python train.py --data data --out ../tiltyard-pixels.onnx

The same seed on the same machine gives the same network.
"""

import argparse
import copy
import pathlib
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import torch
from torch.nn.functional import interpolate

from export import export
from loss import loss
from net import Net, places, sides
from scenes import CLASSES

SEEN_MIN = 0.3  # share of a box that has to be seen for it to count
TALL_MIN_PX = 4.0  # height from which a box counts, in the network's input


class Scenes:
    """Pictures on disk, and what is true of them."""

    def __init__(self, folder):
        boxes = np.load(folder / "boxes.npz")
        self.pictures = np.load(folder / "pictures.npy", mmap_mode="r")[:int(boxes["pictures"])]
        of = [np.flatnonzero(boxes["picture"] == at) for at in range(len(self.pictures))]
        self.boxes = [(boxes["kind"][one], boxes["sides"][one], boxes["seen"][one]) for one in of]


def resized(rgb, width, height, scale, pad=(114.0, 114.0, 114.0)):
    """BGR [3, height, width]: the picture times `scale` in the corner, as tiltyard lays it there."""
    bgr = torch.from_numpy(np.ascontiguousarray(rgb[:, :, ::-1])).permute(2, 0, 1).float()
    size = (min(int(rgb.shape[0] * scale), height), min(int(rgb.shape[1] * scale), width))
    if size != bgr.shape[1:]:
        bgr = interpolate(bgr[None], size=size, mode="bilinear", align_corners=False)[0].round()
    canvas = torch.tensor(pad)[:, None, None].repeat(1, height, width)
    canvas[:, :size[0], :size[1]] = bgr
    return canvas


def patch(scenes, at, size, scales, lot):
    """Part of a picture, larger or smaller, perhaps mirrored: input, boxes, classes, boxes that do not count."""
    width, height = size
    scale = float(np.exp(lot.uniform(*np.log(scales))))
    rgb = scenes.pictures[at]
    kinds, boxes, seen = scenes.boxes[at]
    wide, tall = min(int(width / scale), rgb.shape[1]), min(int(height / scale), rgb.shape[0])
    left, top = (int(lot.integers(room + 1)) for room in (rgb.shape[1] - wide, rgb.shape[0] - tall))
    if len(boxes) and lot.random() < 0.7:
        # Somebody is in it.
        x0, y0, x1, y1 = boxes[lot.integers(len(boxes))]
        left = int(np.clip((x0 + x1) / 2 - lot.uniform(0.1, 0.9) * wide, 0, rgb.shape[1] - wide))
        top = int(np.clip((y0 + y1) / 2 - lot.uniform(0.1, 0.9) * tall, 0, rgb.shape[0] - tall))
    image = resized(rgb[top:top + tall, left:left + wide], width, height, scale)
    corner = np.array([left, top, left, top])
    inside = np.clip(boxes - corner, 0, [wide, tall, wide, tall])
    area = lambda sides: np.prod(sides[:, 2:] - sides[:, :2], axis=1)
    share = seen * area(inside) / np.maximum(area(boxes), 1e-6)
    inside = inside * scale
    if lot.random() < 0.5:
        image, inside = image.flip(2), inside[:, [2, 1, 0, 3]] * [-1, 1, -1, 1] + [width, 0, width, 0]
    counts = (share >= SEEN_MIN) & (inside[:, 3] - inside[:, 1] >= TALL_MIN_PX)
    tensor = lambda some: torch.from_numpy(inside[some]).float()
    return image, (tensor(counts), torch.from_numpy(kinds[counts]), tensor(~counts & (area(inside) > 0)))


def batches(scenes, given):
    """Of every epoch every picture once; made ahead on a thread."""
    def make(job):
        epoch, at, chosen = job
        lot = np.random.default_rng([given.seed, epoch, at])
        images, targets = zip(*(patch(scenes, one, given.patch, given.scales, lot) for one in chosen))
        return epoch, torch.stack(images), targets

    jobs = []
    for epoch in range(given.epochs):
        order = np.random.default_rng([given.seed, epoch]).permutation(len(scenes.pictures))
        starts = range(0, len(order) - given.batch + 1, given.batch)
        jobs += [(epoch, at, order[at:at + given.batch]) for at in starts]
    with ThreadPoolExecutor(1) as pool:
        ahead = [pool.submit(make, job) for job in jobs[:4]]
        for index in range(len(jobs)):
            made = ahead.pop(0).result()
            if index + 4 < len(jobs):
                ahead.append(pool.submit(make, jobs[index + 4]))
            yield len(jobs), made


def train(net, scenes, given):
    """The network after these epochs, and how long they took [s]."""
    net = net.to(memory_format=torch.channels_last)
    mean = copy.deepcopy(net).requires_grad_(False)
    decay = [p for p in net.parameters() if p.ndim > 1]
    other = [p for p in net.parameters() if p.ndim <= 1]
    best = torch.optim.AdamW([{"params": decay, "weight_decay": 0.02}, {"params": other, "weight_decay": 0.0}], given.rate)
    at = places(given.patch[1], given.patch[0])
    started, told = time.monotonic(), []
    for step, (steps, (epoch, images, targets)) in enumerate(batches(scenes, given)):
        warm = min(1.0, (step + 1) / 200)
        for group in best.param_groups:
            group["lr"] = given.rate * warm * (0.01 + 0.99 * 0.5 * (1 + np.cos(np.pi * step / steps)))
        with torch.autocast("cpu", torch.bfloat16, enabled=given.bf16):
            grids = net(images.contiguous(memory_format=torch.channels_last))
        raw = torch.cat([grid.flatten(2) for grid in grids], 2).transpose(1, 2).float()
        total, parts = loss(raw, targets, at, sides)
        best.zero_grad(set_to_none=True)
        total.backward()
        torch.nn.utils.clip_grad_norm_(net.parameters(), 10.0)
        best.step()
        with torch.no_grad():
            # The mean of the last few hundred steps is steadier than the last.
            keep = min(0.998, (step + 1) / (step + 20))
            for slow, fast in zip(mean.state_dict().values(), net.state_dict().values()):
                slow.copy_(keep * slow + (1 - keep) * fast if slow.is_floating_point() else fast)
        told.append(parts)
        if step % 50 == 49:
            box, thing, kind = np.mean(told[-50:], axis=0)
            print(f"epoch {epoch} step {step + 1}/{steps} box {box:.3f} thing {thing:.3f} class {kind:.3f} "
                  f"{time.monotonic() - started:.0f} s", flush=True)
    return mean.eval().to(memory_format=torch.contiguous_format), time.monotonic() - started


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=pathlib.Path, default=pathlib.Path("data"))
    parser.add_argument("--out", type=pathlib.Path, default=pathlib.Path("../tiltyard-pixels.onnx"))
    parser.add_argument("--start", type=pathlib.Path, help="weights to begin with (.pt); chance where absent")
    parser.add_argument("--epochs", type=int, default=10)
    parser.add_argument("--batch", type=int, default=16)
    parser.add_argument("--rate", type=float, default=3e-3)
    parser.add_argument("--patch", type=int, nargs=2, default=(320, 192), help="width and height of what is learned from")
    parser.add_argument("--scales", type=float, nargs=2, default=(0.45, 1.1), help="least and largest of a picture")
    parser.add_argument("--bf16", action="store_true", help="half precision, where the processor has it")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--size", type=int, nargs=2, default=(640, 384), help="width and height of the ONNX file's input")
    given = parser.parse_args()
    torch.set_num_threads(given.threads)
    torch.use_deterministic_algorithms(True)
    torch.manual_seed(given.seed)
    net = Net(len(CLASSES))
    if given.start:
        net.load_state_dict(torch.load(given.start))
    net, seconds = train(net, Scenes(given.data / "train"), given)
    weights = sum(p.numel() for p in net.parameters())
    print(f"{weights} weights, {given.epochs} epochs in {seconds / 60:.1f} min")
    torch.save(net.state_dict(), given.out.with_suffix(".pt"))
    export(net, given.out, tuple(given.size))
