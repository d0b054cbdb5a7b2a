#!/usr/bin/env bash
# run.sh SOURCE WORK APILAB schema|replay: writes HTTP archives by the live program against a sandbox, then
#   schema  holds them against HAR 1.2's schema (npm: har-schema with ajv);
#   replay  has Chromium answer from them (npm: playwright-core; `./lab browser`).
# Exit 77: skipped, with the reason.
set -euo pipefail
source=$1 work=$2 apilab=$3 what=$4
skip() { echo "skipped: $*" && exit 77; }
command -v node >/dev/null && command -v npm >/dev/null || skip "there is no node or npm"
browser=$(command -v chromium || true)
[[ $what == schema || -n $browser ]] || skip "there is no chromium"
mkdir -p "$work"
cp "$source"/package.json "$source"/*.mjs "$work/"
if ! (cd "$work" && timeout 240 npm install --no-audit --no-fund --prefer-offline --loglevel=error >npm.log 2>&1); then
    skip "npm could not install the packages: $(tail -1 "$work/npm.log")"
fi

scratch=$(mktemp -d)
"$apilab" sandbox serve --port 0 --admin-port 0 --foreign-port 0 --seed 7 --scenario "$source/faults.toml" \
    --ready-file "$scratch/ready.json" >"$scratch/serve.log" 2>&1 &
server=$!
trap 'kill "$server" 2>/dev/null || true; wait "$server" 2>/dev/null || true; rm -rf "$scratch"' EXIT
for _ in $(seq 100); do
    [[ -s $scratch/ready.json ]] && break
    sleep 0.1
done
[[ -s $scratch/ready.json ]] || { cat "$scratch/serve.log" && exit 1; }
# shellcheck disable=SC1090
source <("$apilab" sandbox env --ready-file "$scratch/ready.json")
export APILAB_TRACES=$scratch/traces.db

# call NAME WORD...: whatever comes of it, its archive is written.
call() {
    "$apilab" call "${@:2}" --quiet --har "$scratch/$1.har" >"$scratch/$1.out" 2>&1 || true
    [[ -s $scratch/$1.har ]] || { echo "$1: no archive" && cat "$scratch/$1.out" && exit 1; }
}
if [[ $what == replay ]]; then
    call found npm:/lodash
    call missing api:/items/itm_0006
    cd "$work"
    for name in found missing; do
        timeout 60 node replay.mjs "$scratch/$name.har" "$browser"
    done
    exit
fi
call retry api:/items/itm_0001
call limited api:/items/itm_0002
call reset api:/items/itm_0003 --retries 0
call redirect api:/items/itm_0004 --follow
call empty api:/items/itm_0005
call missing api:/items/itm_0006
call write POST api:/items name=Ada 'x==a b' --idempotency-key auto
# The sandbox speaks text; a peer that does not.
node -e 'const server = require("http").createServer((_, answer) => answer.writeHead(200, {"content-type":
    "application/octet-stream"}).end(Buffer.from([0xff, 0xfe, 0, 1]))).listen(0, "127.0.0.1", () =>
    require("fs").writeFileSync(process.argv[1], `${server.address().port}`))' "$scratch/port" &
peer=$!
trap 'kill "$server" "$peer" 2>/dev/null || true; wait "$server" "$peer" 2>/dev/null || true; rm -rf "$scratch"' EXIT
for _ in $(seq 100); do
    [[ -s $scratch/port ]] && break
    sleep 0.1
done
call binary "127.0.0.1:$(<"$scratch/port")/bytes"
"$apilab" trace export last --har "$scratch/exported.har" >/dev/null
cd "$work" && node schema.mjs "$scratch"/*.har
