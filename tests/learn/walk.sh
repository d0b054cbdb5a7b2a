#!/usr/bin/env bash
# walk.sh SOURCE WORK: the first day as a learner walks it, in a copy of the checkout with a
# build of its own: start, check what is unfinished, what does not compile, what never ends, and what is done.
# Says what it did, line by line, and how many lines did not hold.
set -uo pipefail
source=$1 work=$2
rm -rf "$work"
mkdir -p "$work"
trap 'rm -rf "$work"' EXIT
(cd "$source" && cp -a --parents CMakeLists.txt CMakePresets.json README.md ARCHITECTURE.md CHANGELOG.md LICENSE \
    lab cmake docs examples scenarios src "$work") || exit 1
# Only what this walk builds; the tests' own folders are not part of it.
mkdir -p "$work/tests" "$work/fuzz" "$work/bench"
touch "$work/tests/CMakeLists.txt" "$work/fuzz/CMakeLists.txt" "$work/bench/CMakeLists.txt"
cd "$work" || exit 1
# As `lab` sets it: what another checkout has compiled is not compiled again.
export CCACHE_BASEDIR=$work CCACHE_NOHASHDIR=1
export CCACHE_SLOPPINESS=time_macros,include_file_mtime,include_file_ctime
wrong=0

# expect CODE TEXT WORDS...: `learn WORDS` ends with CODE and says TEXT.
expect() {
    local code=0 wanted=$1 text=$2 said
    shift 2
    said=$(timeout 300 build/dev/bin/apilab learn "$@" 2>&1) || code=$?
    if [[ $code == "$wanted" && $said == *"$text"* ]]; then
        echo "ok     learn $* exits $code and says: $text"
    else
        printf 'WRONG  learn %s exits %s, expected %s and "%s"; it said:\n%s\n' "$*" "$code" "$wanted" "$text" "$said"
        wrong=$((wrong + 1))
    fi
}

cmake --preset dev >configure.log 2>&1 || { cat configure.log && exit 1; }
ninja -C build/dev apilab >build.log 2>&1 || { tail -30 build.log && exit 1; }
expect 0 "open my/day01_retries.cpp" start 1
expect 3 "day01_retries is failing; next: ./lab learn hint day01_retries" check 1

cp src/exercises/day01_retries.cpp my/day01_retries.cpp
expect 0 "state      stale" show 1 # what was judged is not what is there
expect 0 "day01_retries is done; next: ./lab learn next" check 1
expect 0 "done" list

printf 'int main() { return undeclared; }\n' >my/day01_retries.cpp
expect 2 "it does not compile yet (above: why)" check 1
printf 'int main() { for (volatile int i = 0;; i = 1) {} }\n' >my/day01_retries.cpp
expect 8 "day01_retries ran for 1 s and was ended" check 1 --limit 1s
expect 0 "yours is kept as my/day01_retries.cpp.1" reset 1
((wrong == 0)) || printf '%d lines did not hold\n' "$wrong"
exit $((wrong > 0))
