#!/usr/bin/env bash
# ONNX Runtime's side of the comparison: the package onnxruntime-node for Node.js into artifacts/onnxruntime (without running its install scripts, which
# fetch GPU libraries), and the two networks, exported with procedural weights by Debian's PyTorch (install-peers.sh).
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
target=$here/../../artifacts/onnxruntime
version=1.30.0
command -v npm >/dev/null || { apt-get update && apt-get install -y --no-install-recommends nodejs npm; }
mkdir -p "$target"
npm install --prefix "$target" --ignore-scripts --no-audit --no-fund --no-save "onnxruntime-node@$version"
for work in vgg speech; do
  [ -s "$target/$work.onnx" ] || PYTHONDONTWRITEBYTECODE=1 /usr/bin/python3 "$here/export_onnx.py" "$work" "$target/$work.onnx"
done
node "$here/onnxruntime_peer.js" vgg infer --seconds 1
