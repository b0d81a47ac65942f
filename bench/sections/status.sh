#!/bin/bash
# 5. `l4d2ctl status --json` for 1, 10 and 100 instances, against `systemctl show` of the same units.
set -euo pipefail
bench=$(dirname "$0")/..
"$bench/host.sh" game
"$bench/host.sh" run /root/bench/inside/status.sh
