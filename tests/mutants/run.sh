#!/usr/bin/env bash
# Does a test notice when a guarantee is broken? Called by `./lab mutants [FILTER]`. Each line of the .txt files
# here breaks one line of the source; the test that is named must turn red. What survives is a guarantee that
# nobody checks, and a line that is not found any more is out of date: both fail.
#
#   NAME | FILE | OLD | NEW | TEST PROGRAM | GTEST FILTER        (\| is a bar, \n the end of a line)
#
# Works on a copy of the checkout in build/mutants, so that nothing here is touched.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd -P)
filter=${1:-}
copy=$root/build/mutants
jobs=${APILAB_JOBS:-$(nproc)}
mkdir -p "$copy"
cd "$root"
# What was restored here last time is newer than it was there, and has to stay so for ninja.
tar -c --exclude=./build --exclude=./.git . | tar -x --keep-newer-files --warning=no-ignore-newer -C "$copy"
cd "$copy"
export CCACHE_BASEDIR=$copy CCACHE_NOHASHDIR=1
[[ -f build/dev/build.ninja ]] || cmake --preset dev >build-configure.log 2>&1 || { cat build-configure.log && exit 1; }

wrong=0 killed=0
bar=$'\x01' # stands for \\| while the line is taken apart
trim() { sed -e 's/^[[:space:]]*//' -e 's/[[:space:]]*$//' <<<"$1"; }
while IFS='|' read -r name file old new program tests; do
    name=$(trim "$name") file=$(trim "$file") program=$(trim "$program") tests=$(trim "$tests")
    old=${old# } old=${old% } new=${new# } new=${new% }
    old=${old//$bar/|} new=${new//$bar/|} old=${old//'\n'/$'\n'} new=${new//'\n'/$'\n'}
    [[ -z $name || $name == \#* || ($name != *"$filter"* && $file != *"$filter"*) ]] && continue
    cp -p "$file" "$file.kept"
    count=$(OLD=$old perl -0777 -ne 'my $o = $ENV{OLD}; my $n = () = /\Q$o\E/g; print $n' "$file")
    if [[ $count != 1 ]]; then
        printf 'STALE     %-44s found %s times in %s\n' "$name" "$count" "$file"
        wrong=$((wrong + 1))
        rm -f "$file.kept"
        continue
    fi
    OLD=$old NEW=$new perl -0777 -pi -e 's/\Q$ENV{OLD}\E/$ENV{NEW}/' "$file"
    if ! ninja -C build/dev -j "$jobs" "$program" >build.log 2>&1; then
        printf 'NO BUILD  %-44s %s\n' "$name" "$(grep -m1 'error:' build.log)"
        wrong=$((wrong + 1))
    elif timeout 120 "build/dev/bin/$program" --gtest_filter="$tests" >test.log 2>&1; then
        printf 'SURVIVED  %-44s %s\n' "$name" "$tests"
        wrong=$((wrong + 1))
    elif ! grep -q '^\[==========\] Running [1-9]' test.log; then
        printf 'NO TEST   %-44s %s\n' "$name" "$tests"
        wrong=$((wrong + 1))
    else
        printf 'killed    %s\n' "$name"
        killed=$((killed + 1))
    fi
    mv "$file.kept" "$file"
    touch "$file"
done < <(sed "s/\\\\|/$bar/g" "$root"/tests/mutants/*.txt)
printf '%d killed, %d wrong\n' "$killed" "$wrong"
exit $((wrong > 0))
