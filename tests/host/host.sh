#!/bin/bash
# A disposable Debian host: a root tree of its own, booted under systemd with systemd-nspawn.
#
#   host.sh prepare [SUITE]         what the machine needs, and a base tree of Debian's newest packages
#                                   (trixie, bookworm)
#   host.sh create NAME [SUITE]     a new host from the base tree
#   host.sh copy FROM NAME          a new host from one that is powered off
#   host.sh boot NAME               returns when systemd has started everything
#   host.sh run NAME COMMAND…       as root, on the booted host, with this terminal
#   host.sh shell NAME              the same, interactive
#   host.sh off NAME                powers off and waits
#   host.sh kill NAME               pulls the plug
#   host.sh path NAME               where its root tree lies
#   host.sh remove NAME             powers off and removes it
#
# The network is the machine's own: a server on 127.0.0.1 is reached from both sides.
set -euo pipefail

hosts=${LEFT4ME_HOSTS:-/var/tmp/left4me-hosts}
# Nothing of the host proper but what every Debian has; the package's dependencies come with apt.
include=systemd,systemd-sysv,dbus,iproute2,procps,libpam-systemd

die() {
    echo "host.sh: $1" >&2
    [ -z "${2:-}" ] || echo "hint: $2" >&2
    exit 1
}

check_name() {
    [[ ${1:-} =~ ^[a-z0-9][a-z0-9-]{0,40}$ ]] || die "'${1:-}' is not a host's name"
}

root_of() { echo "$hosts/$1/root"; }

leader_of() {
    local pid
    pid=$(cat "$hosts/$1/leader" 2>/dev/null || true)
    [ -n "$pid" ] && [ -d "/proc/$pid" ] && echo "$pid" && return
    die "the host $1 is not booted" "$0 boot $1"
}

