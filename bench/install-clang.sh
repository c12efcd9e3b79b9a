#!/usr/bin/env bash
# Fetches Debian's clang-16 into artifacts/clang, without root and without installing anything: packages are downloaded and unpacked. It
# compiles the CUDA C of tests/RawSer.Gpu.Tests/Cuda to PTX 7.8, to compare RawSer's compiler with another. Prints the program that
# runs it, or says why it cannot be had and exits with 1.
set -euo pipefail
cd "$(dirname "$0")/.."

# The compiler, its libraries, and theirs that a bare system may lack.
packages=(clang-16 libclang-cpp16 libllvm16 libedit2 libz3-4 libxml2 libicu72 libbsd0 libmd0 libtinfo6)
target=$PWD/artifacts/clang
program=$target/clang

refuse() {
  echo "install-clang: $1" >&2
  exit 1
}

if [ -x "$program" ]; then
  echo "$program"
  exit 0
fi

for tool in apt-get dpkg; do
  command -v "$tool" >/dev/null || refuse "no $tool: this needs Debian 12 or a relative of it"
done

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
(cd "$work" && apt-get -qq -o Acquire::Retries=1 download "${packages[@]}" >"$work/log" 2>&1) || refuse "the packages cannot be downloaded (apt-get update?): $(tail -1 "$work/log")"

rm -rf "$target"
mkdir -p "$target"
for package in "$work"/*.deb; do
  dpkg -x "$package" "$target"
done

rm -rf "$target/usr/share" "$target/usr/include"
cat >"$program" <<'RUN'
#!/bin/sh
here=$(dirname "$0")
export LD_LIBRARY_PATH="$here/usr/lib/x86_64-linux-gnu:$here/usr/lib/llvm-16/lib:$here/lib/x86_64-linux-gnu${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}"
exec "$here/usr/lib/llvm-16/bin/clang" "$@"
RUN
chmod +x "$program"
"$program" --version >/dev/null || refuse "clang does not run here"
echo "$program"
