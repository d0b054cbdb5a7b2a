#!/usr/bin/env bash
# base.sh TAG: the image that others are built on, made of this machine's own Debian sources where no registry is
# at hand: a debootstrap with the machine's apt settings and certificates, imported under TAG. Once: later calls
# find it.
set -euo pipefail
tag=$1
work=${APILAB_IMAGE_WORK:-build/image}
if buildah images --format '{{.Name}}:{{.Tag}}' 2>/dev/null | grep -qx "$tag"; then
    exit 0
fi
mkdir -p "$work"
work=$(cd "$work" && pwd -P)
root=$work/base
mirror=$(awk '$1 == "URIs:" { print $2; exit } $1 == "deb" { print $2; exit }' \
    $(ls /etc/apt/sources.list.d/debian.sources /etc/apt/sources.list 2>/dev/null))
rm -rf "$root"
debootstrap --variant=minbase --include=ca-certificates bookworm "$root" "$mirror" >"$work/debootstrap.log"
cp -a /etc/apt/apt.conf.d/. "$root/etc/apt/apt.conf.d/"
rm -f "$root"/etc/apt/apt.conf.d/{20packagekit,50appstream,70debconf}
[[ -f /etc/apt/apt.conf ]] && cp /etc/apt/apt.conf "$root/etc/apt/"
rm -f "$root/etc/apt/sources.list"
cp /etc/apt/sources.list.d/debian.sources "$root/etc/apt/sources.list.d/" 2>/dev/null ||
    cp /etc/apt/sources.list "$root/etc/apt/"
cp -a /etc/ssl/certs/. "$root/etc/ssl/certs/"
mkdir -p "$root/usr/local/share/ca-certificates"
cp -a /usr/local/share/ca-certificates/. "$root/usr/local/share/ca-certificates/" 2>/dev/null || true
# As the slim image of the registry: nothing to read.
rm -rf "$root"/usr/share/{doc,man,info,locale}/* "$root"/var/cache/apt/archives/*.deb
printf 'path-exclude=/usr/share/%s/*\n' doc man info locale >"$root/etc/dpkg/dpkg.cfg.d/slim"
container=$(buildah from scratch)
mount=$(buildah mount "$container")
tar -C "$root" -c . | tar -C "$mount" -x
buildah umount "$container" >/dev/null
buildah commit --quiet --rm "$container" "$tag" >/dev/null
rm -rf "$root"
