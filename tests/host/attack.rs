//! A hostile runtime user on a real host: its real uid, the real sudo, the real units.
//!
//! What needs thousands of mounts or a crafted kernel view is in ring 2 (crates/left4me-helpers/tests/overlay).

use crate::machine::Machine;

mod confined;
mod names;
mod sandbox;
mod sudo;

/// What an attack may not change: accounts, settings, units, what is mounted, who runs as root.
const INVENTORY: &str = "
    find /etc /usr/lib/systemd/system /usr/libexec /usr/local /run/systemd/system -xdev -type f -print0 |
        sort -z | xargs -0 sha256sum | sha256sum
    find / -xdev -perm /6000 ! -path '/var/log/journal/*' -printf '%p %m\\n' 2>/dev/null | sort
    find /var/lib/left4me ! -user left4me | sort
    grep -o ' - .*' /proc/1/mountinfo | grep -v left4me: | sort
    systemctl list-units --all --plain --no-legend --type=service 'left4me-*' | cut -d' ' -f1,3 | sort";

#[test]
#[ignore = "needs a booted host: tests/run.sh"]
fn sudo_and_the_helpers() {
    let host = Machine::ready("attack");
    host.sh("printf 'port: 27015\\n' | l4d2ctl initialize a -f - >/dev/null").ok();
    let before = host.sh(INVENTORY).ok();

    // sudo lets through three programs, as root, with a clean environment, and nothing else.
    for refused in [
        "sudo -n -s",
        "sudo -n -i",
        "sudo -n /bin/sh",
        "sudo -n -u nobody $H-overlay umount a",
        "sudo -n -g shadow $H-overlay umount a",
        "sudo -n -D /tmp $H-overlay umount a",
        "sudo -n -R /tmp $H-overlay umount a",
        "sudo -n -C 9 $H-overlay umount a",
        "sudo -n LD_PRELOAD=/tmp/x.so $H-overlay umount a",
        "sudo -n PATH=/tmp $H-systemctl show a",
        "sudo -n LEFT4ME_ROOT=/tmp $H-overlay umount a",
        "sudo -n -E LD_LIBRARY_PATH=/tmp $H-overlay umount a",
        "sudo -n -e /etc/sudoers.d/left4me-setup",
        "sudo -n $H-overlay/../../../bin/sh",
        "ln -sf /bin/sh /tmp/left4me-overlay && sudo -n /tmp/left4me-overlay",
        // In a user namespace of its own it is root over nothing: sudo is not even sudo there.
        "unshare --user --map-root-user --mount sudo -n $H-overlay mount a",
    ] {
        let said = host.as_runtime_user(&format!("H=/usr/libexec/left4me/left4me; {refused}"));
        assert_ne!(said.code, 0, "{refused}: {said:#?}");
    }
    // What the environment says is not heard: no tool from PATH, no pager, no editor, no other root.
    host.as_runtime_user(
        "set -e
         mkdir -p /tmp/evil; cd /tmp/evil
         for tool in systemctl journalctl mount umount less pager; do
             printf '#!/bin/sh\\nid >>/tmp/evil/ran\\n' >$tool; chmod 755 $tool
         done
         export PATH=/tmp/evil:$PATH LEFT4ME_ROOT=/tmp/evil PAGER=/tmp/evil/pager SYSTEMD_PAGER=/tmp/evil/pager \\
             SYSTEMD_PAGERSECURE=0 SYSTEMD_LESS=x BASH_ENV=/tmp/evil/pager ENV=/tmp/evil/pager IFS=/
         H=/usr/libexec/left4me/left4me
         /usr/bin/sudo -n \"$H-systemctl\" show a >/dev/null
         /usr/bin/sudo -n \"$H-journalctl\" a --lines 3 --no-follow
         /usr/bin/sudo -n \"$H-overlay\" mount a
         /usr/bin/grep -q 'left4me:a:.*' /proc/1/mountinfo
         /usr/bin/sudo -n \"$H-overlay\" umount a
         test ! -e /tmp/evil/ran",
    )
    .ok();
    fuzz(&host);
    // A helper is root's process: its caller can neither stop nor end nor trace it.
    host.as_runtime_user(
        "sudo -n /usr/libexec/left4me/left4me-journalctl a --lines 1 --follow >/dev/null &
         for _ in $(seq 100); do helper=$(pgrep -x journalctl) && break; sleep 0.05; done
         for signal in STOP KILL TERM INT; do kill -$signal $helper 2>/dev/null && exit 1; done
         cat /proc/$helper/environ 2>/dev/null && exit 1
         kill $! 2>/dev/null; exec 2>/dev/null; true",
    )
    .ok();
    host.sh("pkill -x journalctl; rm -rf /tmp/evil /tmp/left4me-overlay").ok();
    assert_eq!(host.sh(INVENTORY).ok(), before);
}

