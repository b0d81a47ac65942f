#!/bin/bash
# 8. Size on disk; memory is a column of the first apply and of the mounts.
set -euo pipefail
bench=$(dirname "$0")/..
"$bench/host.sh" peers pyinfra bundlewrap
[ "$BENCH_QUICK" = 1 ] || "$bench/host.sh" peers ansible-core
"$bench/host.sh" run /root/bench/inside/size.sh
