#!/bin/bash
# Builds the simulated Steam into DIR and serves it on a loopback port.
# usage: start.sh DIR [key=value …]    leaves DIR/url and DIR/pid; kill the pid to end it
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
dir=$1
shift

if ! echo 'int main(void){return 0;}' | gcc -m32 -x c -o /dev/null - 2>/dev/null; then
    apt-get update -q
    DEBIAN_FRONTEND=noninteractive apt-get install -yq --no-install-recommends gcc-multilib
fi
"$here/build.sh" "$dir" "$@" >/dev/null
(
    cd "$here/../.."
    cargo build --quiet --locked --package left4me-test-support --example simulated-steam
    cp "${CARGO_TARGET_DIR:-target}/debug/examples/simulated-steam" "$dir/server"
)
# It outlives its caller, whose turn on this machine it must not keep (tests/host/turn.sh).
setsid "$dir/server" "$dir" </dev/null >"$dir/base-url" 2>"$dir/requests" 9>&- &
echo $! >"$dir/pid"
# The first line appears when the port is bound.
for _ in $(seq 100); do
    [ ! -s "$dir/base-url" ] || break
    sleep 0.05
done
[ -s "$dir/base-url" ] || { echo "start.sh: the server did not start" >&2; cat "$dir/requests" >&2; exit 1; }
echo "$(head -n 1 "$dir/base-url")/client/installer/steamcmd_linux.tar.gz" >"$dir/url"
