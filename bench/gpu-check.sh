#!/usr/bin/env bash
# Checks the CUDA path on a machine with an NVIDIA GPU, which needs no .NET.
#
#   gpu-check.sh pack [FOLDER]   here, with the SDK: a self-contained folder (artifacts/gpu-check) to copy to that machine, under 60 MB
#   gpu-check.sh run [RESULTS]   there, in that folder: writes RESULTS/gpu-check.json and RESULTS/gpu-check.txt (results)
#
# run executes the goldens of all areas that were packed and the op suite on cuda:0, the goldens of ptx and ops again under compute-sanitizer if
# that is at hand, times kernels and training steps (kernel by kernel and as a graph, whose losses must be the same), and the same work in PyTorch
# (cuBLAS, cuDNN) if PyTorch sees the GPU. Exits with 1 if any of that fails or no GPU answers. The machine needs glibc 2.27 or newer, libstdc++
# and libssl, with which .NET computes checksums. GPU_CHECK_DEVICE=emulator goes through the same steps on a machine without a GPU: that tries the script and
# nothing else. A result on cuda:0 is the only ground on which the CUDA path may be called tested on hardware.
set -uo pipefail
here=$(cd "$(dirname "$0")" && pwd)
limit_mb=60
device=${GPU_CHECK_DEVICE:-cuda:0}
areas=(ptx ops optim autograd train audio)

pack() {
  cd "$here/.." || exit 2
  local folder=${1:-artifacts/gpu-check}
  rm -rf "$folder"
  dotnet publish tests/RawSer.GoldenCheck -c Release -r linux-x64 --self-contained -p:PublishSingleFile=true \
    -p:EnableCompressionInSingleFile=true -p:DebugType=none -p:GenerateDocumentationFile=false -v q -nologo -o "$folder/bin" || exit 1
  mkdir -p "$folder/goldens"
  local area
  for area in "${areas[@]}"; do cp -r "tests/goldens/$area" "$folder/goldens/"; done
  cp bench/gpu-check.sh bench/peers/nets.py "$folder/"
  git describe --always --dirty --abbrev=40 --exclude '*' >"$folder/commit" 2>/dev/null || echo unknown >"$folder/commit"
  local size
  size=$(du -sm "$folder" | cut -f1)
  echo "$folder: $size MB; copy it to a machine with a GPU and run ./gpu-check.sh run there"
  [ "$size" -lt "$limit_mb" ] || { echo "gpu-check: $size MB, at most $limit_mb wanted" >&2; exit 1; }
}

# Runs a command with its output in the text result; leaves the last line in $last and the status in $status.
recorded() {
  local title=$1
  shift
  { echo; echo "== $title: $*"; } >>"$text"
  "$@" >"$work" 2>&1
  status=$?
  cat "$work" >>"$text"
  last=$(tail -1 "$work")
  echo "$title: $last"
}

quoted() { printf '"%s"' "$(printf '%s' "$1" | tr '\n\t' '  ' | sed 's/[\\"]/\\&/g')"; }

