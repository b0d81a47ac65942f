#!/bin/bash
# Hosts share this machine's network, so demos, tests and benchmarks take turns.
#
#   . turn.sh; take_turn WHO    waits for this program's turn, which it then has until it ends
#   turn.sh holder              whose turn it is: PID 123 (/bin/bash deploy/demo.sh)
#   turn.sh path                the file that is locked meanwhile
turn=${LEFT4ME_TURN:-/run/left4me-test-hosts.lock}

# Descriptor 9 has it: what goes on when the program has ended must not inherit it.
take_turn() {
    exec 9>"$turn"
    flock --nonblock 9 && return
    echo "$1: waiting for $(holder) to end" >&2
    flock 9
}

# The kernel says for each descriptor which locks it holds. Of several processes that share one, the first
# has inherited it from none of the others.
holder() {
    local info process descriptor holders=' '
    while read -r info; do
        process=${info#/proc/} descriptor=${info##*/} process=${process%%/*}
        [ ! "/proc/$process/fd/$descriptor" -ef "$turn" ] || holders+="$process "
    done < <(grep -ls "FLOCK .*:$(stat -c %i "$turn") 0 EOF" /proc/[0-9]*/fdinfo/*)
    for process in $holders; do
        [[ $holders != *" $(sed -n 's/^PPid:\t//p' "/proc/$process/status" 2>/dev/null) "* ]] || continue
        echo "PID $process ($(tr '\0' ' ' <"/proc/$process/cmdline" 2>/dev/null | sed 's/ $//'))"
        return
    done
    echo "another program"
}

if [ "$0" = "${BASH_SOURCE[0]}" ]; then
    set -euo pipefail
    case ${1:-} in
    holder) holder ;;
    path) echo "$turn" ;;
    *)
        sed -n '2,/^turn=/{/^#/s/^# \{0,1\}//p}' "$0" >&2
        exit 2
        ;;
    esac
fi
