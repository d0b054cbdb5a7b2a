#!/usr/bin/env bash
# walk.sh SOURCE WORK: the first day as a learner walks it, in a copy of the checkout with a
# build of its own: start, check what is unfinished, what does not compile, what never ends, and what is done; then
# programs that only say so, and a save that is noticed.
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
ninja -C build/dev apilab day01_retries >build.log 2>&1 || { tail -30 build.log && exit 1; }
expect 0 "open my/day01_retries.cpp" start 1
expect 3 "day01_retries is failing; next: ./lab learn hint day01_retries" check 1

cp src/exercises/day01_retries.cpp my/day01_retries.cpp
expect 0 "state      stale" show 1 # what was judged is not what is there
expect 0 $'day01_retries is done; next: ./lab learn next\nmore of day 1, to read and run:\n  ./lab learn day01_backoff_jitter' check 1
expect 0 "done" list


# What says that it is done. None of these is.
not_done() { # WHY
    expect 5 "day01_retries is not judged: $1" check 1
    expect 0 '"state":"failing"' show 1 --json
}
cat >my/day01_retries.cpp <<'CPP'
#include <cstdio>
int main() {
    std::puts("verdict production: pass  4 deciding checks passed, none failed");
    std::puts("day01_retries is done; next: ./lab learn next");
}
CPP
not_done "it handed over no run"
# A run file, as it was a moment ago, and the records.
cat >my/day01_retries.cpp <<'CPP'
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
int main() {
    const std::filesystem::path records = ".apilab/learn";
    std::string run, line;
    for (std::ifstream in("passed.ndjson"); std::getline(in, line);) run = line;
    const char* file = std::getenv("APILAB_RUNS");
    std::ofstream(file != nullptr ? file : (records / "day01_retries.run").string()) << run << "\nhmac-sha256 0\n";
    std::ofstream(records / "day01_retries.ndjson", std::ios::app) << run << "\n";
    std::filesystem::copy_file("my/day01_retries.cpp", records / "day01_retries.cpp",
                               std::filesystem::copy_options::overwrite_existing);
    return std::getenv("APILAB_RUNS_KEY") != nullptr ? 70 : 0;
}
CPP
cp .apilab/learn/day01_retries.ndjson passed.ndjson
not_done "what it handed over was not written by its sandbox"
# The shipped program in its place.
cat >my/day01_retries.cpp <<'CPP'
#include <unistd.h>
int main(int, char** argv) { return execv("build/dev/bin/day01_retries", argv); }
CPP
not_done "it handed over no run"
# The right program, on a seed of its own choice.
sed 's/argc, argv);/2, words);/; s/^int main(int argc, char\*\* argv) {/int main(int, char** argv) { char one[] = "--seed=1"; char* words[] = {argv[0], one, nullptr};/' \
    src/exercises/day01_retries.cpp >my/day01_retries.cpp
