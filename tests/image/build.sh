#!/usr/bin/env bash
# build.sh TAG: the image of deploy/Dockerfile, without a container engine (buildah alone). Base: APILAB_IMAGE_BASE,
# else one made here (base.sh).
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)
root=$(cd "$here/../.." && pwd -P)
export STORAGE_DRIVER=${STORAGE_DRIVER:-vfs} BUILDAH_ISOLATION=${BUILDAH_ISOLATION:-chroot}
tag=$1 base=${APILAB_IMAGE_BASE:-}
cd "$root"
if [[ -z $base ]]; then
    base=localhost/debian:bookworm-slim
    "$here/base.sh" "$base"
fi
# The compiler's cache of this machine serves the build in the image as well.
cache=${CCACHE_DIR:-${HOME:-/nonexistent}/.cache/ccache}
mkdir -p "$cache"
exec buildah bud --layers --volume "$cache:/ccache" --build-arg CCACHE_DIR=/ccache --build-arg BASE="$base" \
    --build-arg JOBS="${APILAB_JOBS:-$(nproc)}" --format docker --tag "$tag" --file deploy/Dockerfile .
