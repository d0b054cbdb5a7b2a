#!/usr/bin/env bash
# numbers.sh [BIN]: runs every variant of every program of the path on seed 1, and writes what came of it into
# docs/days. BIN is where they are built; default build/release/bin (./lab build release exercises).
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
bin=$(cd "${1:-$root/build/release/bin}" && pwd)
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
began=$SECONDS
# In a folder of its own: some write into the present one.
run() {
    (cd "$folder" && "$bin/$1" --matrix "$folder/$1.json" >"$folder/$1.log") || { cat "$folder/$1.log" && return 1; }
    echo "$1"
}
export -f run
export bin folder
# Those in real time want a machine that has nothing else to do; of the others the longest go first.
names=$(basename -s .cpp "$root"/src/exercises/day*.cpp)
real=$(grep -l 'real_time = true' "$root"/src/exercises/day*.cpp | xargs basename -s .cpp)$'\n'day14_checklist # runs day 13
{
    grep day10 <<<"$names"
    grep -v day10 <<<"$names" | grep -vxF "$real"
} | xargs -P "$(nproc)" -I{} bash -c 'run {}'
for name in $real; do
    run "$name"
done
files=()
for name in $names; do
    files+=("$folder/$name.json")
done
"$bin/path_pages" --root "$root" --write "${files[@]}"
echo "$((SECONDS - began)) s"
