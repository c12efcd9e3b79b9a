"""export_onnx.py vgg|speech FILE: a network of the comparison, with procedural weights, for ONNX Runtime."""

import sys

import torch


class Last(torch.nn.Module):
    """The first of the results."""

    def __init__(self, net):
        super().__init__()
        self.net = net

    def forward(self, x):
        return self.net(x)[0]


def main(work, path):
    if work == "vgg":
        from vgg import PICTURE, features
        net, x = features().eval(), torch.randn(PICTURE)
    else:
        from speech import SAMPLES, encoder
        net, x = Last(encoder().eval()), torch.randn(1, SAMPLES)
    torch.onnx.export(net, x, path, opset_version=15, input_names=["x"], output_names=["y"])


if __name__ == "__main__":
    if len(sys.argv) != 3 or sys.argv[1] not in ("vgg", "speech"):
        sys.exit(__doc__)
    main(*sys.argv[1:])
