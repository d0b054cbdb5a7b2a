#!/usr/bin/env bash
# run.sh [TAG | --folder DIR]: builds the image (or takes a folder that rootfs.sh filled) and holds it to what docs promise of it: its size, what is in it, its user, a root
# that it cannot write to, how soon it is ready, what it holds in memory with 10,000 decisions, and how it ends.
# Called by `./lab image`, as root. Without a container engine: the image's own files, under chroot, in a mount
# namespace whose root is read-only.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)
root=$(cd "$here/../.." && pwd -P)
folder=
if [[ ${1:-} == --folder ]]; then
    folder=$2
    shift 2
fi
tag=${1:-localhost/radar:test}
export STORAGE_DRIVER=${STORAGE_DRIVER:-vfs} BUILDAH_ISOLATION=${BUILDAH_ISOLATION:-chroot}
size_max=$((120 * 1000 * 1000)) ready_ms_max=2000 resident_kb_max=$((100 * 1024)) end_ms_max=5000 decisions=10000
failed=0
check() { # WHAT CONDITION...
    local what=$1
    shift
    if "$@"; then
        printf 'ok     %s\n' "$what"
    else
        printf 'WRONG  %s\n' "$what"
        failed=$((failed + 1))
    fi
}
now_ms() { date +%s%3N; }

cd "$root"
container='' mount=$folder
if [[ -z $folder ]]; then
    "$here/build.sh" "$tag"
    container=$(buildah from "$tag")
    mount=$(buildah mount "$container")
fi
work=$(mktemp -d)
pid=
cleanup() {
    [[ -n $pid ]] && kill -9 "$pid" 2>/dev/null
    if [[ -n $container ]]; then
        buildah umount "$container" >/dev/null 2>&1
        buildah rm "$container" >/dev/null 2>&1
    fi
    rm -rf "$work"
}
trap cleanup EXIT

# --- what is in it ------------------------------------------------------------------------------
size=$(du -sb --apparent-size "$mount" | cut -f1)
printf 'size   %d.%d MB, of it:\n' $((size / 1000000)) $((size / 100000 % 10))
(cd "$mount" && find . -type f -printf '%s %P\n' | sort -rn | awk 'NR <= 10 { printf "       %6.1f MB  %s\n", $1 / 1e6, $2 }')
check "at most 120 MB" test "$size" -le "$size_max"
if [[ -n $container ]]; then
    inspect() { buildah inspect --type image --format "$1" "$tag"; }
    check "runs as 10001" test "$(inspect '{{.Docker.Config.User}}')" = 10001:10001
    check "the program is its entry point, without a shell" test "$(inspect '{{.Docker.Config.Entrypoint}}')" = '[apilab]'
    check "has a health check" grep -q readyz <<<"$(inspect '{{.Docker.Config.Healthcheck}}')"
    check "no secret among its variables" test -z "$(inspect '{{.Docker.Config.Env}}' | grep -iE 'secret|token|password' || true)"
fi
check "no shell" test -z "$(find "$mount" -name '*sh' -path '*bin/*')"
check "no file that is a secret's" test -z "$(find "$mount" -name '.env*' -o -name '*.key' -o -name 'id_*')"
check "nothing that changes who one is" test -z "$(find "$mount" -perm /6000 -type f)"
check "nothing that everybody may write to but /tmp" test -z "$(find "$mount" -perm -o+w -not -type l -not -path "$mount/tmp")"

# --- 10,000 decisions ---------------------------------------------------------------------------
mkdir -p "$work/data"
build/dev/bin/fill_radar "$work/data/radar.db" "$decisions"
chown -R 10001:10001 "$work/data"
chmod 0700 "$work/data"

# --- it runs ------------------------------------------------------------------------------------
port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
token=$(head -c 24 /dev/urandom | base64 -w 0 | tr '+/' 'ab')
begun=$(now_ms)
# The image's root, read-only; its volume and a /tmp are all that can be written to.
unshare --mount bash -c '
    set -e
    mount --bind "$1" "$1"
    mount --bind "$2" "$1/data"
    mount -o remount,bind,ro "$1"
    cd /
    exec env -i PATH=/usr/bin HOME=/data SQLITE_TMPDIR=/data LANG=C.UTF-8 PORT="$3" \
        RADAR_DASHBOARD_TOKEN="$4" \
        "$(command -v chroot)" --userspec=10001:10001 --groups= "$1" \
        /usr/bin/apilab radar serve --store sqlite:/data/radar.db' _ "$mount" "$work/data" "$port" "$token" >"$work/log" 2>&1 &
pid=$!
until curl -fs -o /dev/null "http://127.0.0.1:$port/readyz"; do
    kill -0 "$pid" 2>/dev/null || { cat "$work/log"; break; }
    (($(now_ms) - begun < 20000)) || break
    sleep 0.02
done
ready=$(($(now_ms) - begun))
check "ready after $ready ms, of $ready_ms_max" test "$ready" -le "$ready_ms_max"
check "not as root" test "$(awk '$1 == "Uid:" { print $2 }' "/proc/$pid/status")" = 10001
check "its root cannot be written to" grep -qE "^[0-9]+ [0-9]+ [^ ]+ [^ ]+ / ro" "/proc/$pid/mountinfo"
# Looked at, as a person would, with all of them ranked.
ask() { curl -fs -o "$work/answer" -H "authorization: Bearer $token" "http://127.0.0.1:$port$1"; }
for path in /status /metrics /api/now '/api/decisions?show=all&limit=100' '/api/decisions?show=all&offset=9900&limit=100'; do
    check "answers $path ($(curl -s -o /dev/null -w '%{http_code}, %{size_download} bytes' -H "authorization: Bearer $token" "http://127.0.0.1:$port$path"))" ask "$path"
done
resident=$(awk '$1 == "VmHWM:" { print $2 }' "/proc/$pid/status")
check "$((resident / 1024)) MiB resident with $decisions decisions, of $((resident_kb_max / 1024))" test "$resident" -le "$resident_kb_max"
check "its own health check says yes" env -i PATH=/usr/bin HOME=/tmp /usr/sbin/chroot --userspec=10001:10001 --groups= "$mount" \
    /usr/bin/apilab call GET "http://127.0.0.1:$port/readyz" --fail --quiet --retries 0 --deadline 2s --trace-store off --print h
told=$(now_ms)
kill -TERM "$pid"
code=0
wait "$pid" || code=$?
took=$(($(now_ms) - told))
pid=
check "ends with $code after $took ms, of $end_ms_max" test "$code" = 0 -a "$took" -le "$end_ms_max"
check "its log holds no token" test -z "$(grep -F "$token" "$work/log" || true)"
printf '%d wrong\n' "$failed"
exit $((failed > 0))
