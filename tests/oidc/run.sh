#!/usr/bin/env bash
# run.sh SOURCE WORK TEST-PROGRAM: installs oidc-provider into WORK, starts it on a free loopback port and runs the
# tests against it. Exit 77: skipped, with the reason.
set -euo pipefail
source=$1 work=$2 program=$3
skip() { echo "skipped: $*" && exit 77; }
command -v node >/dev/null && command -v npm >/dev/null || skip "there is no node or npm"
(($(node -p 'process.versions.node.split(".")[0]') >= 20)) || skip "oidc-provider needs node 20 or later"
mkdir -p "$work"
cp "$source/package.json" "$source/peer.mjs" "$work/"
if ! (cd "$work" && timeout 240 npm install --no-audit --no-fund --prefer-offline --loglevel=error >npm.log 2>&1); then
    skip "npm could not install oidc-provider: $(tail -1 "$work/npm.log")"
fi

scratch=$(mktemp -d)
(cd "$work" && exec node peer.mjs "$scratch/peer.json") >"$scratch/peer.log" 2>&1 &
peer=$!
trap 'kill "$peer" 2>/dev/null || true; wait "$peer" 2>/dev/null || true; rm -rf "$scratch"' EXIT
for _ in $(seq 600); do
    [[ -s $scratch/peer.json ]] && break
    kill -0 "$peer" 2>/dev/null || { cat "$scratch/peer.log" && exit 1; }
    sleep 0.1
done
[[ -s $scratch/peer.json ]] || { cat "$scratch/peer.log" && exit 1; }
APILAB_OIDC_PEER=$scratch/peer.json timeout 100 "$program"