/// Words and words like them, in every order; none of them is a name or a verb that does something.
fn fuzz(host: &Machine) {
    let said = host.as_runtime_user(
        r#"RANDOM=4711
        long=$(printf 'a%.0s' $(seq 65)); huge=$(head -c 100000 /dev/zero | tr '\0' a)
        verbs=(mount umount enable disable restart show stop-overlay show-overlay overlay --print)
        words=(--lines --follow --no-follow -- - '' . .. / ../a a/b a.service 'a b' $'a\nb' $'a\n' $'\e[2J' $'\x01' $'\xff' '*'
            '?' '$(id)' '`id`' ';id' '%n' '@' 'a@b' A "$long" "$huge" -h --root=/tmp --image=/x -Htcp:x --user -M --now --force ä)
        helpers=(overlay systemctl journalctl)
        for _ in $(seq 150); do
            helper=${helpers[RANDOM % 3]}
            args=("${verbs[RANDOM % ${#verbs[@]}]}")
            for _ in $(seq $((RANDOM % 5))); do args+=("${words[RANDOM % ${#words[@]}]}"); done
            timeout 5 sudo -n /usr/libexec/left4me/left4me-$helper "${args[@]}" >/tmp/out 2>/tmp/err </dev/null
            code=$?
            [ $code = 2 ] || echo "$code $helper ${args[*]@Q}" | cut -c1-300
            ! grep -q $'\e' /tmp/err || echo "escape: ${args[*]@Q}"
        done
        # A megabyte in all, and one argument that the kernel itself refuses.
        many=(); for _ in $(seq 10); do many+=("$huge"); done
        for helper in overlay systemctl journalctl; do
            sudo -n /usr/libexec/left4me/left4me-$helper "${many[@]}" 2>/dev/null; echo "many $?"
        done
        rm -f /tmp/out /tmp/err"#,
    );
    assert_eq!(said.ok(), "many 2\nmany 2\nmany 2\n");
}

