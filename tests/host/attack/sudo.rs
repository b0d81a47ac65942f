//! Every way to call a helper that a shell, a terminal or the kernel offers, as the runtime user through sudo.

use super::INVENTORY;
use crate::machine::{Machine, Said};

/// Shell functions: `mounted` counts the mounts of `a` in the host, `H` begins every helper's path.
const WORDS: &str = r#"
H=/usr/libexec/left4me/left4me
mounted() { grep -c ' - overlay left4me:a:' /proc/1/mountinfo; }
await() { for _ in $(seq 200); do "$@" && return; sleep 0.05; done; echo "gave up: $*"; exit 1; }
"#;

fn user(host: &Machine, script: &str) -> Said {
    host.as_runtime_user(&format!("{WORDS}{script}"))
}

fn root(host: &Machine, script: &str) -> Said {
    host.sh(&format!("{WORDS}{script}"))
}

#[test]
#[ignore = "needs a booted host: tests/run.sh"]
fn every_way_to_call_a_helper() {
    let host = Machine::ready("attack-sudo");
    host.sh("printf 'port: 27215\\n' | l4d2ctl initialize a -f - >/dev/null").ok();
    let before = host.sh(INVENTORY).ok();
    environment(&host);
    a_callers_shell(&host);
    namespaces(&host);
    stopped(&host);
    fuzzed_specs(&host);
    swapped_directories(&host);
    host.sh("rm -rf /tmp/evil").ok();
    assert_eq!(host.sh(INVENTORY).ok(), before);
    sudo_rs(&host);
}

/// Variables are refused where they are given to sudo, and not heard where they are inherited.
fn environment(host: &Machine) {
    let inherited = r#"
        mkdir -p /tmp/evil; cd /tmp/evil
        printf '#!/bin/sh\nid >>/tmp/evil/ran\n' >program; chmod 755 program
        for v in LD_PRELOAD LD_AUDIT LD_LIBRARY_PATH LD_DEBUG_OUTPUT GCONV_PATH MALLOC_TRACE LOCALDOMAIN HOSTALIASES \
            NLSPATH TZ TZDIR TMPDIR PYTHONPATH PERL5LIB RUST_LOG SYSTEMD_UNIT_PATH SYSTEMD_LOG_LOCATION XDG_RUNTIME_DIR \
            SUDO_ASKPASS SUDO_EDITOR SUDO_PROMPT SUDO_COMMAND SUDO_USER EDITOR VISUAL LESSOPEN LOGNAME USER HOME SHELL \
            TERM TERMINFO LC_ALL LANG LANGUAGE PS4 PROMPT_COMMAND CDPATH; do export $v=/tmp/evil/program; done
        export SUDO_UID=0 SUDO_GID=0 LD_DEBUG=all LD_BIND_NOW=1 GLIBC_TUNABLES=glibc.malloc.check=3 RUST_BACKTRACE=full \
            DBUS_SYSTEM_BUS_ADDRESS=unix:path=/tmp/evil/bus SYSTEMD_BYPASS_HIDEPID=1 BIG=$(head -c 100000 /dev/zero | tr '\0' x)
        unset LD_DEBUG LD_PRELOAD; x() { :; }; export -f x
    "#;
    for way in [
        "-E",
        "--preserve-env",
        "--preserve-env=PYTHONPATH",
        "LD_PRELOAD=/tmp/x.so",
        "PYTHONPATH=/tmp",
        "SUDO_UID=0",
        "LD_AUDIT=/tmp/x.so -E",
        "-h elsewhere",
        "-u '#-1'",
        "-u '#4294967295'",
        "-g root",
        "-i",
        "-s",
    ] {
        let said = user(host, &format!("PYTHONPATH=/tmp sudo -n {way} $H-overlay mount a"));
        assert_ne!(said.code, 0, "{way}: {said:#?}");
    }
    for way in ["", "-H", "-P", "-A", "-B", "-k", "-p '%p%u'", "--"] {
        // LD_PRELOAD in front of sudo itself: the loader drops it, as sudo is setuid.
        let said = user(
            host,
            &format!(
                "{inherited} LD_PRELOAD=/tmp/evil/program LD_DEBUG=all /usr/bin/sudo -n {way} $H-overlay mount a 2>err
                 code=$?; /usr/bin/sudo -n {way} $H-overlay umount a 2>>err
                 echo $code $?; /usr/bin/grep -v 'cannot be preloaded' err; ls /tmp/evil; rm err"
            ),
        );
        assert_eq!(said.out, "0 0\nerr\nprogram\n", "{way}: {said:#?}");
    }
    // What a tool that a helper becomes has of all that: two variables.
    user(
        host,
        &format!(
            "{inherited} /usr/bin/sudo -n $H-journalctl a --lines 1 --follow >/dev/null 2>&1 </dev/null &"
        ),
    )
    .ok();
    let environ = root(
        host,
        "await pgrep -x journalctl >/dev/null; tr '\\0' '\\n' </proc/$(pgrep -x journalctl)/environ | sort
         pkill -x journalctl",
    );
    assert_eq!(environ.ok(), "LC_ALL=C.UTF-8\nPATH=/usr/sbin:/usr/bin:/sbin:/bin\n");
}

