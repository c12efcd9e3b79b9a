"""The convolutions of VGG16 (configuration D): the same work as bench's vgg verb."""

import torch

BLOCKS = [(64, 2), (128, 2), (256, 3), (512, 3), (512, 3)]
PICTURE = (1, 3, 224, 224)


def features():
    torch.manual_seed(1)
    layers, inputs = [], 3
    for channels, count in BLOCKS:
        for _ in range(count):
            layers += [torch.nn.Conv2d(inputs, channels, 3, padding=1), torch.nn.ReLU(inplace=True)]
            inputs = channels
        layers.append(torch.nn.MaxPool2d(2))
    return torch.nn.Sequential(*layers)


def infer_work(layout, jit):
    net = features().to(memory_format=layout).eval()
    picture = torch.randn(PICTURE).to(memory_format=layout)
    if jit:
        with torch.no_grad():
            net = torch.jit.optimize_for_inference(torch.jit.trace(net, picture))
    return lambda: net(picture)
