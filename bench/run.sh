#!/bin/bash
# Benchmarks side by side: ours and what a user would pick instead, on the same work, in turns, on the
# same machine. Installs what it needs from Debian and PyPI; the peers of a host go into a disposable one.
#
# usage: bench/run.sh [--quick] [SECTION...]     SECTION: a script of bench/sections, without .sh
#   --quick   few runs and small inputs, under three minutes: that all of it still works
#
# A full run writes its tables into docs/benchmarks.md; both leave every single measurement in
# $BENCH_DIR/results (default /var/tmp/left4me-bench). It fails when a measurement is broken, never on a time.
#
# A section is a program that finds BENCH_DIR (scratch), BENCH_RUNS and BENCH_QUICK (0, 1) in its environment
# and prints one line for each run, everything else to standard error:
#   section<TAB>case<TAB>who<TAB>unit<TAB>value        who: left4me, or the peer
set -euo pipefail
cd "$(dirname "$0")/.."

usage() { sed -n '2,/^set/{/^#/s/^# \{0,1\}//p}' "$0"; }
all=()
for script in bench/sections/*.sh; do all+=("$(basename "$script" .sh)"); done

command="bench/run.sh${*:+ $*}"
BENCH_QUICK=0 BENCH_RUNS=${BENCH_RUNS:-20} sections=()
for argument; do
    case $argument in
    --quick) BENCH_QUICK=1 BENCH_RUNS=2 ;;
    -h | --help) usage && exit 0 ;;
    *)
        if [[ " ${all[*]} " != *" $argument "* ]]; then
            echo "run.sh: there is no section '$argument'" >&2
            echo "hint: one of ${all[*]}" >&2
            exit 2
        fi
        sections+=("$argument")
        ;;
    esac
done
[ ${#sections[@]} -gt 0 ] || sections=("${all[@]}")
[ "$(id -u)" = 0 ] || { echo "run.sh: mounts and hosts need root" >&2; echo "hint: sudo $command" >&2; exit 1; }

BENCH_DIR=${BENCH_DIR:-/var/tmp/left4me-bench}
export BENCH_DIR BENCH_QUICK BENCH_RUNS
results=$BENCH_DIR/results

# Not before: the host and the results could be those of a run that is at work.
. tests/host/turn.sh
take_turn run.sh
leave() { bench/host.sh remove; }
trap leave EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
rm -rf "$results"
mkdir -p "$results"
# One that a killed run left has yesterday's package.
bench/host.sh remove

packages=()
need() { command -v "$1" >/dev/null || packages+=("$2"); }
need gcc gcc
need python3 python3
need pgrep procps
if [ ${#packages[@]} -gt 0 ]; then
    apt-get update -q >&2
    DEBIAN_FRONTEND=noninteractive apt-get install -yq --no-install-recommends "${packages[@]}" libc6-dev >&2
fi
echo "==> the package" >&2
packaging/build-deb.sh >"$BENCH_DIR/build.log" 2>&1 || { cat "$BENCH_DIR/build.log" >&2; exit 1; }
# As build-deb.sh has it: with other flags cargo would build every dependency again.
RUSTFLAGS="${RUSTFLAGS:-} --remap-path-prefix=$PWD=/src --remap-path-prefix=${CARGO_HOME:-$HOME/.cargo}=/cargo"
export RUSTFLAGS

broken=()
for section in "${sections[@]}"; do
    echo "==> $section" >&2
    began=$SECONDS
    # 9 is closed: a service that a section leaves behind must not hold the lock.
    if ! "bench/sections/$section.sh" >"$results/$section.tsv" 9>&-; then
        broken+=("$section")
        # Half a table looks like a whole one.
        mv "$results/$section.tsv" "$results/$section.broken"
    fi
    echo "    $((SECONDS - began)) s" >&2
done

update=()
[ "$BENCH_QUICK" = 1 ] || update=(--update docs/benchmarks.md)
good=("$results"/*.tsv)
[ ! -e "${good[0]}" ] || bench/report.py --command "$command" "${update[@]}" "${good[@]}" || broken+=(report)
if [ ${#broken[@]} -gt 0 ]; then
    echo "run.sh: broken: ${broken[*]}" >&2
    exit 1
fi
