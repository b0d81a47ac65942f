#!/bin/bash
# 3. Mount and unmount end to end with 1, 10, 100 and 400 layers.
set -euo pipefail
bench=$(dirname "$0")/..
"$bench/host.sh" run /root/bench/inside/mount.sh
