#!/usr/bin/env bash
# peer.sh default|tuned WORK [ARGUMENT] [OPTIONS]: one PyTorch measurement (see torch_peer.py) in one of two settings.
#   default: PyTorch as packaged, contiguous tensors, eager, a thread per core.
#   tuned:   the fastest setting found: OpenBLAS on PyTorch's own OpenMP threads, an allocator that keeps large blocks,
#            channels-last activations, traced and frozen networks for inference.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
libraries=/usr/lib/x86_64-linux-gnu
setting=${1:-} work=${2:-}
case $setting in
  default)
    options=()
    blas=openblas-pthread ;;
  tuned)
    options=()
    case $work in
      train-step) options=(--layout channels-last) ;;
      infer | vgg) options=(--layout channels-last --jit) ;;
    esac
    blas=openblas-openmp
    export MALLOC_MMAP_THRESHOLD_=1073741824 MALLOC_TRIM_THRESHOLD_=2147483648 MALLOC_TOP_PAD_=67108864 ;;
  *)
    echo "peer.sh: setting '$setting': use default or tuned" >&2
    exit 2 ;;
esac
[ -d "$libraries/$blas" ] || { echo "peer.sh: $libraries/$blas is missing: run bench/peers/install-peers.sh" >&2; exit 1; }
# Kernel overrides for other programs on this machine would slow OpenBLAS down.
unset OPENBLAS_CORETYPE OPENBLAS_L2_SIZE
export LD_LIBRARY_PATH=$libraries/$blas PYTHONDONTWRITEBYTECODE=1
# OpenBLAS 0.3.21 takes a processor that it does not know for one with SSE3 only: name the instructions that this one has.
core=$(OPENBLAS_VERBOSE=2 /usr/bin/python3 -c 'import ctypes; ctypes.CDLL("libopenblas.so.0")' 2>&1 | sed -n 's/^Core: //p')
if [ "$core" = Prescott ]; then
  if grep -qw avx512vl /proc/cpuinfo; then export OPENBLAS_CORETYPE=SkylakeX
  elif grep -qw avx2 /proc/cpuinfo; then export OPENBLAS_CORETYPE=Haswell
  fi
fi
exec /usr/bin/python3 "$here/torch_peer.py" "${@:2}" --threads "$(nproc)" --setting "$setting" "${options[@]}"
