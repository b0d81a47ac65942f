#!/bin/bash
# `l4d2ctl status --json` for more and more instances, stopped and running, against `systemctl show` of the
# same units and properties, in turns, on the booted host with the simulated game.
set -euo pipefail
first=27400
counts=(1 10 100)
[ "$BENCH_QUICK" = 0 ] || counts=(1 10)
names=() units=()
properties=Id,ActiveState,SubState,Result,MainPID,NRestarts,ActiveEnterTimestamp,MemoryCurrent,UnitFileState
# One that asks again and again is not heard by the engine; here it is our part that is measured.
patient=/var/lib/left4me/installation/left4dead2/double-patient
touch $patient
trap 'rm $patient; [ ${#names[@]} = 0 ] || l4d2ctl delete "${names[@]}" >&2' EXIT

grow() { # COUNT
    while [ ${#names[@]} -lt "$1" ]; do
        local name=s${#names[@]}
        printf 'port: %d\n' $((first + ${#names[@]})) | l4d2ctl initialize "$name" -f - >&2
        names+=("$name") units+=("left4me-server@$name.service")
    done
}

# The answer is about all of them, and tells those that run from those that do not.
check() { # COUNT READY
    l4d2ctl status --json | python3 -c '
import json, sys
ready = [instance["ready"] for instance in json.load(sys.stdin)["instances"]]
sys.exit(ready != [sys.argv[2] == "true"] * int(sys.argv[1]))' "$1" "$2"
}

turns() { # CASE
    for ((run = 0; run <= BENCH_RUNS * 2; run++)); do
        local warm=()
        [ $run -gt 0 ] || warm=(-q)
        measure "${warm[@]}" status "$1" left4me l4d2ctl status --json
        measure "${warm[@]}" status "$1" "systemctl show" \
            systemctl show --no-pager --timestamp=unix --property=$properties "${units[@]}"
    done
}

for count in "${counts[@]}"; do
    grow "$count"
    check "$count" false
    turns "$count stopped"
    l4d2ctl start "${names[@]}" --wait >&2
    check "$count" true
    turns "$count running"
    l4d2ctl stop "${names[@]}" >&2
done
