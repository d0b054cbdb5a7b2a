#!/usr/bin/env bash
# Is the set-up complete? Runs `./lab TASK...` of the commit that is checked out on a bare Debian 12: root,
# git, nothing else, no HOME. Needs root and debootstrap on this machine; takes the mirror, the
# network set-up and the certificates from this machine as they are.
#
#   tests/bare/run.sh [--keep] [TASK ARGUMENTS...]     default: run
#   tests/bare/run.sh --again TASK...                  in the machine that --keep left
#   tests/bare/run.sh --devcontainer                   what .devcontainer carries out, where git is not either
#
# BARE_ROOT (default /var/tmp/apilab-bare) holds the machines; base/ is made once and copied.
# BARE_CCACHE names a compiler cache to begin with: what is shown then is that set-up and tests are complete,
# and not how long they take from nothing.
set -euo pipefail
repository=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd -P)
place=${BARE_ROOT:-/var/tmp/apilab-bare}
base=$place/base machine=$place/machine
keep=false again=false container=false
case ${1:-} in
    --keep) keep=true && shift ;;
    --again) keep=true again=true && shift ;;
    --devcontainer) container=true && shift ;;
esac
(($# > 0)) || set -- run
((EUID == 0)) || { echo "needs root" >&2 && exit 2; }
command -v debootstrap >/dev/null || { echo "needs the Debian package debootstrap" >&2 && exit 2; }

make_base() {
    local mirror
    mirror=$(apt-get indextargets --format '$(REPO_URI)' 'Codename: bookworm' 'Component: main' | sed -n 1p)
    rm -rf "$base.part"
    debootstrap --variant=minbase --include=ca-certificates,git bookworm "$base.part" "$mirror" >"$place/debootstrap.log"
    # The way to the network as it is here; only Debian's own package sources.
    local file
    rm -f "$base.part/etc/apt/sources.list"
    for file in /etc/apt/sources.list /etc/apt/sources.list.d/*; do
        if [[ -f $file ]] && grep -qE '^(Suites:|deb ).*[[:space:]]bookworm(-security|-updates)?([[:space:]]|$)' "$file"; then
            cp "$file" "$base.part$file"
        fi
    done
    cp -a /etc/apt/apt.conf.d/. "$base.part/etc/apt/apt.conf.d/"
    cp -L /etc/resolv.conf "$base.part/etc/resolv.conf"
    cp -a /etc/ssl/certs/. "$base.part/etc/ssl/certs/"
    cp -a /usr/local/share/ca-certificates/. "$base.part/usr/local/share/ca-certificates/" 2>/dev/null || true
    # No daemon starts by itself in a package's set-up.
    printf '#!/bin/sh\nexit 101\n' >"$base.part/usr/sbin/policy-rc.d"
    chmod +x "$base.part/usr/sbin/policy-rc.d"
    mv "$base.part" "$base"
}

unmount() {
    local place
    for place in "$machine/apilab/build/.ccache" "$machine/dev/pts" "$machine/proc"; do
        if mountpoint -q "$place"; then
            umount "$place"
        fi
    done
}
finish() {
    unmount
    $keep || rm -rf "$machine"
}

mkdir -p "$place"
[[ -d $base ]] || make_base
if ! $again; then
    unmount
    rm -rf "$machine"
    cp -a "$base" "$machine"
fi
trap finish EXIT
mountpoint -q "$machine/proc" || mount -t proc proc "$machine/proc"
# As every machine has it; a chroot has to be given one, and tests make terminals.
mkdir -p "$machine/dev/pts"
mountpoint -q "$machine/dev/pts" || mount -t devpts -o newinstance,ptmxmode=0666 devpts "$machine/dev/pts"
[[ -L $machine/dev/ptmx ]] || { rm -f "$machine/dev/ptmx" && ln -s pts/ptmx "$machine/dev/ptmx"; }
inside() { chroot "$machine" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin "$@"; }

if ! $again; then
    # A bundle, since this checkout may be a worktree.
    git -C "$repository" bundle create -q "$machine/apilab.bundle" HEAD
    inside git -c advice.detachedHead=false clone -q /apilab.bundle /apilab
fi
if [[ -n ${BARE_CCACHE:-} ]]; then
    mkdir -p "$machine/apilab/build/.ccache"
    mountpoint -q "$machine/apilab/build/.ccache" || mount --bind "$BARE_CCACHE" "$machine/apilab/build/.ccache"
fi
before=$(du -sm "$machine" --exclude=apilab --exclude=proc | cut -f1)
status=0
started=$SECONDS
if $container; then
    inside dpkg --remove git >/dev/null # as the image has none
    for when in onCreate postCreate; do
        command=$(sed -n "s/^ *\"${when}Command\": \"\(.*\)\",\?$/\1/p" "$repository/.devcontainer/devcontainer.json")
        [[ -n $command ]] || { echo "devcontainer.json has no ${when}Command of one line" >&2 && exit 2; }
        inside bash -c "cd /apilab && $command" || status=$?
    done
    set -- run
fi
((status != 0)) || inside /apilab/lab "$@" || status=$?
after=$(du -sm "$machine" --exclude=apilab --exclude=proc | cut -f1)
printf 'bare: ./lab %s ended with %d after %d s; packages took %d MB, the checkout with its build %d MB\n' \
    "$*" "$status" $((SECONDS - started)) $((after - before)) "$(du -sm "$machine/apilab" | cut -f1)"
exit "$status"
