#!/usr/bin/env bash
# Called by `./lab lint [--changed]`: clang-tidy over every source that build/dev compiles, and the
# spelling of names and prose. A file that passed is not looked at again until it, a header of ours
# that it includes, or the profile changes.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd -P)
cd "$root"
build=build/dev
stamps=$build/.lint
jobs=${APILAB_JOBS:-$(nproc)}

# Of misc-include-cleaner only the includes that are not needed count. That every name's own header is
# spelled out again below a file's own header would be noise; what is really missing, the test of
# self-contained headers finds.
# What the analyzer finds inside a library is not ours to mend: it takes an unseen thread of
# boost::asio::awaitable for uninitialized wherever a coroutine is awaited.
without_noise() {
    awk '/: (error|warning): / {
        keep = $0 !~ /: no header providing / && !(/^\/usr\// && /\[clang-analyzer-/)
    } keep'
}

if [[ ${1:-} == --one ]]; then
    file=$2 stamp=$stamps/$2.ok checks=
    # The static analyzer walks every path of GoogleTest's macros: half a minute per file, no finding.
    [[ $file == *_test.cpp || $file == tests/* ]] && checks='-clang-analyzer-*'
    status=0
    raw=$(clang-tidy-19 -p "$build" --quiet --checks="$checks" "$file" 2>/dev/null) || status=$?
    output=$(without_noise <<<"$raw")
    # No word at all and yet no success: it did not run.
    if [[ -n $output ]] || ((status > 1)) || [[ $status != 0 && -z $raw ]]; then
        printf '%s\n' "${output:-$file: clang-tidy-19 ended with $status}"
        exit 1
    fi
    cp "$stamps/$file.key" "$stamp"
    exit 0
fi

# FILE KEY for every source: the key is the sum over the file, our headers in it, and the profiles.
keys() {
    local sums=$stamps/sums
    mkdir -p "$stamps"
    find src tests bench fuzz .clang-tidy -type f \( -name '*.cpp' -o -name '*.hpp' -o -name .clang-tidy \) \
        -print0 | xargs -0 sha256sum | awk '{ print $2, $1 }' >"$sums"
    ninja -C "$build" -t deps | awk -v root="$root/" -v sums="$sums" '
        function finish(   i, key) {
            if (source == "") return
            key = profiles
            for (i = 1; i <= count; ++i) key = key " " sum[seen[i]]
            print source, key
            source = ""
        }
        BEGIN {
            while ((getline line < sums) > 0) {
                split(line, part, " ")
                sum[part[1]] = part[2]
                if (part[1] ~ /(^|\/)\.clang-tidy$/) profiles = profiles " " part[2]
            }
        }
        /^[^ ]/ { finish(); count = 0; next }
        {
            file = $1
            if (index(file, root) == 1) file = substr(file, length(root) + 1)
            sub(/^(\.\.\/)+/, "", file)
            if (!(file in sum)) next
            seen[++count] = file
            if (source == "" && file ~ /\.cpp$/) source = file
        }
        END { finish() }' | sort -u -k1,1
}

changed() {
    local base
    base=$(git -c safe.directory='*' merge-base HEAD main 2>/dev/null || echo HEAD)
    git -c safe.directory='*' diff --name-only "$base"
    git -c safe.directory='*' ls-files --others --exclude-standard
}

wanted=
[[ ${1:-} == --changed ]] && wanted=$(changed)
todo=() total=0
while read -r file key; do
    [[ ${1:-} == --changed && $'\n'$wanted$'\n' != *$'\n'"$file"$'\n'* ]] && continue
    total=$((total + 1))
    mkdir -p "$(dirname "$stamps/$file")"
    printf '%s' "$key" >"$stamps/$file.key"
    cmp -s "$stamps/$file.key" "$stamps/$file.ok" || todo+=("$file")
done < <(keys)

printf 'clang-tidy: %d of %d files to look at\n' "${#todo[@]}" "$total"
status=0
if ((${#todo[@]} > 0)); then
    printf '%s\0' "${todo[@]}" | xargs -0 -n 1 -P "$jobs" "${BASH_SOURCE[0]}" --one || status=1
fi

# Names are split at capitals and underscores, so that `exceeeds_max` is seen.
printf 'codespell: names and prose\n'
find src tests bench fuzz docs examples scenarios lab ./*.md cmake -type f \
    \( -name '*.cpp' -o -name '*.hpp' -o -name '*.md' -o -name '*.toml' -o -name '*.cmake' -o -name '*.txt' \
    -o -name '*.sh' -o -name lab \) -not -path '*/corpus/*' -print0 2>/dev/null |
    xargs -0 codespell --regex '[A-Z]?[a-z]{3,}' --ignore-words tests/lint/words.txt || status=1

((status == 0)) && printf 'clean\n'
exit "$status"
