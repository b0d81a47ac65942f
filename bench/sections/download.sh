#!/bin/bash
# 2. Download, verify and unpack a small and a large tarball of programs, from loopback: into memory, where
# nothing waits for a disk, and the small one onto BENCH_DIR's disk, too, where all end with the tree synced.
set -euo pipefail
bench=$(cd "$(dirname "$0")/.." && pwd)
cd "$bench/.."
dir=$BENCH_DIR/download

packages=()
need() { command -v "$1" >/dev/null || packages+=("$2"); }
need curl curl
need bsdtar libarchive-tools
need igzip isal
need openssl openssl
if [ ${#packages[@]} -gt 0 ]; then
    apt-get update -q >&2
    DEBIAN_FRONTEND=noninteractive apt-get install -yq --no-install-recommends "${packages[@]}" >&2
fi

server=
leave() {
    [ -z "$server" ] || kill "$server"
    ! mountpoint -q "$dir/memory" || umount "$dir/memory"
    rm -rf "$dir"
}
trap leave EXIT
rm -rf "$dir"
mkdir -p "$dir/memory" "$dir/disk" "$dir/files"
mount -t tmpfs -o size=4g,mode=755 tmpfs "$dir/memory"
gcc -O2 -o "$dir/measure" "$bench/tools/measure.c"
profile=release
if [ "$BENCH_QUICK" = 1 ]; then
    # That it works, not how fast: the tests have built it already.
    profile=dev
    unset RUSTFLAGS
fi
cargo build --profile "$profile" --locked --quiet --package left4me-steam --example bench-download >&2
program=${CARGO_TARGET_DIR:-target}/${profile/dev/debug}/examples/bench-download

# A gzipped tar of programs and libraries of this machine, about BYTES before it is compressed, without what
# SteamCMD's must not have: links, setuid files.
tarball() { # NAME BYTES FIND-TESTS...
    local name=$1 bytes=$2 round=0 size
    local tar=$dir/files/$name.tar list=$dir/files/list
    shift 2
    printf '#!/bin/sh\n' >"$dir/files/steamcmd.sh"
    tar -cf "$tar" -C "$dir/files" --mode=0755 steamcmd.sh
    while size=$(stat -c %s "$tar") && [ "$size" -lt "$bytes" ]; do
        round=$((round + 1))
        find /usr/bin /usr/lib -xdev -type f ! -perm /7000 "$@" -printf '%s %P\t%p\n' | LC_ALL=C sort -k 2 |
            awk -F '\t' -v left=$((bytes - size)) 'left > 0 && $1 <= left + 2e6 { left -= $1; print $2 }' |
            sed 's|^/||' >"$list"
        # Whatever this machine has installed: nothing found would be looked for without end.
        [ -s "$list" ] || { echo "download.sh: no files for an archive of $bytes bytes" >&2; exit 1; }
        tar -rf "$tar" -C / --mode=0755 --hard-dereference --transform "s|^|$round/|" -T "$list" >&2
    done
    gzip "$tar"
    rm "$list"
    echo "$name: $(stat -c %s "$tar.gz") bytes" >&2
}
large=2000000000
[ "$BENCH_QUICK" = 0 ] || large=30000000
# SteamCMD's has 2.4 MB in five files, 6 MB unpacked.
tarball small 8000000 -size +1000k -size -2000k
tarball large $large

exec 4< <(exec "$program" serve "$dir/files" 2>&1)
server=$!
read -r base <&4

runs() { # CASE PLACE FILE RUNS
    local case=$1 target=$dir/$2/tree url=$base/$3.tar.gz sha256 run who quiet
    sha256=$(sha256sum <"$dir/files/$3.tar.gz")
    sha256=${sha256%% *}
    local peers=(
        "pipeline: sha256sum, tar xz"
        "file: sha256sum, tar xzf"
        "pipeline: sha256sum, bsdtar"
        "pipeline: sha256sum, tar -I igzip"
        "pipeline: openssl, tar -I igzip"
        "curl -o /dev/null"
    )
    for ((run = 0; run <= $4; run++)); do
        quiet=(-q)
        [ "$run" = 0 ] || quiet=()
        for who in left4me "${peers[@]}"; do
            rm -rf "$target"
            case $who in
            left4me) command=("$program" fetch "$url" "$sha256" "$target") ;;
            *) command=("$bench/tools/download-peer.sh" "$who" "$url" "$sha256" "$target") ;;
            esac
            BENCH_LOG=$dir/log "$dir/measure" "${quiet[@]}" download "$case" "$who" "${command[@]}" ||
                { cat "$dir/log" >&2; exit 1; }
        done
    done
    rm -rf "$target"
}
many=$BENCH_RUNS few=$((BENCH_RUNS > 10 ? 10 : BENCH_RUNS))
small="3 MB" large="2 GB"
[ "$BENCH_QUICK" = 0 ] || large="30 MB"
runs "$small, into memory" memory small "$many"
runs "$small, onto disk" disk small "$many"
runs "$large, into memory" memory large "$few"
