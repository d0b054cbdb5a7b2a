#!/usr/bin/env bash
# run.sh SOURCE WORK APILAB: installs the libraries of SOURCE/package.json into WORK, and lets them and `apilab hook`
# sign for each other. Exit 77: skipped, with the reason.
set -euo pipefail
source=$1 work=$2 apilab=$3
skip() { echo "skipped: $*" && exit 77; }
command -v node >/dev/null && command -v npm >/dev/null || skip "there is no node or npm"
(($(node -p 'process.versions.node.split(".")[0]') >= 20)) || skip "the libraries need node 20 or later"
mkdir -p "$work"
cp "$source/package.json" "$source/interop.mjs" "$work/"
if ! (cd "$work" && timeout 240 npm install --no-audit --no-fund --prefer-offline --loglevel=error >npm.log 2>&1); then
    skip "npm could not install the libraries: $(tail -1 "$work/npm.log")"
fi
cd "$work" && timeout 200 node interop.mjs "$apilab"
