#!/usr/bin/env bash
# elsewhere.sh APILAB FOLDER [all]: programs of the days against a sandbox in another process, over real
# sockets, as `apilab sandbox serve` and `apilab sandbox env` have it. With `all` also those that promise
# something within a second (days 2 and 8), tell slow from dead (day 1), are killed again (day 2) or have to go
# fast to be watched at all (days 3 and 4): on a busy machine they can fail for want of processor time, so they are
# part of ./lab soak. What is left out needs real processes of its own (day 13) or runs the others (days 10 and 14).
set -uo pipefail
apilab=$1 folder=$2 all=${3:-}
scratch=$(mktemp -d)
wrong=0 serving=
trap 'kill "$serving" 2>/dev/null; wait "$serving" 2>/dev/null; rm -rf "$scratch"' EXIT

serve() { # SPEED
    if [[ -n $serving ]]; then
        kill "$serving" && wait "$serving"
    fi
    rm -f "$scratch/ready.json"
    "$apilab" sandbox serve --port 0 --admin-port 0 --speed "$1" --ready-file "$scratch/ready.json" \
        >"$scratch/serve.log" 2>&1 &
    serving=$!
    local i
    for i in $(seq 100); do
        [[ -f $scratch/ready.json ]] && break
        sleep 0.1
    done
    eval "$("$apilab" sandbox env --ready-file "$scratch/ready.json")"
}

expect() { # CODE PROGRAM ARGUMENTS...
    local expected=$1 program=$2 code=0
    shift 2
    timeout 120 "$folder/$program" --base-url env "$@" >"$scratch/out" 2>&1 || code=$?
    if [[ $code == "$expected" ]]; then
        echo "ok     $program $* exits $code"
    else
        echo "WRONG  $program $* exits $code, expected $expected"
        tail -n 20 "$scratch/out"
        wrong=$((wrong + 1))
    fi
}

serve 5
expect 0 day01_retries
expect 3 day01_retries --naive
expect 3 day01_retries --break=ignore-retry-after
expect 0 day02_sessions
expect 0 day05_logging
# A sandbox that has been there for a while: its date is ahead of the machine's.
"$apilab" sandbox clock advance 10m --ready-file "$scratch/ready.json" >/dev/null || wrong=$((wrong + 1))
expect 0 day06_webhooks
expect 3 day06_webhooks --break=no-dedupe
expect 0 day07_async_triggers
expect 3 day07_async_triggers --break=answer-first
expect 0 day11_slack_notion
expect 0 day12_gmail
if [[ $all == all ]]; then
    expect 0 day01_timeouts
    expect 0 day01_retry_classify
    expect 0 day02_idempotent_post
    expect 3 day02_idempotent_post --break=key-in-memory
    serve 1
    expect 0 day02_deadline_budget
    expect 0 day08_three_apis
    serve 60
    expect 0 day03_auth_and_env
    expect 0 day03_redirect_trap
    expect 0 day04_oauth2
    expect 3 day04_oauth2 --naive
fi
# An address without the sandbox's admin port: it runs, and nobody here can read the journal.
serve 5
unset APILAB_ADMIN_URL
expect 5 day01_retries
echo "$wrong wrong"
exit $((wrong > 0))
