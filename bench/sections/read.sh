#!/bin/bash
# 6. Reading through the merged tree with 1, 5 and 20 layers, against the plain directory.
set -euo pipefail
bench=$(dirname "$0")/..
"$bench/host.sh" run /root/bench/inside/read.sh
