#!/bin/bash
# Reading through the merged tree of an instance against the plain directory below it, hot, in turns.
# The worst case for names: every layer has all the directories, so that the kernel merges each of them.
set -euo pipefail
state=/var/lib/left4me
plain=$state/installation/bench-read
merged=$state/runtime/bench-read/merged/bench-read
library=$state/overlays/r

directories=200 files=100 megabytes=512 counts=(1 5 20)
[ "$BENCH_QUICK" = 0 ] || directories=20 megabytes=64 counts=(1 5)

umount_it() { /usr/libexec/left4me/left4me-overlay umount bench-read; }
mount_it() { /usr/libexec/left4me/left4me-overlay mount bench-read; }
leave() {
    umount_it
    l4d2ctl delete bench-read >&2
    rm -rf $plain $library
}
trap leave EXIT

left4me-setup apply --offline --skip-game --yes >&2
mkdir -p $plain
for ((d = 0; d < directories; d++)); do
    directory=$plain/$(printf 'd%03d' "$d")
    mkdir "$directory"
    for ((f = 0; f < files; f++)); do printf '%04096d' "$f" >"$directory/$(printf 'f%03d' "$f")"; done
    for layer in {1..19}; do
        mkdir -p "$library/$layer/bench-read/${directory##*/}"
        echo "$layer" >"$library/$layer/bench-read/${directory##*/}/of-$layer"
    done
done
head -c ${megabytes}M /dev/urandom >$plain/big
chown -R left4me: $plain $library

one() { # CASE WHO UNIT MODE DIRECTORY
    printf 'read\t%s\t%s\t%s\t%s\n' "$1" "$2" "$3" "$(read-tree "$4" "$5" $directories $files)"
}

for count in "${counts[@]}"; do
    layers="$count layers"
    [ "$count" != 1 ] || layers="1 layer"
    {
        echo "port: 27400"
        [ "$count" = 1 ] || echo "overlays: [$(seq -s, -f '"r/%g"' 1 $((count - 1)))]"
    } | l4d2ctl initialize bench-read -f - >&2
    for ((run = 0; run < BENCH_RUNS; run++)); do
        # The kernel has to find every name in every layer once after a mount.
        mount_it
        one "first stat after the mount, $layers" left4me "µs each" stat $merged
        read-tree warm $merged $directories $files
        read-tree warm $plain $directories $files
        for mode in stat open; do
            name=$mode
            [ $mode = stat ] || name="open, read 4 KiB, close"
            one "$name, $layers" left4me "µs each" $mode $merged
            one "$name, $layers" "plain directory" "µs each" $mode $plain
        done
        one "$megabytes MiB in one go, $layers" left4me ms sequential $merged
        one "$megabytes MiB in one go, $layers" "plain directory" ms sequential $plain
        umount_it
    done
done
