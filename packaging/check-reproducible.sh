#!/bin/bash
# Builds the package a second time, from a copy of the sources in another directory, with another
# time zone, umask and language, and compares the bytes.
# usage: packaging/check-reproducible.sh [DEB]     (default: the newest in target/debian)
set -euo pipefail

cd "$(dirname "$0")/.."
target=${CARGO_TARGET_DIR:-target}
if [ $# -gt 0 ]; then
    deb=$1
else
    debs=("$target"/debian/*.deb)
    deb=${debs[-1]}
fi
if [ ! -f "$deb" ]; then
    echo "check-reproducible.sh: there is no package" >&2
    echo "hint: packaging/build-deb.sh" >&2
    exit 1
fi

work=$(mktemp -d -p "${TMPDIR:-/var/tmp}")
trap 'rm -rf "$work"' EXIT
mkdir "$work/sources"
tar --exclude=./target --exclude=./.git -cf - . | tar -C "$work/sources" -xf -

umask 0027
TZ=Pacific/Kiritimati LC_ALL=C CARGO_TARGET_DIR="$work/target" \
    "$work/sources/packaging/build-deb.sh" --quiet
if ! cmp "$deb" "$work"/target/debian/*.deb; then
    echo "check-reproducible.sh: the two builds differ; their contents:" >&2
    for one in "$deb" "$work"/target/debian/*.deb; do
        unpacked=$(mktemp -d -p "$work")
        dpkg-deb -R "$one" "$unpacked"
        (cd "$unpacked" && find . -type f -exec sha256sum {} + | sort -k2) >"$unpacked.sums"
    done
    diff "$work"/*.sums >&2 || true
    exit 1
fi
sha256sum "$deb"
