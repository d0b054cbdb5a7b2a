#!/usr/bin/env bash
# run.sh SOURCE WORK APILAB PROGRAM...: installs the SDKs of SOURCE/package.json into WORK, starts a sandbox on
# free ports, runs the programs against it (all at once; real time), and lets the SDKs read back what they
# wrote. Exit 77: skipped, with the reason.
set -euo pipefail
source=$1 work=$2 apilab=$3
shift 3
skip() { echo "skipped: $*" && exit 77; }
command -v node >/dev/null && command -v npm >/dev/null || skip "there is no node or npm"
mkdir -p "$work"
cp "$source/package.json" "$source/read_back.mjs" "$work/"
if ! (cd "$work" && timeout 240 npm install --no-audit --no-fund --prefer-offline --loglevel=error >npm.log 2>&1); then
    skip "npm could not install the SDKs: $(tail -1 "$work/npm.log")"
fi

scratch=$(mktemp -d)
"$apilab" sandbox serve --port 0 --admin-port 0 --seed 7 --ready-file "$scratch/ready.json" >"$scratch/serve.log" 2>&1 &
server=$!
trap 'kill "$server" 2>/dev/null || true; wait "$server" 2>/dev/null || true; rm -rf "$scratch"' EXIT
for _ in $(seq 100); do
    [[ -s $scratch/ready.json ]] && break
    sleep 0.1
done
[[ -s $scratch/ready.json ]] || { cat "$scratch/serve.log" && exit 1; }
# shellcheck disable=SC1090
source <("$apilab" sandbox env --ready-file "$scratch/ready.json")
# They share one world, that the SDKs can look at it afterwards: none may begin a run of its own.
unset APILAB_ADMIN_URL

running=()
for program in "$@"; do
    timeout 150 "$program" --base-url "${APILAB_NPM_URL%/npm}" >"$scratch/$(basename "$program").log" 2>&1 &
    running+=($!)
done
for index in "${!running[@]}"; do
    code=0
    wait "${running[$index]}" || code=$?
    # 5: the verdict belongs to the sandbox's own judge.
    if [[ $code != 0 && $code != 5 ]]; then
        set -- "${@:$((index + 1)):1}"
        echo "$1 exits $code" && cat "$scratch/$(basename "$1").log" && exit 1
    fi
done
cd "$work" && timeout 60 node read_back.mjs
