#!/bin/bash
# The main job, shown on a disposable Debian 13 host: the package is built and installed with apt,
# `left4me-setup apply` makes the host, two servers start and answer, and the game is updated while they run.
#
# usage: deploy/demo.sh [--keep] [--steam] | --remove
#   --keep     leave the host running and say how to enter it
#   --steam    use the real Steam (a download of 10 GB) instead of the simulated one
#   --remove   remove what --keep left
#
# Needs root and Rust; installs everything else it needs from Debian. Most of the first run's time is the
# compiler's.
set -euo pipefail
cd "$(dirname "$0")/.."

keep='' steam='' remove=''
for argument; do
    case $argument in
    --keep) keep=yes ;;
    --steam) steam=yes ;;
    --remove) remove=yes ;;
    -h | --help)
        sed -n '2,/^set/{/^#/s/^# \{0,1\}//p}' "$0"
        exit 0
        ;;
    *)
        echo "demo.sh: unknown option '$argument'" >&2
        echo "hint: deploy/demo.sh [--keep] [--steam]" >&2
        exit 2
        ;;
    esac
done
[ "$(id -u)" = 0 ] || { echo "demo.sh: booting a host needs root" >&2; echo "hint: sudo $0 $*" >&2; exit 1; }

name=l4d2-demo
host=tests/host/host.sh
. tests/host/turn.sh
hosts=${LEFT4ME_HOSTS:-/var/tmp/left4me-hosts}
# Where a run keeps what is not the host's; a kept host's says where in $kept.
work=$(mktemp -d /var/tmp/left4me-demo.XXXXXX)
kept=$hosts/$name/kept

say() { printf '\n==> %s\n' "$*"; }
on_host() {
    printf '%s$ %s\n' "$name" "$*"
    "$host" run "$name" "$@"
}

# Runs a command whose words matter only if it fails, and says meanwhile how long it has been at work: on a
# terminal in one line.
quietly() {
    local began=$SECONDS log=$work/log result=0
    local pause=30 line='    %s s: %s\n'
    [ ! -t 1 ] || pause=1 line='\r\e[K    %s s: %s'
    : >"$log"
    # It must not outlive us: a sleep would, and read needs no process.
    while ! read -rt "$pause" <> <(:); do
        # shellcheck disable=SC2059
        printf "$line" "$((SECONDS - began))" "$(tail -n 1 "$log" | tr -d '\r' | cut -c -60)"
    done 9>&- &
    ticker=$!
    "$@" >"$work/out" 2>"$log" || result=$?
    stop_ticker
    [ ! -t 1 ] || printf '\r\e[K'
    [ "$result" = 0 ] || { cat "$work/out" "$log" >&2; return "$result"; }
    echo "    done in $((SECONDS - began)) s"
}

stop_ticker() {
    [ -z "$ticker" ] || kill "$ticker" 2>/dev/null || true
    wait "$ticker" 2>/dev/null || true
    ticker=''
}

# Ends the simulated Steam of a directory, if it is still that.
end_steam() {
    local server
    server=$(cat "$1/pid" 2>/dev/null) || return 0
    [ ! "/proc/$server/exe" -ef "$1/server" ] || kill "$server"
}

# Nothing on it matters any more.
remove_mine() {
    mine=''
    "$host" kill "$name"
    "$host" remove "$name"
}

leave() {
    stop_ticker
    if [ -e "$kept" ] && [ "$(cat "$kept")" = "$work" ]; then
        return
    elif [ -n "$mine" ]; then
        remove_mine
    fi
    end_steam "$work"
    rm -rf "$work"
}
mine='' ticker=''
trap leave EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

remove_kept() {
    local its
    its=$(cat "$kept" 2>/dev/null || true)
    "$host" remove "$name"
    # Only a directory that a demo made.
    if [[ $its == /var/tmp/left4me-demo.?????? ]]; then
        end_steam "$its"
        rm -rf "$its"
    fi
}

if [ -n "$remove" ]; then
    [ -e "$hosts/$name" ] || { echo "there is nothing to remove"; exit 0; }
    # One that was not kept may be another demo's, at work.
    [ -e "$kept" ] || take_turn demo.sh
    remove_kept
    echo "removed the host $name"
    exit 0
fi

take_turn demo.sh
if [ -e "$kept" ]; then
    echo "The host of an earlier demo was kept. $host shell $name enters it; deploy/demo.sh --remove removes it."
    answer=no
    [ ! -t 0 ] || read -rp "Remove it now and go on? [y/N] " answer || true
    [[ $answer == [yY]* ]] || exit 1
    remove_kept
else
    # A run that was killed left it.
    "$host" remove "$name"
fi
mine=yes

say "building the package (several minutes the first time)"
quietly packaging/build-deb.sh
package=$(tail -n 1 "$work/out")
package=${package#"$PWD/"}
ls -sh "$package"

source=()
if [ -z "$steam" ]; then
    say "building and starting the simulated Steam"
    quietly tests/steam/start.sh "$work" seconds=8 bootstrap_seconds=3 bytes=134217728
    source=(--steamcmd-url "$(cat "$work/url")" --steamcmd-sha256 "$(cat "$work/steamcmd_linux.tar.gz.sha256")")
fi

say "booting a Debian 13 host"
boot() { "$host" create "$name" trixie && "$host" boot "$name"; }
quietly boot
cp "$package" "$("$host" path "$name")/root/"

say "installing the package"
printf '%s$ %s\n' "$name" "apt-get install -y /root/$(basename "$package")"
quietly "$host" run "$name" apt-get install -y -qq -o Dpkg::Use-Pty=0 "/root/$(basename "$package")"
grep '^Setting up left4me' "$work/out"

say "setting up the host"
on_host left4me-setup apply --yes "${source[@]}"
on_host left4me-setup apply "${source[@]}"

say "two servers"
tests/host/two-servers.sh "$name"
on_host l4d2ctl status

# Steam itself has a new build when Valve wants.
if [ -z "$steam" ]; then
    say "a new build of the game, while both servers run"
    "$host" run "$name" sed -i 's/^build=.*/build=17000000/' /var/lib/left4me/steam/sim/settings
    on_host left4me-setup game check || [ $? = 3 ]
    on_host left4me-setup game update
    on_host l4d2ctl status
    on_host l4d2ctl restart --all --when-empty
    on_host left4me-setup game list
fi

if [ -n "$keep" ]; then
    echo "$work" >"$kept"
    say "the host stays"
    echo "enter it:    $host shell $name"
    echo "remove it:   deploy/demo.sh --remove"
    [ -n "$steam" ] || echo "             and with it the simulated Steam (PID $(cat "$work/pid"), $work)"
else
    say "removing the host (deploy/demo.sh --keep leaves it running)"
    remove_mine
fi
base=$hosts/base-trixie.tar
echo "The tree that hosts are made of stays for the next one: rm $base ($(du -h "$base" | cut -f 1))"
printf '\n==> %s\n' "the demo took $SECONDS s"
