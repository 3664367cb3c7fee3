"""The ONNX file: one picture of one size in, batch norms folded, opset 17 (ONNX Runtime 1.17 and newer)."""

import copy

import torch
from torch import nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

from net import Exported


def folded(module):
    """The same network without batch norms."""
    for name, child in module.named_children():
        if isinstance(child, nn.Sequential) and len(child) == 3 and isinstance(child[1], nn.BatchNorm2d):
            setattr(module, name, nn.Sequential(fuse_conv_bn_eval(child[0], child[1]), child[2]))
        else:
            folded(child)
    return module


def export(net, file, size):
    """Writes it; `size` is the input's width and height [px]."""
    width, height = size
    network = Exported(folded(copy.deepcopy(net).eval()))
    torch.onnx.export(network, (torch.zeros(1, 3, height, width),), file, opset_version=17, dynamo=False,
                      input_names=["images"], output_names=["output"])