/// Descriptors, limits, masks, priorities and directories: it is done, or it is a sentence and nothing half done.
fn a_callers_shell(host: &Machine) {
    let said = user(
        host,
        r#"
        try() {
            for verb in mount umount; do
                err=$(bash -c "$1; exec sudo -n $H-overlay $verb a" 2>&1 </dev/null); code=$?
                [ $verb = mount ] && want=1 || want=0
                # A sentence of the helper's, or sudo did not even get there; then whatever was, still is.
                [ $code = 0 ] && [ "$(mounted)" != $want ] && echo "$1: $verb: $(mounted) mounts"
                case $err in *panicked*|*'core dumped'*) echo "$1: $verb: $err" ;; esac
            done
            sudo -n $H-overlay umount a || echo "after $1: cannot be unmounted any more"
            [ "$(mounted)" = 0 ] || echo "after $1: still mounted"
        }
        mkdir -p /tmp/evil/gone
        try 'exec <&- >&- 2>&-'
        try 'exec </dev/full >/dev/full 2>/dev/full'
        try 'exec 3</ 4</etc 5</proc 6</var/lib/left4me'
        for limit in c f n s u v t i l d m x; do try "ulimit -S$limit 0"; try "ulimit -H$limit 1"; done
        try 'ulimit -c unlimited'
        try 'ulimit -n 4'; try 'ulimit -n 9'; try 'ulimit -n 12'
        try "trap '' HUP INT QUIT TERM CHLD PIPE XFSZ USR1 USR2 ALRM TSTP TTIN TTOU"
        try 'exec setpriv --no-new-privs bash -c "sudo -n /usr/libexec/left4me/left4me-overlay mount a"'
        try 'umask 0777'
        try 'cd /tmp/evil/gone; rmdir /tmp/evil/gone'
        try 'renice -n 19 $$ >/dev/null; chrt --idle -p 0 $$'
        ls -A /tmp/evil"#,
    );
    assert_eq!(said.ok(), "program\n");
    root(host, "test -z \"$(ls -A /run/left4me)\" && ! find / -xdev -name 'core*' -newer /tmp/evil/program -type f | grep .").ok();
}

/// Its own namespaces give it a root that is nobody; a private one of the host's changes nothing for the helper.
fn namespaces(host: &Machine) {
    for unshare in [
        "--user --map-root-user",
        "--user --map-root-user --mount --pid --fork --mount-proc",
        "--user --map-current-user --mount",
    ] {
        let said =
            user(host, &format!("unshare {unshare} sudo -n $H-overlay mount a; echo code=$?; mounted"));
        assert!(said.out.ends_with("0\n") && !said.out.contains("code=0"), "{unshare}: {said:#?}");
    }
    for caller in [
        "unshare --mount --propagation private bash -c 'mount -t tmpfs x /var/lib; exec /usr/libexec/left4me/left4me-overlay VERB a'",
        // What a web app's unit has around it.
        "systemd-run --quiet --pipe --wait --uid=left4me -p PrivateTmp=yes -p ProtectSystem=strict -p ProtectHome=yes \
         -p ReadWritePaths=/var/lib/left4me -p ProtectKernelTunables=yes sudo -n /usr/libexec/left4me/left4me-overlay VERB a",
    ] {
        for (verb, mounts) in [("mount", "1\n"), ("umount", "0\n")] {
            root(host, &caller.replace("VERB", verb)).ok();
            assert_eq!(root(host, "mounted; true").ok(), mounts, "{caller}: {verb}");
        }
    }
}

