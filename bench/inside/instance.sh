#!/bin/bash
# A new server beside others, from nothing until it answers, and what it takes on disk; against a full copy
# of the game, in turns, on the booted host with the simulated game made as big as a game is.
set -euo pipefail
state=/var/lib/left4me
copies=/srv/copies
first=27400 port=27490
megabytes=2048 besides=(0 9 49) copy_runs=$((BENCH_RUNS < 10 ? BENCH_RUNS : 10))
[ "$BENCH_QUICK" = 0 ] || megabytes=64 besides=(0 2) copy_runs=$BENCH_RUNS
trace=$(mktemp)
others=()

leave() {
    l4d2ctl delete new "${others[@]}" >&2
    rm -rf $state/installation/left4dead2/bench $copies "$trace" /etc/systemd/system/full-copy@.service
    systemctl daemon-reload
}
trap leave EXIT

# The rest of the game: nothing in it can be compressed, shared or left out as a hole.
mkdir -p $state/installation/left4dead2/bench $copies
for ((part = 0; part < 16; part++)); do
    head -c $((megabytes / 16))M /dev/urandom >"$state/installation/left4dead2/bench/pak$part.vpk"
done
chown -R left4me: $state/installation/left4dead2/bench $copies
printf 'port: %d\noverlays: []\narguments: ["+map c1m1_hotel"]\nconfig: ["hostname bench"]\n' $port >/root/new.yaml
cat >/etc/systemd/system/full-copy@.service <<UNIT
[Service]
User=left4me
ExecStart=$copies/%i/srcds_run -game left4dead2 -norestart +ip 0.0.0.0 +hostport $port +map c1m1_hotel
KillSignal=SIGKILL
SuccessExitStatus=SIGKILL
UNIT
systemctl daemon-reload
sync

disk() { # CASE WHO PATH…
    printf 'instance\t%s\t%s\tKiB on disk\t%s\n' "$1" "$2" "$(du -skxc "${@:3}" | tail -n 1 | cut -f 1)"
}

make="l4d2ctl initialize new -f /root/new.yaml && l4d2ctl start new"
ours() { # CASE [measure's options]
    measure -w -a $port "${@:2}" instance "$1" left4me sh -c "$make"
    [ $# -gt 1 ] || disk "$1" left4me $state/instances/new $state/runtime/new
    l4d2ctl delete new >&2
    measure -w "${@:2}" instance "$1" "left4me, start --wait" sh -c "$make --wait"
    [ $# -gt 1 ] || disk "$1" "left4me, start --wait" $state/instances/new $state/runtime/new
    l4d2ctl delete new >&2
}

# The same again under strace, and what systemd says of the helper that it runs.
our_part() { # CASE
    strace -f -ttt --seccomp-bpf -e trace=process -o "$trace" sh -c "$make" >&2
    measure -q -a $port - - - true
    local own from to
    own=$("$(dirname "$0")/own_part.py" "$trace")
    from=$(systemctl show -P ExecMainHandoffTimestampMonotonic left4me-overlay@new.service)
    to=$(systemctl show -P ExecMainExitTimestampMonotonic left4me-overlay@new.service)
    [ "$to" -gt "$from" ] && [ "$from" -gt 0 ]
    printf 'instance\t%s\t%s\tms\t%s\n' "$1" "of which our programs" "$(awk "BEGIN { print $own + ($to - $from) / 1000 }")"
    l4d2ctl delete new >&2
}

full_copy() { # CASE [measure's options]
    measure -w -a $port "${@:2}" instance "$1" "full copy, a unit" sh -c \
        "cp -a $state/installation $copies/new && systemctl start full-copy@new"
    [ $# -gt 1 ] || disk "$1" "full copy, a unit" $copies/new
    systemctl stop full-copy@new
    rm -rf $copies/new
    sync
}

# LinuxGSM keeps a whole game for each server and runs it in tmux; its scripts' own time is left out.
full_copy_tmux() { # CASE [measure's options]
    local run="cd $copies/new && exec ./srcds_run -game left4dead2 -norestart +ip 0.0.0.0 +hostport $port +map c1m1_hotel"
    measure -w -a $port "${@:2}" instance "$1" "full copy, tmux (as LinuxGSM)" sh -c \
        "cp -a $state/installation $copies/new && runuser -u left4me -- env HOME=$state SHELL=/bin/sh tmux -L bench new-session -d -s new '$run'"
    [ $# -gt 1 ] || disk "$1" "full copy, tmux (as LinuxGSM)" $copies/new
    local server
    server=$(runuser -u left4me -- tmux -L bench list-panes -t new -F '#{pane_pid}')
    kill -KILL "$server"
    tail --pid="$server" -f /dev/null
    rm -rf $copies/new
    sync
}

for beside in "${besides[@]}"; do
    while [ ${#others[@]} -lt "$beside" ]; do
        name=o${#others[@]}
        printf 'port: %d\n' $((first + ${#others[@]})) | l4d2ctl initialize "$name" -f - >&2
        others+=("$name")
        l4d2ctl start "$name" --wait >&2
    done
    case="beside $beside"
    ours "$case" -q
    for ((run = 0; run < BENCH_RUNS; run++)); do
        ours "$case"
        our_part "$case"
    done
done

case="against a copy of $megabytes MiB"
full_copy "$case" -q
for ((run = 0; run < copy_runs; run++)); do
    ours "$case"
    full_copy "$case"
    full_copy_tmux "$case"
done
