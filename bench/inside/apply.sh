#!/bin/bash
# First apply and re-run of the same desired state, in turns, on the booted host.
# Every first apply begins on a host that was reset to before; what each has made is compared afterwards.
set -euo pipefail
bench=$(dirname "$0")/..
state=$(mktemp -d)
port=27400

# The package's own part of /usr is reset as well: all then have the same files to bring, and systemd
# begins without our units, too.
reset() {
    rm -rf /etc/left4me /etc/sudoers.d/left4me-setup /etc/sysctl.d/60-left4me.conf /usr/local/bin/steamcmd \
        /usr/local/libexec /var/lib/left4me /var/lib/left4me-setup /usr/lib/sysusers.d/left4me.conf \
        /usr/lib/systemd/journald@left4me.conf.d /usr/lib/systemd/system/left4me-* /usr/lib/systemd/system/l4d2-*
    ! getent passwd left4me >/dev/null || userdel left4me
    systemctl daemon-reload
    sync
}

# Type, mode, owner, target and content of everything that is asked for.
tree() {
    find /etc/left4me /etc/sudoers.d/left4me-setup /etc/sysctl.d/60-left4me.conf /usr/local/bin /usr/local/libexec \
        /var/lib/left4me /usr/lib/sysusers.d/left4me.conf /usr/lib/systemd/journald@left4me.conf.d \
        /usr/lib/systemd/system/left4me-* /usr/lib/systemd/system/l4d2-* -printf '%y %m %u:%g %p %l\n' | sort -k4
    find /etc/left4me /etc/sudoers.d/left4me-setup /etc/sysctl.d/60-left4me.conf /usr/local/bin \
        /usr/lib/sysusers.d/left4me.conf /usr/lib/systemd/journald@left4me.conf.d \
        /usr/lib/systemd/system/left4me-* /usr/lib/systemd/system/l4d2-* -type f -exec sha256sum {} + | sort -k2
    getent passwd left4me | cut -d: -f1,5-
    systemctl show --property=Id,LoadState,NeedDaemonReload left4me-server@x.service left4me-overlay@x.service \
        l4d2-game.slice l4d2-build.slice
}

# BundleWrap knows no local connection: a server on loopback, and one connection kept, as its manual advises.
serve_bundlewrap() {
    cp -r "$bench/bundlewrap" /root/bundlewrap
    cp -r /root/deploy /root/bundlewrap/bundles/left4me/files
    mkdir -p /root/.ssh /run/sshd
    chmod 700 /root/.ssh
    ssh-keygen -q -t ed25519 -N '' -f /root/.ssh/id_ed25519
    cp /root/.ssh/id_ed25519.pub /root/.ssh/authorized_keys
    printf 'Host 127.0.0.1\nPort %s\nControlMaster auto\nControlPath /run/bw-%%C\nControlPersist 10m\nStrictHostKeyChecking accept-new\n' \
        $port >/root/.ssh/config
    /usr/sbin/sshd -p $port -o ListenAddress=127.0.0.1 -o PidFile=/run/bench-sshd.pid
    ssh 127.0.0.1 true
}

end_bundlewrap() {
    ssh -O exit 127.0.0.1 2>/dev/null || true
    kill "$(cat /run/bench-sshd.pid)" 2>/dev/null || true
}

command_of() {
    case $1 in
    left4me) command=(left4me-setup apply --offline --skip-game --yes) ;;
    bash) command=("$bench/bash/host.sh") ;;
    bundlewrap) command=(env -C /root/bundlewrap /opt/bundlewrap/bin/bw apply bench) ;;
    pyinfra) command=(/opt/pyinfra/bin/pyinfra -y @local "$bench/pyinfra/host.py") ;;
    ansible) command=(/opt/ansible-core/bin/ansible-playbook -i "localhost," "$bench/ansible/host.yml") ;;
    esac
}

one() { # PHASE WHO [measure's options]
    command_of "$2"
    measure "${@:3}" apply "$1" "$2" "${command[@]}"
}

who=(left4me bash bundlewrap pyinfra)
# Half a minute a round; that its playbook works is also a test's business.
[ "$BENCH_QUICK" = 1 ] || who+=(ansible)
trap 'end_bundlewrap; rm -rf "$state"' EXIT
serve_bundlewrap >&2

for ((run = 0; run <= BENCH_RUNS; run++)); do
    warm=()
    [ $run -gt 0 ] || warm=(-q)
    for program in "${who[@]}"; do
        reset
        one "first apply" "$program" "${warm[@]}"
        [ $run -gt 0 ] || { tree >"$state/$program" && cmp "$state/left4me" "$state/$program" >&2; } || {
            diff "$state/left4me" "$state/$program" >&2
            exit 1
        }
        one "re-run, nothing to do" "$program" "${warm[@]}"
    done
    # The floor: a process that does nothing.
    measure "${warm[@]}" apply "re-run, nothing to do" /bin/true /bin/true
done
