"""The network: five steps down, two back up, one head for three grids (after YOLOX, Ge et al. 2021)."""

import torch
from torch import nn
from torch.nn.functional import interpolate

STRIDES = (8, 16, 32)
WIDTHS = (12, 24, 40, 64, 80)  # channels at strides 2, 4, 8, 16, 32
NECK = 40


def conv(inside, outside, kernel=3, stride=1):
    return nn.Sequential(
        nn.Conv2d(inside, outside, kernel, stride, kernel // 2, bias=False), nn.BatchNorm2d(outside), nn.ReLU(True))


class Block(nn.Module):
    """Two convolutions about a shortcut."""

    def __init__(self, channels):
        super().__init__()
        self.inner = nn.Sequential(conv(channels, channels // 2, 1), conv(channels // 2, channels))

    def forward(self, x):
        return x + self.inner(x)


class Net(nn.Module):
    """BGR 0..255 in, a list of grids out: box (4), something is there, classes; numbers before the sigmoid."""

    def __init__(self, classes):
        super().__init__()
        a, b, c, d, e = WIDTHS
        self.stem = nn.Sequential(conv(3, a, stride=2), conv(a, b, stride=2), Block(b))
        self.down = nn.ModuleList([
            nn.Sequential(conv(b, c, stride=2), Block(c), Block(c)),
            nn.Sequential(conv(c, d, stride=2), Block(d), Block(d)),
            nn.Sequential(conv(d, e, stride=2), Block(e)),
        ])
        self.side = nn.ModuleList([conv(channels, NECK, 1) for channels in (c, d, e)])
        self.mix = nn.ModuleList([conv(NECK, NECK) for _ in STRIDES])
        self.head = nn.Conv2d(NECK, 5 + classes, 1)
        # At first nothing is anywhere.
        nn.init.constant_(self.head.bias[4:5], -4.0)

    def forward(self, x):
        x = self.stem(x * (1 / 128) - 1)
        sides = []
        for down, side in zip(self.down, self.side):
            x = down(x)
            sides.append(side(x))
        for level in (1, 0):
            sides[level] = sides[level] + interpolate(sides[level + 1], scale_factor=2.0, mode="nearest")
        return [self.head(mix(side)) for mix, side in zip(self.mix, sides)]


class Exported(nn.Module):
    """The layout that tiltyard calls yolox: [1, N, 5 + classes], grids row by row, sigmoids inside."""

    def __init__(self, net):
        super().__init__()
        self.net = net

    def forward(self, x):
        grids = torch.cat([grid.flatten(2) for grid in self.net(x)], 2).transpose(1, 2)
        return torch.cat([grids[..., :4], grids[..., 4:].sigmoid()], 2)


def places(height, width, device=None):
    """Column, row and stride of every place of the three grids, in the order of `Exported`."""
    rows = []
    for stride in STRIDES:
        y, x = torch.meshgrid(torch.arange(height // stride), torch.arange(width // stride), indexing="ij")
        rows.append(torch.stack([x.flatten(), y.flatten(), torch.full((x.numel(),), stride)], 1))
    return torch.cat(rows).to(device, torch.float32)


def sides(raw, places):
    """Left, top, right, bottom [px] of raw boxes [..., N, 4]."""
    at, stride = places[:, :2], places[:, 2:]
    centre = (raw[..., :2] + at) * stride
    half = raw[..., 2:].clamp(max=6).exp() * stride / 2
    return torch.cat([centre - half, centre + half], -1)