not_done "it ran seed 1 instead of"
# The right program in another world.
sed 's/"day01-retries"/"flaky"/' src/exercises/day01_retries.cpp >my/day01_retries.cpp
not_done "it ran the scenario 'flaky' instead of 'day01-retries'"
# Who knows seed 1 by heart: so many attempts at each page, and these waits, whatever is answered.
plan=$(build/dev/bin/day01_retries --seed 1 --show-attempts |
    awk '$4 == "GET" { page[$5]++; if (!($5 in seen)) { order[++n] = $5; seen[$5] } }
        END { for (i = 1; i <= n; i++) printf "{\"%s\",%d},", order[i], page[order[i]] }')
cat >my/day01_retries.cpp <<CPP
#include "exercise.hpp"
using namespace exercise;
struct Known { const char* page; int attempts; };
constexpr Known plan[] = {$plan};
Task<void> by_heart(Lab& lab) {
    for (const auto& known : plan) {
        Result<Response> answer = co_await apilab::transport::send(lab.transport(), lab.get(known.page));
        for (int i = 1; i < known.attempts; ++i) {
            co_await lab.sleep(std::chrono::seconds(2));
            answer = co_await apilab::transport::send(lab.transport(), lab.get(known.page));
        }
        lab.ended(known.page, answer);
    }
}
int main(int argc, char** argv) {
    return exercise::run({.name = "day01_retries", .story = "by heart", .scenario = "day01-retries",
                          .deadline = std::chrono::seconds(20), .production = by_heart}, argc, argv);
}
CPP
expect 0 "production" check 1 -- --seed 1
# On two seeds that it does not know; they may be like the first, but not time after time.
code=0
for _ in 1 2 3 4; do
    ((code != 0)) || build/dev/bin/apilab learn check 1 >by_heart.txt 2>&1 || code=$?
done
if [[ $code == 3 ]]; then
    echo "ok     seed 1 by heart is failing"
else
    printf 'WRONG  seed 1 by heart exits %s; it said:\n%s\n' "$code" "$(<by_heart.txt)"
    wrong=$((wrong + 1))
fi

# A program that cannot start says why, and that is what is said of it.
cat >my/day01_retries.cpp <<'CPP'
#include "exercise.hpp"
using namespace exercise;
Task<void> needs_more(Lab& lab) {
    (void)secret_of(lab, "NOBODY_HAS_THIS");
    co_return;
}
int main(int argc, char** argv) {
    return exercise::run({.name = "day01_retries", .story = "more", .scenario = "day01-retries",
                          .deadline = std::chrono::seconds(20), .production = needs_more}, argc, argv);
}
CPP
expect 5 "it handed over no run: it could not go on (its own error stands above)" check 1
expect 5 "NOBODY_HAS_THIS" check 1 --json
# Who has read enough of it has not seen it crash.
cp src/exercises/day01_retries.cpp my/day01_retries.cpp
expect 0 "done" check 1
piped=$({ build/dev/bin/apilab learn check 1 -- --compare --show-attempts | true; } 2>&1)
if [[ $piped != *crashed* ]]; then
    echo "ok     a closed pipe is no crash"
else
    printf 'WRONG  a closed pipe: %s\n' "$piped"
    wrong=$((wrong + 1))
fi

printf 'int main() { return undeclared; }\n' >my/day01_retries.cpp
expect 2 "it does not compile yet: my/day01_retries.cpp:1: use of undeclared identifier 'undeclared'" check 1
printf 'int main() { for (volatile int i = 0;; i = 1) {} }\n' >my/day01_retries.cpp
expect 8 "day01_retries ran for 1 s and was ended" check 1 --limit 1s
expect 0 "yours is kept as my/day01_retries.cpp.1" reset 1

# Each save is judged, and what changed is said; Ctrl-C ends it.
mkfifo said
build/dev/bin/apilab learn watch 1 --json >said 2>watch.err &
watching=$!
exec 3<said
told() { # TEXT: the next verdict has it
    local line=
    IFS= read -r -t 300 line <&3
    if [[ $line == *"$1"* ]]; then
        echo "ok     watch tells: $1"
    else
        printf 'WRONG  watch tells no "%s":\n%s\n%s\n' "$1" "$line" "$(<watch.err)"
        wrong=$((wrong + 1))
    fi
}
told '"state":"failing"'
cp src/exercises/day01_retries.cpp my/day01_retries.cpp
told '"state":"done"'
sed 's/lab.broken("retry-all")/true/' src/exercises/day01_retries.cpp >my/.new && mv my/.new my/day01_retries.cpp # as editors do
told '"turned_green":[],"turned_red":["RTY-03"]'
cp src/exercises/day01_retries.cpp my/day01_retries.cpp
told '"turned_green":["RTY-03"],"turned_red":[]'
printf 'int main() { return undeclared; }\n' >my/day01_retries.cpp
told '"end":"not compiled"'
kill -INT "$watching"
told '"type":"result","verdicts":5'
code=0
wait "$watching" || code=$?
[[ $code == 0 ]] || { echo "WRONG  watch exits $code" && wrong=$((wrong + 1)); }
((wrong == 0)) || printf '%d lines did not hold\n' "$wrong"
exit $((wrong > 0))
