"""What is wrong with an answer: boxes by GIoU, "something is there" by the overlap that was reached, classes."""

import torch
from torch.nn.functional import binary_cross_entropy_with_logits as cross_entropy

# Of a box, the longer side as far as which a grid of this stride takes it [px].
REACH = {8: 48.0, 16: 112.0, 32: 1e9}


def overlap(a, b):
    """IoU and GIoU (Rezatofighi et al. 2019) of boxes in pairs."""
    low, high = torch.maximum(a[:, :2], b[:, :2]), torch.minimum(a[:, 2:], b[:, 2:])
    both = (high - low).clamp(min=0).prod(1)
    either = (a[:, 2:] - a[:, :2]).prod(1) + (b[:, 2:] - b[:, :2]).prod(1) - both
    hull = (torch.maximum(a[:, 2:], b[:, 2:]) - torch.minimum(a[:, :2], b[:, :2])).prod(1)
    iou = both / either.clamp(min=1e-6)
    return iou, iou - (hull - either) / hull.clamp(min=1e-6)


def assign(boxes, places):
    """For each place the box it answers for, or -1; the smallest of several. A place answers for a box of its grid's
    size whose middle is at most one and a half strides away, and never from outside a box wider than that."""
    if not len(boxes):
        return torch.full((len(places),), -1)
    at = (places[:, None, :2] + 0.5) * places[:, None, 2:]
    stride = places[:, 2][:, None]
    middle, size = (boxes[:, :2] + boxes[:, 2:]) / 2, boxes[:, 2:] - boxes[:, :2]
    off = (at - middle).abs()
    reach = torch.maximum(torch.minimum(size / 2, 1.5 * stride[..., None]), 0.75 * stride[..., None])
    near = (off <= reach).all(-1)
    grid = torch.full((len(boxes),), 32.0)
    for wanted, most in sorted(REACH.items(), reverse=True):
        grid[size.amax(1) <= most] = wanted
    cost = torch.where(near & (stride == grid), size.prod(1), torch.inf)
    least, which = cost.min(1)
    return torch.where(least.isinf(), -1, which)


def loss(raw, targets, places, decode):
    """`raw` [B, N, 5 + classes]; of each picture of `targets` boxes [n, 4], classes [n], and those that do not count."""
    parts = torch.zeros(3)
    positives = 0
    there = torch.zeros(raw.shape[:2])
    weight = torch.ones(raw.shape[:2])
    shapes = decode(raw[..., :4], places)
    middle = (places[:, :2] + 0.5) * places[:, 2:]
    for at, (boxes, kinds, unsure) in enumerate(targets):
        for left, top, right, bottom in unsure.tolist():
            inside = (middle[:, 0] > left) & (middle[:, 0] < right) & (middle[:, 1] > top) & (middle[:, 1] < bottom)
            weight[at, inside] = 0
        which = assign(boxes, places)
        mine = which >= 0
        if not mine.any():
            continue
        which = which[mine]
        iou, giou = overlap(shapes[at, mine], boxes[which])
        wanted = torch.zeros(len(which), raw.shape[2] - 5)
        wanted[torch.arange(len(which)), kinds[which]] = 1
        parts[0] = parts[0] + (1 - giou).sum()
        parts[2] = parts[2] + cross_entropy(raw[at, mine, 5:], wanted, reduction="sum")
        there[at, mine] = iou.detach().clamp(min=0.1)
        weight[at, mine] = 1
        positives += len(which)
    # Quality focal loss (Li et al. 2020): what is answered well already counts little.
    score = raw[..., 4]
    focus = (score.sigmoid() - there).detach().abs() ** 2
    parts[1] = (weight * focus * cross_entropy(score, there, reduction="none")).sum()
    box, thing, kind = parts / max(positives, 1)
    return 2 * box + 3 * thing + 0.5 * kind, (box.item(), thing.item(), kind.item())
