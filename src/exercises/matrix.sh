#!/usr/bin/env bash
# matrix.sh PROGRAM [SIN=CHECK...]: on two seeds the shipped program and the library pass, the naive one
# fails, each --break turns its own deciding check red and no other, and without faults the verdict is
# unknown. Every line says what was run; the last says how many did not hold.
set -uo pipefail
program=$1
shift
wrong=0

expect() { # EXPECTED-CODE ARGUMENTS...
    local expected=$1 code=0
    shift
    "$program" "$@" >/dev/null 2>&1 || code=$?
    if [[ $code == "$expected" ]]; then
        echo "ok     $* exits $code"
    else
        echo "WRONG  $* exits $code, expected $expected"
        wrong=$((wrong + 1))
    fi
}

for seed in 1 2; do
    expect 0 --seed "$seed"
    expect 0 --seed "$seed" --library
    expect 3 --seed "$seed" --naive
    expect 0 --seed "$seed" --compare
    expect 5 --seed "$seed" --chaos=none
    for pair in "$@"; do
        expect 3 --seed "$seed" "--break=${pair%%=*}"
        red=$("$program" --seed "$seed" "--break=${pair%%=*}" |
            awk '$1 == "fail" && ($3 == "must" || $3 == "never") { print $2 }' | paste -sd' ')
        if [[ $red == "${pair#*=}" ]]; then
            echo "ok     --break=${pair%%=*} turns ${pair#*=} red and nothing else"
        else
            echo "WRONG  --break=${pair%%=*} turns '$red' red, expected ${pair#*=}"
            wrong=$((wrong + 1))
        fi
    done
done
expect 2 --naive --compare
expect 2 --break=no-such-sin
expect 2 --chaos=no-such-scenario
echo "$wrong wrong"
exit $((wrong > 0))
