#!/bin/bash
# 1. First apply and no-op re-run of the same desired state without the game.
set -euo pipefail
bench=$(dirname "$0")/..
"$bench/host.sh" peers pyinfra bundlewrap
[ "$BENCH_QUICK" = 1 ] || "$bench/host.sh" peers ansible-core
"$bench/host.sh" packages openssh-server openssh-client
"$bench/host.sh" run /root/bench/inside/apply.sh
