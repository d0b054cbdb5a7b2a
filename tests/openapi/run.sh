#!/usr/bin/env bash
# run.sh SOURCE WORK APILAB: the sandbox's OpenAPI documents are held against OpenAPI's own schema, and answers of /api
# against the schemas that its document promises. Exit 77: skipped, with the reason.
set -euo pipefail
source=$1 work=$2 apilab=$3
skip() { echo "skipped: $*" && exit 77; }
command -v node >/dev/null && command -v npm >/dev/null || skip "there is no node or npm"
mkdir -p "$work"
cp "$source"/package.json "$source"/*.mjs "$work/"
if ! (cd "$work" && timeout 300 npm install --no-audit --no-fund --prefer-offline --loglevel=error >npm.log 2>&1); then
    skip "npm could not install the packages: $(tail -1 "$work/npm.log")"
fi

scratch=$(mktemp -d)
"$apilab" sandbox serve --port 0 --admin-port 0 --foreign-port 0 --ready-file "$scratch/ready.json" \
    >"$scratch/serve.log" 2>&1 &
server=$!
trap 'kill "$server" 2>/dev/null || true; wait "$server" 2>/dev/null || true; rm -rf "$scratch"' EXIT
for _ in $(seq 100); do
    [[ -s $scratch/ready.json ]] && break
    sleep 0.1
done
[[ -s $scratch/ready.json ]] || { cat "$scratch/serve.log" && exit 1; }
# shellcheck disable=SC1090
source <("$apilab" sandbox env --ready-file "$scratch/ready.json")
cd "$work" && node check.mjs
