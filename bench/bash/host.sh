#!/bin/bash
# The host without SteamCMD and the game, as a careful engineer would write it in bash: compares before it
# writes, replaces files whole, checks sudoers first, tells systemd only when a unit has changed.
# `deploy` is this repository's deploy/ folder.
set -euo pipefail
deploy=${1:-/root/deploy}
root=/var/lib/left4me
changed=0 units_changed=0

say() {
    changed=$((changed + 1))
    echo "+ $1"
}

file() { # PATH MODE OWNER:GROUP
    local path=$1 mode=$2 owner=$3 new
    if cmp -s "$deploy$path" "$path" && [ ! -L "$path" ] && [ "$(stat -c '%a %U:%G' "$path")" = "$mode $owner" ]; then
        return
    fi
    mkdir -p "${path%/*}"
    new=$(mktemp "$path.XXXXXX")
    install -m "$mode" -o "${owner%:*}" -g "${owner#*:}" "$deploy$path" "$new"
    case $path in
    /etc/sudoers.d/*) visudo -cqf "$new" || { rm -f "$new"; exit 1; } ;;
    /usr/lib/systemd/system/*) units_changed=1 ;;
    esac
    mv -T "$new" "$path"
    say "file $path"
}

directory() { # PATH MODE OWNER:GROUP
    if [ -d "$1" ] && [ ! -L "$1" ] && [ "$(stat -c '%a %U:%G' "$1")" = "$2 $3" ]; then
        return
    fi
    install -d -m "$2" -o "${3%:*}" -g "${3#*:}" "$1"
    say "directory $1"
}

link() { # PATH TARGET OWNER:GROUP
    if [ -L "$1" ] && [ "$(readlink "$1")" = "$2" ] && [ "$(stat -c '%U:%G' "$1")" = "$3" ]; then
        return
    fi
    ln -sfnT "$2" "$1"
    chown -h "$3" "$1"
    say "link $1"
}

file /usr/lib/sysusers.d/left4me.conf 644 root:root
for unit in left4me-overlay@.service left4me-server@.service left4me-install.service left4me-update.service \
    left4me-update.timer left4me-restart.service left4me-restart.timer l4d2-game.slice l4d2-build.slice; do
    file "/usr/lib/systemd/system/$unit" 644 root:root
done
if [ "$(getent passwd left4me | cut -d: -f6-)" != "$root:/usr/sbin/nologin" ]; then
    systemd-sysusers /usr/lib/sysusers.d/left4me.conf
    say "user left4me"
fi

for path in /etc/left4me /var/lib/left4me-setup /usr/local/bin /usr/local/libexec/left4me \
    /usr/lib/systemd/journald@left4me.conf.d; do
    directory "$path" 755 root:root
done
file /etc/left4me/host.env 640 root:left4me
file /etc/sudoers.d/left4me-setup 440 root:root
file /etc/sysctl.d/60-left4me.conf 644 root:root
file /usr/local/bin/steamcmd 755 root:root
file /usr/lib/systemd/journald@left4me.conf.d/left4me.conf 644 root:root
for helper in left4me-overlay left4me-systemctl left4me-journalctl; do
    link "/usr/local/libexec/left4me/$helper" "/usr/libexec/left4me/$helper" root:root
done

directory "$root" 755 left4me:left4me
for name in installation updates overlays instances runtime workshop_cache tmp .steam; do
    directory "$root/$name" 755 left4me:left4me
done
directory "$root/logs" 750 left4me:left4me
link "$root/.steam/sdk32" "$root/steam/linux32" left4me:left4me

if [ "$units_changed" = 1 ] ||
    [ "$(systemctl show --property=NeedDaemonReload --value left4me-server@x.service)" = yes ]; then
    systemctl daemon-reload
fi
if ! systemctl is-enabled --quiet left4me-restart.timer || ! systemctl is-active --quiet left4me-restart.timer; then
    systemctl enable --now --quiet left4me-restart.timer
    say "timer left4me-restart.timer"
fi
echo "$changed changed"
