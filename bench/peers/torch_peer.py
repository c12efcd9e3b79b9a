#!/usr/bin/python3
"""PyTorch's side of the comparison.

  torch_peer.py train-step NETWORK     one optimiser step on a batch of 32
  torch_peer.py infer NETWORK          logits of one clip
  torch_peer.py sgemm SIZE             C = A B, square, float32
  torch_peer.py features               MFCC (128 x 94) of 64 clips of 3 s

  torch_peer.py speech infer|train-step  Wav2Vec2-base on clips of 3 s (speech.py)

NETWORK: cnn, two-cnn, cnn-transformer. Options: --threads N (2), --seconds S (5), --layout contiguous|channels-last,
--jit (inference: traced, frozen and optimised), --setting NAME (goes into the output). Prints one JSON line.
"""

import argparse

import torch

from nets import CLASSES, INPUT, NETWORKS
from timing import measure


def train_step(options):
    torch.manual_seed(1)
    layout = torch.channels_last if options.layout == "channels-last" else torch.contiguous_format
    net = NETWORKS[options.argument]().to(memory_format=layout).train()
    x = torch.randn(32, *INPUT).to(memory_format=layout)
    labels = torch.randint(0, CLASSES, (32,))
    optimiser = torch.optim.Adam(net.parameters(), lr=1e-3, foreach=True)
    loss = torch.nn.CrossEntropyLoss()

    def step():
        optimiser.zero_grad(set_to_none=True)
        loss(net(x), labels).backward()
        optimiser.step()

    measure("train-step/" + options.argument, step, options.seconds, {"setting": options.setting, "batch": 32, "layout": options.layout})


def infer(options):
    torch.manual_seed(1)
    layout = torch.channels_last if options.layout == "channels-last" else torch.contiguous_format
    net = NETWORKS[options.argument]().to(memory_format=layout).eval()
    x = torch.randn(1, *INPUT).to(memory_format=layout)
    if options.jit:
        with torch.no_grad():
            net = torch.jit.optimize_for_inference(torch.jit.trace(net, x))
    with torch.inference_mode():
        measure("infer/" + options.argument, lambda: net(x), options.seconds,
                {"setting": options.setting, "batch": 1, "layout": options.layout, "jit": options.jit})


def sgemm(options):
    n = int(options.argument)
    a, b, c = torch.randn(n, n), torch.randn(n, n), torch.empty(n, n)
    measure("sgemm/%d" % n, lambda: torch.mm(a, b, out=c), options.seconds, {"setting": options.setting}, flops=2.0 * n ** 3)


def features(options):
    import torchaudio
    torch.manual_seed(1)
    clips = torch.randn(64, 48000) * 0.1
    mfcc = torchaudio.transforms.MFCC(16000, n_mfcc=128, melkwargs={
        "n_fft": 1024, "win_length": 512, "hop_length": 512, "n_mels": 128, "window_fn": torch.hamming_window,
        "norm": "slaney", "mel_scale": "slaney", "pad_mode": "reflect"})
    with torch.inference_mode():
        assert mfcc(clips).shape == (64, 128, 94)
        measure("features/64x3s", lambda: mfcc(clips), options.seconds, {"setting": options.setting, "clips": 64})


def speech(options):
    from speech import infer_work, train_work
    if options.argument == "infer":
        work = infer_work()
        with torch.inference_mode():
            measure("speech/infer", work, options.seconds, {"setting": options.setting, "batch": 1})
    else:
        measure("speech/train-step", train_work(), options.seconds, {"setting": options.setting, "batch": 4})


def vgg(options):
    from vgg import infer_work
    layout = torch.channels_last if options.layout == "channels-last" else torch.contiguous_format
    work = infer_work(layout, options.jit)
    with torch.inference_mode():
        measure("vgg/infer", work, options.seconds, {"setting": options.setting, "batch": 1, "layout": options.layout, "jit": options.jit})


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("work", choices=["train-step", "infer", "sgemm", "features", "speech", "vgg"])
    parser.add_argument("argument", nargs="?")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--seconds", type=float, default=5.0)
    parser.add_argument("--layout", choices=["contiguous", "channels-last"], default="contiguous")
    parser.add_argument("--jit", action="store_true")
    parser.add_argument("--setting", default="custom")
    options = parser.parse_args()
    if options.work in ("train-step", "infer") and options.argument not in NETWORKS:
        parser.error("%s needs a network: %s" % (options.work, ", ".join(NETWORKS)))
    if options.work == "speech" and options.argument not in ("infer", "train-step"):
        parser.error("speech needs infer or train-step")
    if options.work == "vgg" and options.argument != "infer":
        parser.error("vgg needs infer")
    if options.work == "sgemm" and not (options.argument or "").isdigit():
        parser.error("sgemm needs a size, e.g. 1024")
    torch.set_num_threads(options.threads)
    globals()[options.work.replace("-", "_")](options)


if __name__ == "__main__":
    main()
