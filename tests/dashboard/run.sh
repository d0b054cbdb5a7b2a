#!/usr/bin/env bash
# run.sh SOURCE WORK SERVER drive|real|pictures [IMAGES]: the dashboard in Chromium, driven by playwright-core (npm).
# Exit 77: skipped, with the reason.
set -euo pipefail
source=$1 work=$2 server=$3 what=$4 images=${5:-}
skip() { echo "skipped: $*" && exit 77; }
command -v node >/dev/null && command -v npm >/dev/null || skip "there is no node or npm"
browser=$(command -v chromium || true)
[[ -n $browser ]] || skip "there is no chromium"
mkdir -p "$work"
cp "$source"/package.json "$source"/*.mjs "$work/"
if ! (cd "$work" && timeout 240 npm install --no-audit --no-fund --prefer-offline --loglevel=error >npm.log 2>&1); then
    skip "npm could not install the packages: $(tail -1 "$work/npm.log")"
fi
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
[[ -z $images ]] || images=$(realpath "$images")
cd "$work" && timeout 400 node "$what.mjs" "$server" "$browser" "$scratch" "$images"
