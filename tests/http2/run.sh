#!/usr/bin/env bash
# run.sh SOURCE TEST-PROGRAM: starts node's HTTP/2 server on a free loopback port with a certificate that the program
# makes, and runs the tests against it. Exit 77: skipped, with the reason.
set -euo pipefail
source=$1 program=$2
skip() { echo "skipped: $*" && exit 77; }
command -v node >/dev/null || skip "there is no node"
node -e 'require("node:http2")' 2>/dev/null || skip "this node has no http2"

scratch=$(mktemp -d)
server=
trap '[[ -z $server ]] || { kill "$server" 2>/dev/null || true; wait "$server" 2>/dev/null || true; }; rm -rf "$scratch"' EXIT
APILAB_HTTP2_WRITE=$scratch "$program"
node "$source/server.mjs" "$scratch/certificate.pem" "$scratch/key.pem" "$scratch/port" >"$scratch/log" 2>&1 &
server=$!
for _ in $(seq 300); do
    [[ -s $scratch/port ]] && break
    kill -0 "$server" 2>/dev/null || { cat "$scratch/log" && exit 1; }
    sleep 0.1
done
[[ -s $scratch/port ]] || { cat "$scratch/log" && exit 1; }
APILAB_HTTP2=$scratch timeout 60 "$program"
