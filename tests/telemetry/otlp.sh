#!/usr/bin/env bash
# otlp.sh SOURCE WORK TRACED-CALLS: installs OpenTelemetry's definitions of OTLP into WORK and has a receiver made of them
# read what the program sends over real sockets. Exit 77: skipped, with the reason.
set -euo pipefail
source=$1 work=$2 program=$3
skip() { echo "skipped: $*" && exit 77; }
command -v node >/dev/null && command -v npm >/dev/null || skip "there is no node or npm"
mkdir -p "$work"
cp "$source/package.json" "$source/otlp_receiver.mjs" "$work/"
if ! (cd "$work" && timeout 240 npm install --no-audit --no-fund --prefer-offline --loglevel=error >npm.log 2>&1); then
    skip "npm could not install OpenTelemetry's definitions: $(tail -1 "$work/npm.log")"
fi
cd "$work" && timeout 60 node otlp_receiver.mjs "$program"
