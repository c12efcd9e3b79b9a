#!/usr/bin/env bash
# Fetches NVIDIA's assembler and disassembler (ptxas, nvdisasm, cuobjdump of CUDA 11.8) from Debian's component non-free into
# artifacts/ptxas, without root and without installing anything: the one package is downloaded and unpacked. Prints the folder of the
# programs, or says why they cannot be had and exits with 1. PTX up to 7.8, sm_35 to sm_90.
set -euo pipefail
cd "$(dirname "$0")/.."

package=nvidia-cuda-toolkit
target=$PWD/artifacts/ptxas
programs=$target/usr/bin

refuse() {
  echo "install-ptxas: $1" >&2
  exit 1
}

if [ -x "$programs/ptxas" ]; then
  echo "$programs"
  exit 0
fi

for tool in apt-get apt-config dpkg; do
  command -v "$tool" >/dev/null || refuse "no $tool: this needs Debian or a relative of it"
done
[ "$(dpkg --print-architecture)" = amd64 ] || refuse "the package exists for amd64 only"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$work/lists/partial" "$work/cache/archives/partial" "$work/parts"

# The machine's own sources, with the component non-free added to those that have main.
{
  sed -n 's/^\(deb .*\bmain\b\).*/\1 non-free/p' /etc/apt/sources.list /etc/apt/sources.list.d/*.list 2>/dev/null || true
} >"$work/parts/own.list"
number=0
for file in /etc/apt/sources.list.d/*.sources; do
  [ -e "$file" ] || continue
  number=$((number + 1))
  sed 's/^\(Components:.*\bmain\b\).*/\1 non-free/' "$file" >"$work/parts/own$number.sources"
done

options=(
  -o "Dir::Etc::SourceList=/dev/null"
  -o "Dir::Etc::SourceParts=$work/parts"
  -o "Dir::State::Lists=$work/lists"
  -o "Dir::Cache=$work/cache"
  -o "Debug::NoLocking=true"
  -o "Acquire::http::Timeout=20"
  -o "Acquire::Retries=1"
)
apt-get "${options[@]}" -qq update >"$work/log" 2>&1 || refuse "the package lists cannot be read: $(tail -1 "$work/log")"
(cd "$work" && apt-get "${options[@]}" -qq download "$package" >"$work/log" 2>&1) || refuse "$package cannot be downloaded: $(tail -1 "$work/log")"

rm -rf "$target"
mkdir -p "$target"
dpkg -x "$work/$package"_*.deb "$target"
[ -x "$programs/ptxas" ] || refuse "$package holds no ptxas"

# What is not used is large.
find "$target" -type f ! -name ptxas ! -name nvdisasm ! -name cuobjdump ! -name compute-sanitizer ! -name copyright -delete
find "$target" -type l -delete
find "$target" -type d -empty -delete
"$programs/ptxas" --version >/dev/null || refuse "ptxas does not run here"
echo "$programs"