run() {
  local results=${1:-$here/results} check=$here/bin/RawSer.GoldenCheck failed=0 gpu sanitizer
  [ -x "$check" ] || { echo "gpu-check: no bin/RawSer.GoldenCheck beside this script; run 'gpu-check.sh pack' first" >&2; exit 2; }
  mkdir -p "$results"
  text=$results/gpu-check.txt
  work=$(mktemp)
  trap 'rm -f "$work"' EXIT
  date -u +%FT%TZ >"$text"
  local commit=unknown
  [ ! -f "$here/commit" ] || commit=$(cat "$here/commit")
  echo "commit: $commit" | tee -a "$text"

  gpu="none: no nvidia-smi"
  if command -v nvidia-smi >/dev/null; then
    gpu=$(nvidia-smi --query-gpu=name,driver_version,compute_cap,memory.total --format=csv,noheader -i 0 2>&1) || gpu="none: $gpu"
  fi
  echo "GPU: $gpu" | tee -a "$text"
  local entries=()
  for area in "${areas[@]}"; do
    recorded "$area on $device" "$check" "$here/goldens/$area" --device "$device"
    [ "$status" -eq 0 ] || failed=1
    entries+=("$(quoted "$area"): {\"exit\": $status, \"summary\": $(quoted "$last")}")
  done

  recorded "op suite on $device" "$check" --op-cases --device "$device"
  [ "$status" -eq 0 ] || failed=1
  entries+=("\"op suite\": {\"exit\": $status, \"summary\": $(quoted "$last")}")

  sanitizer=$(command -v compute-sanitizer || true)
  if [ -n "$sanitizer" ] && [ "$device" != emulator ]; then
    for area in ptx ops; do
      recorded "$area under compute-sanitizer" "$sanitizer" --error-exitcode 9 "$check" "$here/goldens/$area" --device "$device"
      [ "$status" -eq 0 ] || failed=1
      entries+=("$(quoted "compute-sanitizer $area"): {\"exit\": $status, \"summary\": $(quoted "$last")}")
    done
  else
    echo "compute-sanitizer: not at hand" | tee -a "$text"
    entries+=("\"compute-sanitizer\": \"not at hand\"")
  fi

  recorded "kernel times" "$check" --times --device "$device"
  if [ "$status" -eq 0 ]; then
    entries+=("\"rawser\": $last")
  else
    failed=1
    entries+=("\"rawser\": {\"exit\": $status, \"summary\": $(quoted "$last")}")
  fi

  if python3 -c 'import torch, sys; sys.exit(not torch.cuda.is_available())' 2>/dev/null; then
    # The same work and names as KernelTimes and TrainingTimes; float32 without TF32.
    recorded "PyTorch times" env PYTHONPATH="$here" PYTHONDONTWRITEBYTECODE=1 python3 -c '
import json, time, torch
import torch.nn.functional as F
from nets import CLASSES, INPUT, NETWORKS
torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = False
torch.set_grad_enabled(False)
def seconds(work):
    work(); torch.cuda.synchronize()
    times = []
    for _ in range(7):
        start = time.perf_counter()
        for _ in range(20): work()
        torch.cuda.synchronize()
        times.append((time.perf_counter() - start) / 20)
    return sorted(times)[3]
rates = {}
for n in (512, 1024, 2048, 4096, 8192):
    a, b = torch.randn(n, n, device="cuda"), torch.randn(n, n, device="cuda")
    rates[f"sgemm_{n}_tflops"] = 2 * n**3 / seconds(lambda: a @ b) / 1e12
x, y, scale = (torch.randn(*s, device="cuda") for s in ((32768, 1024), (32768, 1024), (1024,)))
size = 4 * x.numel()
rates["copy_gbs"] = 2 * size / seconds(lambda: x.clone()) / 1e9
rates["add_gbs"] = 3 * size / seconds(lambda: x + y) / 1e9
rates["gelu_gbs"] = 2 * size / seconds(lambda: F.gelu(x)) / 1e9
rates["softmax_gbs"] = 2 * size / seconds(lambda: F.softmax(x, 1)) / 1e9
rates["layer_norm_gbs"] = 2 * size / seconds(lambda: F.layer_norm(x, (1024,), scale, scale)) / 1e9
x, w = torch.randn(32, 128, 56, 56, device="cuda"), torch.randn(128, 128, 3, 3, device="cuda")
rates["conv_3x3_tflops"] = 2 * x.numel() * 128 * 9 / seconds(lambda: F.conv2d(x, w, padding=1)) / 1e12
torch.set_grad_enabled(True)
torch.backends.cudnn.benchmark = True
for name, make in NETWORKS.items():
    net = make().cuda().train()
    x, labels = torch.randn(32, *INPUT).pin_memory(), torch.randint(0, CLASSES, (32,)).pin_memory()
    optimiser, loss = torch.optim.Adam(net.parameters(), lr=1e-3, foreach=True), torch.nn.CrossEntropyLoss()
    def step():
        optimiser.zero_grad(set_to_none=True)
        loss(net(x.cuda(non_blocking=True)), labels.cuda(non_blocking=True)).backward()
        optimiser.step()
    step()
    rates["train_step_" + name.replace("-", "_") + "_eager_ms"] = 1e3 * seconds(step)
print(json.dumps({name: float(f"{rate:.4g}") for name, rate in rates.items()}))'
    [ "$status" -eq 0 ] || last="{\"exit\": $status, \"summary\": $(quoted "$last")}"
    entries+=("\"torch\": $last")
  else
    echo "PyTorch: not at hand, or it sees no GPU" | tee -a "$text"
    entries+=("\"torch\": \"not at hand, or it sees no GPU\"")
  fi

  {
    printf '{"date": %s, "commit": %s, "device": %s, "gpu": %s' "$(quoted "$(head -1 "$text")")" "$(quoted "$commit")" "$(quoted "$device")" "$(quoted "$gpu")"
    printf ', "passed": %s' "$([ "$failed" -eq 0 ] && echo true || echo false)"
    printf ', %s' "${entries[@]}"
    printf '}\n'
  } >"$results/gpu-check.json"
  echo "results: $results/gpu-check.json, $text"
  exit "$failed"
}

case ${1:-} in
  pack) pack "${@:2}" ;;
  run) run "${@:2}" ;;
  *)
    sed -n '2,11s/^# \{0,1\}//p' "$0" >&2
    exit 2
    ;;
esac