/// A helper that holds the lock, or waits for it, cannot be stopped by who started it.
fn stopped(host: &Machine) {
    // Ctrl-Z on a terminal, then a hang-up, while it waits for the lock that root holds.
    root(
        host,
        r#"flock /run/left4me-overlay.lock sleep 600 & lock=$!
        await sh -c 'pgrep -P "$1" sleep >/dev/null' sh $lock
        mkfifo /tmp/keys
        env --default-signal=INT,TSTP setpriv --reuid=left4me --regid=left4me --clear-groups script -qec \
            "sudo -n $H-overlay mount a" /dev/null </tmp/keys >/dev/null 2>&1 & terminal=$!
        exec 7>/tmp/keys
        await pgrep -x left4me-overlay >/dev/null; helper=$(pgrep -x left4me-overlay)
        waits() { grep -q '^73 ' /proc/$helper/syscall; }
        await waits
        printf '\x1a\x1a' >&7
        for signal in STOP TSTP KILL; do
            setpriv --reuid=left4me --clear-groups kill -$signal $helper && exit 1
        done
        # sudo keeps its caller's real uid and may be stopped; what it runs is not.
        setpriv --reuid=left4me --clear-groups kill -STOP $(pgrep -x sudo)
        sleep 0.3
        ! grep -q '^State:.*[Tt] ' /proc/$helper/status || exit 2
        kill $(pgrep -P $lock sleep)
        # Its sudo is stopped and does not reap it; that is all.
        done_waiting() { ! grep -q '^State:.*[^Z] (' /proc/$helper/status 2>/dev/null; }
        await done_waiting; [ "$(mounted)" = 1 ] || exit 3
        exec 7>&-; kill -KILL $terminal $(pgrep -x sudo) 2>/dev/null; rm /tmp/keys
        flock --wait 5 /run/left4me-overlay.lock true && $H-overlay umount a"#,
    )
    .ok();
    // sudo itself, stopped as it is born, while its real uid is still its caller's: nothing is held yet.
    user(
        host,
        r#"set +m
        for round in $(seq 60); do
            sudo -n $H-overlay mount a >/dev/null 2>&1 & pid=$!
            for _ in $(seq $((round % 12))); do :; done
            kill -STOP $pid 2>/dev/null && stopped="$stopped $pid"
        done
        timeout 20 sudo -n $H-overlay umount a || exit 1
        kill -KILL $stopped 2>/dev/null; wait 2>/dev/null
        timeout 20 sudo -n $H-overlay umount a"#,
    )
    .ok();
    assert_eq!(root(host, "mounted; true").ok(), "0\n");
}

/// Ring 2's race, shorter, with the real uid through the real sudo: each try mounts the right tree or nothing.
fn swapped_directories(host: &Machine) {
    let said = user(
        host,
        r#"
        cd /var/lib/left4me; set +m
        for below in installation runtime/a/upper runtime/a instances/a; do
            ln -s /etc $below.swap
            # renameat2 with RENAME_EXCHANGE, as fast as it goes.
            perl -e 'syscall(316, -100, $ARGV[0], -100, $ARGV[1], 2) while 1' $PWD/$below $PWD/$below.swap & attacker=$!
            mounts=0 refusals=0
            for try in $(seq 300); do
                [ $try -gt 20 ] && [ $mounts -ge 5 ] && [ $refusals -ge 5 ] && break
                if sudo -n $H-overlay mount a 2>/dev/null; then mounts=$((mounts + 1)); else refusals=$((refusals + 1)); fi
                grep ' - overlay left4me:' /proc/1/mountinfo | grep -v ' /var/lib/left4me/runtime/a\(.swap\)\?/merged '
                for _ in $(seq 50); do [ "$(mounted)" = 0 ] && break; sudo -n $H-overlay umount a 2>/dev/null; done
                [ "$(mounted)" = 0 ] || echo "$below: still mounted"
            done
            kill $attacker; wait $attacker 2>/dev/null
            if [ -L $below ]; then rm $below; mv -T $below.swap $below; else rm $below.swap; fi
            sudo -n $H-overlay umount a
            [ $mounts -ge 5 ] && [ $refusals -ge 5 ] || echo "$below: $mounts mounted, $refusals refused"
        done"#,
    );
    assert_eq!(said.ok(), "");
}

