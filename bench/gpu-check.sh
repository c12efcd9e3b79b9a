#!/usr/bin/env bash
# Checks the CUDA path on a machine with an NVIDIA GPU, which needs no .NET.
#
#   gpu-check.sh pack [FOLDER]   here, with the SDK: a self-contained folder (artifacts/gpu-check) to copy to that machine, under 60 MB
#   gpu-check.sh run [RESULTS]   there, in that folder: writes RESULTS/gpu-check.json and RESULTS/gpu-check.txt (results)
#
# run executes the goldens of areas ptx and ops on cuda:0, again under compute-sanitizer if that is at hand, and times PyTorch's matrix
# product if PyTorch sees the GPU. Exits with 1 if a golden fails or no GPU answers. A result of this script is the only ground on which
# the CUDA path may be called tested on hardware.
set -uo pipefail
here=$(cd "$(dirname "$0")" && pwd)
limit_mb=60

pack() {
  cd "$here/.." || exit 2
  local folder=${1:-artifacts/gpu-check}
  rm -rf "$folder"
  dotnet publish tests/RawSer.GoldenCheck -c Release -r linux-x64 --self-contained -p:PublishSingleFile=true \
    -p:EnableCompressionInSingleFile=true -p:DebugType=none -p:GenerateDocumentationFile=false -v q -nologo -o "$folder/bin" || exit 1
  mkdir -p "$folder/goldens"
  cp -r tests/goldens/ptx tests/goldens/ops "$folder/goldens/"
  cp bench/gpu-check.sh "$folder/"
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

  gpu=$(nvidia-smi --query-gpu=name,driver_version,compute_cap,memory.total --format=csv,noheader -i 0 2>&1) || gpu="none: $gpu"
  echo "GPU: $gpu" | tee -a "$text"
  local entries=()
  for area in ptx ops; do
    recorded "$area on cuda:0" "$check" "$here/goldens/$area" --device cuda:0 --allow-unsupported '*'
    [ "$status" -eq 0 ] || failed=1
    entries+=("$(quoted "$area"): {\"exit\": $status, \"summary\": $(quoted "$last")}")
  done

  sanitizer=$(command -v compute-sanitizer || true)
  if [ -n "$sanitizer" ]; then
    recorded "ptx under compute-sanitizer" "$sanitizer" --error-exitcode 9 "$check" "$here/goldens/ptx" --device cuda:0 --allow-unsupported '*'
    [ "$status" -eq 0 ] || failed=1
    entries+=("\"compute-sanitizer\": {\"exit\": $status, \"summary\": $(quoted "$last")}")
  else
    echo "compute-sanitizer: not at hand" | tee -a "$text"
  fi

  if python3 -c 'import torch, sys; sys.exit(not torch.cuda.is_available())' 2>/dev/null; then
    recorded "PyTorch matrix product, float32 without TF32, TFLOPS by size" python3 -c '
import json, torch
torch.backends.cuda.matmul.allow_tf32 = False
rates = {}
for n in (512, 1024, 2048, 4096, 8192):
    a, b = torch.randn(n, n, device="cuda"), torch.randn(n, n, device="cuda")
    times = []
    for _ in range(20):
        start, end = torch.cuda.Event(enable_timing=True), torch.cuda.Event(enable_timing=True)
        start.record(); a @ b; end.record(); torch.cuda.synchronize()
        times.append(start.elapsed_time(end))
    rates[n] = round(2 * n**3 / sorted(times)[len(times) // 2] / 1e9, 2)
print(json.dumps(rates))'
    [ "$status" -eq 0 ] && entries+=("\"torch_sgemm_tflops\": $last")
  else
    echo "PyTorch: not at hand, or it sees no GPU" | tee -a "$text"
  fi

  {
    printf '{"date": %s, "gpu": %s' "$(quoted "$(head -1 "$text")")" "$(quoted "$gpu")"
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
