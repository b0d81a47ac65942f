#!/bin/bash
# usage: download-peer.sh WHO URL SHA256 TARGET
# Downloads, verifies and unpacks into the new directory TARGET, and has it on disk, as an operator would.
set -euo pipefail
who=$1 url=$2 sha256=$3 target=$4

verify() { # SUM
    [ "${1%% *}" = "$sha256" ] || { echo "download-peer.sh: wrong digest: $1" >&2; exit 1; }
}

# `curl | tee >(HASH) | UNPACK`, and its shell waits for the hash, which decides.
piped() { # HASH UNPACK...
    local sum hash
    sum=$target.sum
    exec 3> >($1 >"$sum")
    hash=$!
    shift
    curl -sSf "$url" | tee /dev/fd/3 | "$@"
    exec 3>&-
    wait "$hash"
    verify "$(cat "$sum")"
    rm "$sum"
}

mkdir "$target"
cd "$target"
case $who in
"pipeline: sha256sum, tar xz") piped sha256sum tar -xz ;;
"file: sha256sum, tar xzf")
    curl -sSf -o "$target.part" "$url"
    verify "$(sha256sum <"$target.part")"
    tar -xzf "$target.part"
    rm "$target.part"
    ;;
"pipeline: sha256sum, bsdtar") piped sha256sum bsdtar -xf - ;;
"pipeline: sha256sum, tar -I igzip") piped sha256sum tar -I igzip -x ;;
"pipeline: openssl, tar -I igzip") piped "openssl dgst -sha256 -r" tar -I igzip -x ;;
"curl -o /dev/null") curl -sSf -o /dev/null "$url" ;;
*) echo "download-peer.sh: who is '$who'?" >&2 && exit 2 ;;
esac
# Ours has it on disk before the new tree takes its place.
sync -f "$target"
