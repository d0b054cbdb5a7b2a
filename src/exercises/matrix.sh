#!/usr/bin/env bash
# matrix.sh [--seeds N] [--starter FILE] PROGRAM [SIN=CHECK...]: on N seeds (APILAB_SEEDS, or two) the shipped program and the
# library pass, the naive one and the starter fail, each --break turns its own deciding check red and no
# unrelated one (A+B: A, and perhaps B), and without faults the verdict is unknown. Every line says what was run; the last says how many did
# not hold.
set -uo pipefail
seeds=${APILAB_SEEDS:-2} starter=
while [[ $1 == --* ]]; do
    case $1 in
        --seeds) seeds=$2 ;;
        --starter) starter=$2 ;;
        *) echo "matrix.sh: no option $1" && exit 2 ;;
    esac
    shift 2
done
program=$1
shift
wrong=0
# Programs whose library has no line for it yet do not offer --library.
library=$("$program" --help-all | grep -c -e --library)

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

for seed in $(seq "$seeds"); do
    expect 0 --seed "$seed"
    ((library == 0)) || expect 0 --seed "$seed" --library
    expect 3 --seed "$seed" --naive
    expect 0 --seed "$seed" --compare
    expect 5 --seed "$seed" --chaos=none
    for pair in "$@"; do
        expect 3 --seed "$seed" "--break=${pair%%=*}"
        red=$("$program" --seed "$seed" "--break=${pair%%=*}" |
            awk '$1 == "fail" && ($3 == "must" || $3 == "never" || $3 == "decides") { print $2 }')
        # A+B: A must turn red, B may, since it follows from A.
        IFS=+ read -r own follows <<<"${pair#*=}"
        others=$(grep -vxE "${own}${follows:+|${follows//+/|}}" <<<"$red")
        if grep -qx "$own" <<<"$red" && [[ -z $others ]]; then
            echo "ok     --break=${pair%%=*} turns $own red and nothing unrelated"
        else
            echo "WRONG  --break=${pair%%=*} turns '${red//$'\n'/ }' red, expected ${pair#*=}"
            wrong=$((wrong + 1))
        fi
    done
done
if [[ -n $starter ]]; then
    code=0
    "$starter" >/dev/null 2>&1 || code=$?
    if [[ $code == 3 || $code == 5 ]]; then
        echo "ok     the starter exits $code"
    else
        echo "WRONG  the starter exits $code, expected 3 or 5"
        wrong=$((wrong + 1))
    fi
fi
expect 2 --naive --compare
expect 2 --break=no-such-sin
expect 2 --chaos=no-such-scenario
echo "$wrong wrong"
exit $((wrong > 0))