#[test]
#[ignore = "needs a booted host: tests/run.sh"]
fn its_own_files() {
    let host = Machine::ready("attack-files");
    host.sh("printf 'port: 27015\\n' | l4d2ctl initialize a -f - >/dev/null").ok();
    let before = host.sh(INVENTORY).ok();
    let good = host.sh("cat /var/lib/left4me/instances/a/instance.env").ok();
    let enable = "timeout 30 sudo -n /usr/libexec/left4me/left4me-systemctl enable a";
    let stop = "timeout 30 sudo -n /usr/libexec/left4me/left4me-systemctl disable a";

    // Variables that would be root's ruin reach neither the helper nor the server.
    host.as_runtime_user(&format!(
        "set -e
         cd /var/lib/left4me/instances/a
         printf '#!/bin/sh\\ntouch /tmp/ran\\n' >/tmp/srcds_run; chmod 755 /tmp/srcds_run
         printf '%s\\n' LD_PRELOAD=/tmp/x.so PATH=/tmp LEFT4ME_ROOT=/tmp BASH_ENV=/tmp/srcds_run ENV=/tmp/srcds_run >>instance.env
         {enable}"
    ))
    .ok();
    let environ = host
        .sh("tr '\\0' '\\n' </proc/$(systemctl show -P MainPID left4me-server@a.service)/environ; cat /run/left4me/a.env")
        .ok();
    for word in ["LD_PRELOAD", "/tmp", "LEFT4ME_ROOT", "BASH_ENV"] {
        assert!(!environ.contains(word), "{environ}");
    }
    assert!(environ.contains("L4D2_PORT=27015"), "{environ}");
    host.as_runtime_user(stop).ok();

    // A value of a megabyte, control characters, a FIFO, a link, a hard link: a refusal in a sentence, and PID 1 lives.
    for (attack, sentence) in [
        ("head -c 1M /dev/zero | tr '\\0' x >>instance.env", "is larger than 65536 bytes"),
        ("printf 'L4D2_PORT=1\\0\\n' >instance.env", "is not a text file"),
        (
            "sed -i /L4D2_ARGS/d instance.env; printf 'L4D2_ARGS=a\\033b\\n' >>instance.env",
            "has a control character",
        ),
        ("echo L4D2_PORT=1 >>instance.env", "has L4D2_PORT twice"),
        ("rm instance.env; mkfifo instance.env", "is not a regular file"),
        ("rm -f instance.env; ln -s /etc/shadow instance.env", "is not a regular file"),
        ("rm -f instance.env; ln -s /dev/zero instance.env", "is not a regular file"),
        ("cd ..; mv a b; ln -s /root a", "is not a regular file"),
        ("cd ..; mv a b; mkfifo a", "is not a regular file"),
    ] {
        host.write("/var/lib/left4me/instances/a/instance.env", &good);
        host.as_runtime_user(&format!("cd /var/lib/left4me/instances/a && {attack}")).ok();
        let said = host.as_runtime_user(enable);
        assert_ne!(said.code, 0, "{attack}: {said:#?}");
        let journal = host
            .as_runtime_user(
                "sudo -n /usr/libexec/left4me/left4me-journalctl overlay a --lines 5 --no-follow",
            )
            .ok();
        assert!(journal.contains(sentence), "{attack}: expected {sentence:?}: {journal}");
        host.sh("timeout 5 systemctl is-system-running; test ! -e /run/left4me/a.env && ! grep left4me: /proc/1/mountinfo").ok();
        host.as_runtime_user(
            "cd /var/lib/left4me/instances; if [ -d b ]; then rm -f a; mv b a; fi; rm -f a/instance.env",
        )
        .ok();
        host.as_runtime_user(&format!("cat >/var/lib/left4me/instances/a/instance.env <<'E'\n{good}E")).ok();
    }
    let hard_link = "rm /var/lib/left4me/instances/a/instance.env; ln /etc/shadow /var/lib/left4me/instances/a/instance.env";
    assert_ne!(host.as_runtime_user(hard_link).code, 0, "the kernel's protected_hardlinks is off");
    host.as_runtime_user(&format!("cat >/var/lib/left4me/instances/a/instance.env <<'E'\n{good}E")).ok();

    // Inside a running server's mount its own mount namespace changes nothing for the host.
    host.as_runtime_user(enable).ok();
    host.as_runtime_user(
        "unshare --user --map-root-user --mount sh -c 'mount -t tmpfs x /var/lib/left4me/runtime/a && umount -l /var/lib/left4me/runtime/a/merged'; true",
    )
    .ok();
    assert_eq!(host.sh("grep -c left4me:a: /proc/1/mountinfo").ok(), "1\n");
    host.as_runtime_user(stop).ok();
    // The unit is done after the unmount, when the kernel's scratch is gone too.
    host.sh("for _ in $(seq 100); do [ $(systemctl show -P ActiveState left4me-overlay@a) != inactive ] || exit 0; sleep 0.1; done; exit 1")
        .ok();
    host.sh("! grep left4me: /proc/1/mountinfo").ok();
    assert_eq!(host.sh(INVENTORY).ok(), before);
}