prepare() {
    local suite=$1 base=$hosts/base-$1.tar packages=()
    command -v systemd-nspawn >/dev/null || packages+=(systemd-container)
    command -v mmdebstrap >/dev/null || packages+=(mmdebstrap)
    if [ ${#packages[@]} -gt 0 ]; then
        apt-get update -q
        DEBIAN_FRONTEND=noninteractive apt-get install -yq --no-install-recommends "${packages[@]}"
    fi
    mkdir -p "$hosts"
    chmod 0700 "$hosts"
    (
        flock 8
        if ! is_current "$base"; then
            echo "host.sh: making a Debian $suite base tree (a minute or two)" >&2
            mmdebstrap --quiet --format=tar --variant=minbase --skip=cleanup/apt/lists --include="$include" \
                "$suite" "$base.new"
            mv "$base.new" "$base"
            touch "$base.asked"
        fi
    ) 8>"$base.lock"
}

# Whether Debian still has the packages that a base tree was made of. Hosts are made in a row, so it is
# asked once an hour; when it does not answer, the tree that is there will do.
is_current() {
    local base=$1 now
    [ -e "$base" ] || return 1
    [ -z "$(find "$base.asked" -mmin -60 2>/dev/null)" ] || return 0
    if ! now=$(packages_of_debian "$base"); then
        echo "host.sh: cannot ask Debian for newer packages; the tree of $(date -r "$base" +%F) is used" >&2
    elif [ "$now" != "$(packages_of_tree "$base")" ]; then
        echo "host.sh: Debian has newer packages" >&2
        return 1
    fi
    touch "$base.asked"
}

# What a signed index says of the lists of packages: a list of other packages has another digest.
digests() { grep -hE '^ [0-9a-f]{64} +[0-9]+ [^ ]+/binary-amd64/Packages$' | sort; }

packages_of_tree() { tar -xOf "$1" --wildcards './var/lib/apt/lists/*InRelease' | digests; }

# The same of the indexes that the tree's apt would ask for, as they are now. A fraction of a second.
packages_of_debian() (
    scratch=$(mktemp -d)
    trap 'rm -r "$scratch"' EXIT
    tar -xOf "$1" --occurrence=1 ./etc/apt/sources.list >"$scratch/sources.list"
    apt-get update --print-uris -o Dir::Etc::SourceList="$scratch/sources.list" -o Dir::Etc::SourceParts=/dev/null \
        -o Dir::State::Lists="$scratch" | sed -n "s/^'\(.*InRelease\)' .*/\1/p" >"$scratch/uris"
    while read -r uri; do
        /usr/lib/apt/apt-helper -o Acquire::Retries=0 -o Acquire::http::Timeout=10 \
            download-file "$uri" "$scratch/index" >/dev/null 2>&1 || exit 1
        cat "$scratch/index"
    done <"$scratch/uris" >"$scratch/indexes"
    digests <"$scratch/indexes"
)

create() {
    local root
    root=$(root_of "$1")
    [ ! -e "$hosts/$1" ] || die "the host $1 exists" "$0 remove $1"
    prepare "$2"
    mkdir -p "$root"
    tar -C "$root" -xpf "$hosts/base-$2.tar" --xattrs --xattrs-include='*'
    call "$1" "$root"
}

# Gives the host its name.
call() {
    echo "$1" >"$2/etc/hostname"
    printf '127.0.0.1 localhost\n127.0.1.1 %s\n' "$1" >"$2/etc/hosts"
}

copy() {
    local from
    from=$(root_of "$1")
    [ -d "$from" ] || die "there is no host $1"
    [ ! -e "$hosts/$2" ] || die "the host $2 exists" "$0 remove $2"
    mkdir -p "$hosts/$2"
    cp -a --reflink=auto "$from" "$(root_of "$2")"
    call "$2" "$(root_of "$2")"
}

boot() {
    local root dir=$hosts/$1 nspawn leader
    root=$(root_of "$1")
    [ -d "$root" ] || die "there is no host $1" "$0 create $1"
    setsid systemd-nspawn -q -D "$root" -M "$1" --register=no --keep-unit --resolv-conf=copy-host \
        -b systemd.unified_cgroup_hierarchy=1 </dev/null >"$dir/console" 2>&1 9>&- &
    nspawn=$!
    disown
    echo "$nspawn" >"$dir/nspawn"
    # Until the leader exists and its manager answers there is nothing to wait on but time.
    for _ in $(seq 300); do
        if leader=$(pgrep -P "$nspawn" | head -n 1) && [ -n "$leader" ]; then
            echo "$leader" >"$dir/leader"
            if run "$1" systemctl is-system-running --wait >"$dir/boot" 2>&1 || grep -q degraded "$dir/boot"; then
                return
            fi
        elif ! kill -0 "$nspawn" 2>/dev/null; then
            break
        fi
        sleep 0.1
    done
    tail -n 20 "$dir/console" "$dir/boot" >&2 || true
    die "the host $1 did not boot"
}

run() {
    local leader name=$1
    shift
    leader=$(leader_of "$name")
    nsenter -t "$leader" -a env -i HOME=/root LC_ALL=C.UTF-8 TERM="${TERM:-dumb}" \
        PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin "$@"
}

# systemd powers off on SIGRTMIN+4.
off() {
    local leader
    leader=$(cat "$hosts/$1/leader" 2>/dev/null) || return 0
    kill -s SIGRTMIN+4 "$leader" 2>/dev/null || true
    ended "$1"
}

plug() {
    local leader
    leader=$(cat "$hosts/$1/leader" 2>/dev/null) || return 0
    kill -s KILL "$leader" 2>/dev/null || true
    ended "$1"
}

ended() {
    local nspawn
    nspawn=$(cat "$hosts/$1/nspawn" 2>/dev/null) || return 0
    # tail ends with the process; it need not be our child.
    timeout 90 tail --pid="$nspawn" -f /dev/null || kill -s KILL "$nspawn" 2>/dev/null || true
    rm -f "$hosts/$1/leader" "$hosts/$1/nspawn"
}

remove() {
    [ -e "$hosts/$1" ] || return 0
    off "$1"
    rm -rf --one-file-system "${hosts:?}/$1"
}

command=${1:-}
case $command in
prepare) prepare "${2:-trixie}" ;;
create | boot | run | shell | off | kill | path | remove | copy)
    [ "$(id -u)" = 0 ] || die "a host needs root" "sudo $0 $*"
    name=${2:-}
    check_name "$name"
    shift 2
    case $command in
    create) create "$name" "${1:-trixie}" ;;
    copy) check_name "${1:-}" && copy "$name" "$1" ;;
    boot) boot "$name" ;;
    run) run "$name" "$@" ;;
    shell) run "$name" bash -l ;;
    off) off "$name" ;;
    kill) plug "$name" ;;
    path) root_of "$name" ;;
    remove) remove "$name" ;;
    esac
    ;;
*)
    sed -n '2,/^set/{/^#/s/^# \{0,1\}//p}' "$0" >&2
    exit 2
    ;;
esac
