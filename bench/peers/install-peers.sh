#!/usr/bin/env bash
# Installs what the PyTorch side of the comparison needs, from Debian's own packages (Debian 12).
set -euo pipefail
apt-get update
apt-get install -y --no-install-recommends python3-torch python3-torchaudio libopenblas0-pthread libopenblas0-openmp
/usr/bin/python3 - <<'PY'
import torch, torchaudio
print("torch", torch.__version__, "torchaudio", torchaudio.__version__)
PY
