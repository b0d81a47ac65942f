#!/bin/bash
# 4. A new instance until it answers, and its disk: beside 0, 9 and 49 others, and against copies of the game.
set -euo pipefail
bench=$(dirname "$0")/..
"$bench/host.sh" packages strace tmux
"$bench/host.sh" game
"$bench/host.sh" run /root/bench/inside/instance.sh
