#!/bin/bash
# A stand-in for SteamCMD that says 100,000 lines of progress as fast as its terminal takes them: how long it
# takes when left4me-setup listens, and when script(1) does, which only reads.
set -euo pipefail
steam=/var/lib/left4me/steam
runs=$BENCH_RUNS lines=100000
[ "$BENCH_QUICK" = 0 ] || runs=3

left4me-setup apply --offline --skip-game --yes >&2
mkdir -p $steam/linux32
awk -v lines=$lines 'BEGIN {
    for (n = 1; n <= lines; n++)
        printf " Update state (0x61) downloading, progress: %.2f (%d / 7667458210)\n", n * 100 / lines, n * 76674
}' >$steam/lines
# The client brings steamclient.so, of which a 32-bit ELF header is asked for.
cat >$steam/steamcmd.sh <<'END'
#!/bin/sh
cat /var/lib/left4me/steam/lines
printf '\177ELF\1\1\1\0\0\0\0\0\0\0\0\0\3\0\3\0' >/var/lib/left4me/steam/linux32/steamclient.so
END
chmod 755 $steam/steamcmd.sh
touch $steam/linux32/steamcmd
chown -R left4me: $steam
trap 'rm -rf $steam' EXIT

run() { # CASE WHO [-q]
    rm -f $steam/linux32/steamclient.so
    case $2 in
    left4me) command=(left4me-setup steamcmd install --progress "$progress") ;;
    *) command=(runuser -u left4me -- script -qec "$steam/steamcmd.sh" /dev/null) ;;
    esac
    measure ${3:+"$3"} session "$1" "$2" "${command[@]}"
    [ -s $steam/linux32/steamclient.so ]
}

for progress in plain bar json; do
    case="100,000 lines, progress as $progress"
    for ((number = 0; number <= runs; number++)); do
        for who in left4me "script(1)"; do
            if [ "$number" = 0 ]; then run "$case" "$who" -q; else run "$case" "$who"; fi
        done
    done
done
