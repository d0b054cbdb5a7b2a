#!/usr/bin/env bash
# matrix.sh [--seeds N] [--starter FILE] [--pages TOOL] PROGRAM [SIN=CHECK...]: on N seeds (APILAB_SEEDS, or two)
# the shipped program and the library pass, the naive one and the starter fail, each --break turns its own
# deciding check red and no unrelated one (A+B: A, and perhaps B), and without faults the verdict is unknown.
# With TOOL (path_pages) what came out on the first seed is what the pages of the days say. Every line says what
# was run; the last says how many did not hold.
set -uo pipefail
seeds=${APILAB_SEEDS:-2} starter='' pages=''
while [[ $1 == --* ]]; do
    case $1 in
        --seeds) seeds=$2 ;;
        --starter) starter=$2 ;;
        --pages) pages=$2 ;;
        *) echo "matrix.sh: no option $1" && exit 2 ;;
    esac
    shift 2
done
program=$1
shift
wrong=0
declare -A due
for pair in "$@"; do
    due[--break=${pair%%=*}]=${pair#*=}
done

hold() { # TRUE|FALSE WORDS...
    if [[ $1 == true ]]; then
        echo "ok     ${*:2}"
    else
        echo "WRONG  ${*:2}"
        wrong=$((wrong + 1))
    fi
}
expect() { # EXPECTED-CODE ARGUMENTS...
    local expected=$1 code=0
    shift
    "$program" "$@" >/dev/null 2>&1 || code=$?
    hold "$([[ $code == "$expected" ]] && echo true || echo false)" "$* exits $code (expected: $expected)"
}

# A+B: A must turn red, B may, since it follows from A.
only_its_own() { # EXPECTED RED...
    local expected=$1 own follows red
    shift
    IFS=+ read -r own follows <<<"$expected"
    [[ " $* " == *" $own "* ]] || return 1
    for red in "$@"; do
        [[ $red == "$own" || "+$follows+" == *"+$red+"* ]] || return 1
    done
}

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
declare -A seen
if ! "$program" --runs "$seeds" --matrix "$folder/matrix.json" >"$folder/lines"; then
    hold false "--matrix on $seeds seeds"
fi
while read -r _ seed way status red; do
    seen[$way]=$((${seen[$way]:-0} + 1))
    case $way in
        production | library) expected=pass ;;
        calm) expected=unknown ;;
        *) expected=fail ;;
    esac
    hold "$([[ $status == "$expected" ]] && echo true || echo false)" "seed $seed: $way is judged $status ($expected)"
    if [[ $way == --break=* ]]; then
        # shellcheck disable=SC2086 # several words
        hold "$(only_its_own "${due[$way]:-none}" $red && echo true || echo false)" \
            "seed $seed: $way turns red: $red (${due[$way]:-a protection that CMakeLists.txt does not name})"
    fi
done <"$folder/lines"
for way in production naive calm "${!due[@]}"; do
    hold "$([[ ${seen[$way]:-0} == "$seeds" ]] && echo true || echo false)" "$way was run on ${seen[$way]:-0} seeds"
done
if [[ -n $pages ]]; then
    hold "$("$pages" --root "$(dirname "$0")/../.." --check "$folder/matrix.json" >&2 && echo true || echo false)" "the pages of the days say so"
fi
if [[ -n $starter ]]; then
    code=0
    "$starter" >/dev/null 2>&1 || code=$?
    hold "$([[ $code == 3 || $code == 5 ]] && echo true || echo false)" "the starter exits $code (expected: 3 or 5)"
fi
# What a red check names can be looked up, by whoever asks for the rows.
nowhere=$("$program" --naive --show-attempts 2>/dev/null | awk '
    /^ +[0-9]+ / { shown[$1] }
    /^  fail .*  rows [0-9, .]+$/ {
        sub(/.*  rows /, "")
        n = split($0, rows, ", ")
        for (i = 1; i <= n; i++) if (rows[i] != "..." && !(rows[i] in shown)) print rows[i]
    }')
hold "$([[ -z $nowhere ]] && echo true || echo false)" "--show-attempts has the rows that checks name${nowhere:+, but not }${nowhere//$'\n'/, }"
# Exit codes, and words that make no sense.
expect 0 --compare
expect 3 --naive
expect 5 --chaos=none
expect 2 --naive --compare
expect 2 --break=no-such-sin
expect 2 --chaos=no-such-scenario
echo "$wrong wrong"
exit $((wrong > 0))
