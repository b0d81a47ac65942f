#!/bin/bash
# The main job, shown on a disposable Debian 13 host: the package is built and installed with apt,
# `left4me-setup apply` makes the host, two servers start and answer.
#
# usage: deploy/demo.sh [--keep] [--steam]
#   --keep    leave the host running and tell how to enter it
#   --steam   use the real Steam (a download of 10 GB) instead of the simulated one
#
# Needs root and Rust; installs everything else it needs from Debian.
set -euo pipefail
cd "$(dirname "$0")/.."

keep='' steam=''
for argument; do
    case $argument in
    --keep) keep=yes ;;
    --steam) steam=yes ;;
    -h | --help)
        sed -n '2,/^set/{/^#/s/^# \{0,1\}//p}' "$0"
        exit 0
        ;;
    *)
        echo "demo.sh: unknown option '$argument'" >&2
        echo "hint: deploy/demo.sh [--keep] [--steam]" >&2
        exit 2
        ;;
    esac
done
[ "$(id -u)" = 0 ] || { echo "demo.sh: booting a host needs root" >&2; echo "hint: sudo $0 $*" >&2; exit 1; }

name=l4d2-demo
host=tests/host/host.sh
work=$(mktemp -d)
server=''
say() { printf '\n==> %s\n' "$*"; }
on_host() {
    printf '%s$ %s\n' "$name" "$*"
    "$host" run "$name" "$@"
}

leave() {
    [ -z "$keep" ] || return 0
    [ -z "$server" ] || kill "$server" 2>/dev/null || true
    "$host" remove "$name"
    rm -rf "$work"
}
trap leave EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
# One that --keep or a killed run left behind is in the way.
"$host" remove "$name"

# Hosts share this machine's network, so a test run and a demo take turns.
exec 9>/run/left4me-test-hosts.lock
flock --nonblock 9 || { echo "demo.sh: waiting for another host to go"; flock 9; }

say "building the package (a few minutes the first time)"
if ! package=$(packaging/build-deb.sh 2>"$work/build.log" | tail -n 1); then
    cat "$work/build.log" >&2
    exit 1
fi
package=${package#"$PWD/"}
ls -sh "$package"

source=()
if [ -z "$steam" ]; then
    say "starting the simulated Steam"
    tests/steam/start.sh "$work" seconds=8 bootstrap_seconds=3 bytes=134217728
    server=$(cat "$work/pid")
    source=(--steamcmd-url "$(cat "$work/url")" --steamcmd-sha256 "$(cat "$work/steamcmd_linux.tar.gz.sha256")")
fi

say "booting a Debian 13 host"
"$host" create "$name" trixie
"$host" boot "$name"
cp "$package" "$("$host" path "$name")/root/"

say "installing the package"
on_host apt-get install -y -qq -o Dpkg::Use-Pty=0 "/root/$(basename "$package")" 2>&1 | grep -E '^(l4d2-demo|Setting up left4me|E:)'

say "making the host right"
on_host left4me-setup apply --yes "${source[@]}"
on_host left4me-setup apply "${source[@]}"

say "two servers"
tests/host/two-servers.sh "$name"
on_host l4d2ctl status

if [ -n "$keep" ]; then
    say "the host stays"
    echo "enter it:   $host shell $name"
    echo "remove it:  $host remove $name"
    [ -z "$server" ] || echo "            kill $server    # the simulated Steam"
else
    say "removing the host ($0 --keep leaves it; $host shell $name enters it)"
fi
