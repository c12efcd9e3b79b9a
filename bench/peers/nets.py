"""The report's three networks in PyTorch, in the corrected form: batch norm over channels, attention over time."""

import torch
from torch import nn

CLASSES = 7
INPUT = (1, 128, 94)  # (channel, MFCC band, frame): 3 s at 16 kHz, hop 512


def cnn_block():
    layers = []
    for inputs, outputs, pool in ((1, 16, 2), (16, 32, 4), (32, 64, 4)):
        layers += [nn.Conv2d(inputs, outputs, 3, padding=1), nn.BatchNorm2d(outputs), nn.ReLU(),
                   nn.MaxPool2d(pool), nn.Dropout(0.3)]
    return nn.Sequential(*layers, nn.Flatten())  # (N,1,128,94) -> (N,64,4,2) -> (N,512)


def encoder_layer():
    layer = nn.TransformerEncoderLayer(128, 4, dim_feedforward=512, dropout=0.4, batch_first=True)
    layer.dropout = nn.Identity()  # the report's encoder has no dropout between the two dense layers
    return layer


class ParallelNet(nn.Module):
    """Dense head on the concatenation [encoder mean over time, CNN, CNN, ...]."""

    def __init__(self, cnns, encoder_layers):
        super().__init__()
        self.cnns = nn.ModuleList(cnn_block() for _ in range(cnns))
        self.encoder = nn.Sequential(*(encoder_layer() for _ in range(encoder_layers)))
        self.dense = nn.Linear(512 * cnns + (128 if encoder_layers else 0), CLASSES)

    def forward(self, x):
        parts = [cnn(x) for cnn in self.cnns]
        if len(self.encoder) > 0:
            parts.insert(0, self.encoder(x.squeeze(1).transpose(1, 2)).mean(1))  # (N,94,128) -> (N,128)
        return self.dense(torch.cat(parts, 1))


NETWORKS = {
    "cnn": lambda: ParallelNet(1, 0),
    "two-cnn": lambda: ParallelNet(2, 0),
    "cnn-transformer": lambda: ParallelNet(2, 4),
}
