#!/usr/bin/env bash
# rootfs.sh PROGRAM TARGET: everything that a program needs to run, below TARGET: itself, the libraries that it
# loads, certificates of authorities, time zones, a user. Called by the Dockerfile's build stage.
set -euo pipefail
program=$1 target=$2
mkdir -p "$target"/{usr/bin,etc/ssl/certs,usr/share,data,tmp}
install -m 0755 "$program" "$target/usr/bin/apilab"

# `ldd` prints `name => path (address)`, and the loader as a path of its own. Links are followed, so that each
# stands as a plain file under the name it is looked for by.
ldd "$program" | awk '$3 ~ /^\// { print $3 } $1 ~ /^\// { print $1 }' | sort -u | while read -r library; do
    install -D -m 0755 "$(readlink -f "$library")" "$target$library"
done

cp -L /etc/ssl/certs/ca-certificates.crt "$target/etc/ssl/certs/"
mkdir -p "$target/usr/lib/ssl"
ln -s /etc/ssl/certs "$target/usr/lib/ssl/certs" # where OpenSSL looks
ln -s /etc/ssl/certs/ca-certificates.crt "$target/usr/lib/ssl/cert.pem"
cp -a /usr/share/zoneinfo "$target/usr/share/"
rm -rf "$target"/usr/share/zoneinfo/{right,posix}
cp /etc/mime.types "$target/etc/" 2>/dev/null || true
printf 'radar:x:10001:10001:radar:/data:/nologin\n' >"$target/etc/passwd"
printf 'radar:x:10001:\n' >"$target/etc/group"
printf 'hosts: files dns\n' >"$target/etc/nsswitch.conf"
chown -R 10001:10001 "$target/data"
chmod 0700 "$target/data"
chmod 1777 "$target/tmp"
du -sh "$target" | awk '{ print "image: " $1 " in all" }'
