#!/bin/bash
# 7. What listening costs SteamCMD: 100,000 lines of progress through a session.
set -euo pipefail
bench=$(dirname "$0")/..
"$bench/host.sh" run /root/bench/inside/session.sh