/// Whatever a specification is, it is judged; what is accepted makes three lines and nothing beside its instance.
fn fuzzed_specs(host: &Machine) {
    let said = user(
        host,
        r#"RANDOM=815
        parts=('port: 27216' 'port:' '[' ']' '{' '}' '- ' ': ' "\n" "\n  " '"' "'" '&a ' '*a' '!!binary ' '|' '>' '~' '../../etc' \
            '/etc/shadow' 'overlays: [' 'arguments: [' 'config: [' '"a\nLD_PRELOAD=/x"' '$(id)' '`id`' '%YAML 9' '---' '...' '#' \
            '\x00' '\xff\xfe' '\xef\xbb\xbf' '\t' 'alias: ../x' 'path: ..' '1e999' '0x1F' '<<: *a' '? ' ', ' '27216')
        for _ in $(seq 120); do
            spec='port: 27216\n'; [ $((RANDOM % 3)) = 0 ] && spec=
            for _ in $(seq $((RANDOM % 9))); do spec+="${parts[RANDOM % ${#parts[@]}]}"; done
            printf "${spec//%/%%}" | timeout 10 l4d2ctl initialize fuzz -f - >/dev/null 2>/tmp/err; code=$?
            case $code in
                0) [ "$(tr -d '\n' </var/lib/left4me/instances/fuzz/instance.env | wc -c)" = \
                     $(($(wc -c </var/lib/left4me/instances/fuzz/instance.env) - 3)) ] || echo "forged: $spec" ;;
                1) grep -q '^error: ' /tmp/err || echo "no sentence: $spec" ;;
                *) echo "$code: $spec" ;;
            esac
        done
        rm /tmp/err; l4d2ctl delete fuzz >/dev/null 2>&1"#,
    );
    assert_eq!(said.ok(), "");
}

/// The same rules for the other sudo: its own check, its own refusals, and a whole session through it.
fn sudo_rs(host: &Machine) {
    host.sh("DEBIAN_FRONTEND=noninteractive apt-get install -y -qq sudo-rs >/dev/null").ok();
    host.sh("visudo-rs -c && visudo-rs -c -f /etc/sudoers.d/left4me-setup && visudo -c").ok();
    for refused in [
        "/bin/sh -c id",
        "-u nobody $H-overlay umount a",
        "LD_PRELOAD=/tmp/x.so $H-overlay umount a",
        "-s",
        "-i",
    ] {
        let said = user(host, &format!("sudo-rs -n {refused}"));
        assert_ne!(said.code, 0, "{refused}: {said:#?}");
    }
    host.sh("mount --bind \"$(readlink -f /usr/bin/sudo-rs)\" /usr/bin/sudo").ok();
    let session = user(
        host,
        "set -e; sudo -V 2>&1 | grep -q sudo-rs
         l4d2ctl start a --wait >/dev/null
         sudo -n /usr/local/libexec/left4me/left4me-systemctl show a | grep -x ActiveState=active
         sudo -n /usr/local/libexec/left4me/left4me-journalctl a --lines 1 --no-follow
         l4d2ctl logs a --lines 1 --no-follow
         l4d2ctl restart a >/dev/null; l4d2ctl stop a >/dev/null; l4d2ctl delete a",
    );
    let out = session.ok();
    assert!(out.starts_with("ActiveState=active\n") && out.ends_with("delete complete.\n"), "{out}");
    host.sh("umount /usr/bin/sudo").ok();
}
