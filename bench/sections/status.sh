#!/bin/bash
# 5. `l4d2ctl status --json` for 1, 10 and 100 instances, against the one `systemctl show` in it.
set -euo pipefail
bench=$(dirname "$0")/..
"$bench/host.sh" game
"$bench/host.sh" run /root/bench/inside/status.sh
