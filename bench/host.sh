#!/bin/bash
# The booted Debian 13 host that the benchmarks share, with our package and the peers; made when it is asked for.
#
#   host.sh run COMMAND…     as root on it, with the BENCH_ variables; bench/ is /root/bench, deploy/ is /root/deploy
#   host.sh peers NAME…      Python programs from PyPI, each in a virtual environment of its own, /opt/NAME
#   host.sh packages NAME…   Debian packages
#   host.sh game             the simulated game, installed by left4me-setup
#   host.sh remove
set -euo pipefail
cd "$(dirname "$0")/.."
name=l4d2-bench
host=tests/host/host.sh
BENCH_DIR=${BENCH_DIR:-/var/tmp/left4me-bench}
steam=$BENCH_DIR/steam

compile() { gcc -O2 -Wall -Wextra -Werror "bench/tools/$1" "${@:2}"; }

make_host() {
    "$host" remove "$name"
    "$host" create "$name" trixie
    root=$("$host" path "$name")
    local tools=$root/usr/local/sbin
    # measure.c says why it is static; the others are linked as our programs are.
    compile measure.c -static -o "$tools/measure"
    for tool in overlay-syscalls read-tree; do compile "$tool.c" -o "$tools/$tool"; done
    cp -r bench deploy "$root/root/"
    cp target/debian/left4me-setup_*_amd64.deb "$root/root/left4me-setup.deb"
    # The host trusts what this machine trusts, its package registries above all.
    cp -L /etc/ssl/certs/ca-certificates.crt "$root/root/ca.crt"
    "$host" boot "$name"
    install /root/left4me-setup.deb python3
}

on_host() {
    "$host" run "$name" "BENCH_RUNS=${BENCH_RUNS:-20}" "BENCH_QUICK=${BENCH_QUICK:-0}" PIP_CERT=/root/ca.crt "$@"
}

install() {
    on_host env DEBIAN_FRONTEND=noninteractive apt-get install -yqq --no-install-recommends "$@" >>"$BENCH_DIR/apt.log" 2>&1 ||
        { tail -n 20 "$BENCH_DIR/apt.log" >&2; exit 1; }
}

stop_steam() {
    [ ! -e "$steam/pid" ] || kill "$(cat "$steam/pid")" 2>/dev/null || true
    rm -rf "$steam"
}

game() {
    stop_steam
    tests/steam/start.sh "$steam" bytes=8000000
    on_host left4me-setup apply --yes --steamcmd-url "$(cat "$steam/url")" \
        --steamcmd-sha256 "$(cat "$steam/steamcmd_linux.tar.gz.sha256")" >&2
    stop_steam
}

command=${1:-}
shift || true
mkdir -p "$BENCH_DIR"
[ "$command" = remove ] || "$host" run "$name" true 2>/dev/null || make_host >&2
case $command in
run) on_host "$@" ;;
packages) install "$@" ;;
peers)
    install python3-venv
    for peer; do
        on_host sh -ec "[ -e /opt/$peer ] || { python3 -m venv /opt/$peer && /opt/$peer/bin/pip -q install $peer; }" >&2
    done
    ;;
game) game ;;
remove)
    stop_steam
    "$host" remove "$name"
    ;;
*)
    sed -n '2,/^set/{/^#/s/^# \{0,1\}//p}' "$0" >&2
    exit 2
    ;;
esac
