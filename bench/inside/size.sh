#!/bin/bash
# What lies on the disk: our package and each of its programs, and the peers as pip installs them.
set -euo pipefail

line() { # CASE WHO BYTES
    [ -n "$3" ]
    printf 'size\t%s\t%s\tKiB\t%s.%02d\n' "$1" "$2" $(($3 / 1024)) $(($3 % 1024 * 100 / 1024))
}
sum() { awk '{ sum += $1 } END { printf "%d", sum }'; }

line "what is downloaded" left4me "$(stat -c %s /root/left4me-setup.deb)"
line "installed" left4me "$(dpkg -L left4me-setup | while read -r path; do [ ! -f "$path" ] || stat -c %s "$path"; done | sum)"
for peer in bundlewrap pyinfra ansible-core; do
    [ ! -d "/opt/$peer" ] || line "installed" "$peer, beside Python" "$(du -sb "/opt/$peer" | cut -f 1)"
done
for program in left4me-setup l4d2ctl; do line "$program" left4me "$(stat -c %s "/usr/bin/$program")"; done
for helper in overlay systemctl journalctl; do
    line "left4me-$helper, as root" left4me "$(stat -c %s "/usr/libexec/left4me/left4me-$helper")"
done
