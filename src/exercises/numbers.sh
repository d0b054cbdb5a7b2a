#!/usr/bin/env bash
# numbers.sh [BIN]: runs every variant of every program of the path on seed 1, and writes what came of it into
# docs/days. BIN is where they are built; default build/release/bin (./lab build release exercises).
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
bin=$(cd "${1:-$root/build/release/bin}" && pwd)
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
began=$SECONDS
files=()
for source in "$root"/src/exercises/day*.cpp; do
    name=$(basename "$source" .cpp)
    echo "$name"
    # In a folder of its own: some write into the present one.
    (cd "$folder" && "$bin/$name" --matrix "$folder/$name.json" | sed 's/^/  /')
    files+=("$folder/$name.json")
done
"$bin/path_pages" --root "$root" --write "${files[@]}"
echo "$((SECONDS - began)) s"
