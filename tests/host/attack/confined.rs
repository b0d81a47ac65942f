//! A server that somebody took over: what it sees of the host, what it may ask of the kernel, and what it can do to the
//! journal.

use crate::machine::{Machine, TRIXIE};
use std::sync::atomic::{AtomicU32, Ordering};

/// A host of the other supported release, which lacks some of what systemd 257 has.
const BOOKWORM: &str = "bookworm";

fn host(name: &str, suite: &str) -> Machine {
    let host = match suite {
        TRIXIE => Machine::ready(name),
        _ => {
            let host = Machine::bare(name, suite);
            host.install_package();
            host.apply();
            host
        }
    };
    host.sh("printf 'port: 27215\\n' | l4d2ctl initialize taken -f - >/dev/null").ok();
    host
}

/// Runs a script as the server `taken`, and `meanwhile` on the host once it is through; returns what it printed.
fn taken_over(host: &Machine, script: &str, meanwhile: &str) -> String {
    static RUN: AtomicU32 = AtomicU32::new(0);
    let run = RUN.fetch_add(1, Ordering::Relaxed);
    host.as_runtime_user(&format!(
        "set -e
         cat >/var/lib/left4me/runtime/taken/upper/srcds_run <<'SRCDS'
#!/bin/bash
cd \"$(dirname \"$0\")\"
exec 2>&1
echo BEGIN {run}
{script}
echo END {run}
exec sleep 600
SRCDS
         chmod 755 /var/lib/left4me/runtime/taken/upper/srcds_run
         l4d2ctl start taken >/dev/null"
    ))
    .ok();
    let said = host.as_runtime_user(&format!(
        "journal() {{ sudo -n /usr/libexec/left4me/left4me-journalctl taken --lines $1 --no-follow; }}
         for _ in $(seq 300); do journal 5 | grep -qx 'END {run}' && break; sleep 0.1; done
         journal 5 | grep -qx 'END {run}' && journal 2000 | sed -n '/^BEGIN {run}$/,/^END {run}$/p'"
    ));
    let said = said.ok();
    host.sh(meanwhile).ok();
    host.as_runtime_user("l4d2ctl stop taken >/dev/null; rm /var/lib/left4me/runtime/taken/upper/srcds_run")
        .ok();
    said
}

#[test]
#[ignore = "needs a booted host: tests/run.sh"]
fn a_server_on_debian_13() {
    let host = host("confined", TRIXIE);
    what_it_sees_of_the_host(&host);
    what_it_asks_of_the_kernel(&host);
    a_name_server_behind_a_link_into_run(&host);
    the_journal(&host);
}

#[test]
#[ignore = "needs a booted host: tests/run.sh"]
fn a_server_on_debian_12() {
    let host = host("confined-12", BOOKWORM);
    what_it_sees_of_the_host(&host);
    what_it_asks_of_the_kernel(&host);
    a_name_server_behind_a_link_into_run(&host);
    the_journal(&host);
}

/// Neither others' arguments over D-Bus, nor a socket, nor shared memory, nor a place in /run to write to.
fn what_it_sees_of_the_host(host: &Machine) {
    host.sh("printf 'port: 27225\\narguments: [\"+rcon_password hunter2\"]\\n' | l4d2ctl initialize other -f - >/dev/null
             l4d2ctl start other --wait >/dev/null
             echo theirs >/dev/shm/of-the-host; chmod 666 /dev/shm/of-the-host")
        .ok();
    let manager = "org.freedesktop.systemd1 /org/freedesktop/systemd1 org.freedesktop.systemd1.Manager";
    // What the host itself can ask, or the attack would prove nothing.
    let asked = format!("busctl --no-pager call {manager} GetUnitProcesses s left4me-server@other.service");
    assert!(host.as_runtime_user(&asked).ok().contains("hunter2"));
    let said = taken_over(
        host,
        &format!(
            "{asked}
             systemctl --no-pager --full status left4me-server@other.service
             cat /proc/[0-9]*/cmdline | tr '\\0' ' '; echo
             find /run -type s -printf 'socket %p\\n'
             find /run -writable -printf 'may write %p\\n'
             touch /run/x /run/lock/x && echo 'wrote to /run'
             find /dev/shm -mindepth 1 -printf 'shared %p\\n'; echo mine >/dev/shm/of-the-host
             head -c 300M /dev/zero >/dev/shm/left; stat -c 'size %s' /dev/shm/left
             find /dev/pts -mindepth 1 -printf 'terminal %p\\n'"
        ),
        "test -z \"$(find /run/left4me -mindepth 1 ! -name '*.env')\"",
    );
    for seen in ["hunter2", "socket ", "may write ", "wrote to /run", "shared ", "terminal "] {
        assert!(!said.contains(seen), "{seen}: {said}");
    }
    let size: u64 = said.lines().find_map(|line| line.strip_prefix("size ")?.parse().ok()).unwrap();
    assert!((1..=64 << 20).contains(&size), "{said}");
    assert_eq!(
        host.sh("ls -A /dev/shm; cat /dev/shm/of-the-host; rm /dev/shm/of-the-host").ok(),
        "of-the-host\ntheirs\n"
    );
    host.sh("l4d2ctl stop other >/dev/null").ok();
}

/// What no program in the sandbox may ask of the kernel, by either ABI.
const REFUSED: [&str; 30] = [
    "io_uring_setup",
    "io_uring_enter",
    "io_uring_register",
    "io_setup",
    "userfaultfd",
    "keyctl",
    "add_key",
    "request_key",
    "process_vm_readv",
    "process_vm_writev",
    "kcmp",
    "pidfd_getfd",
    "ptrace",
    "bpf",
    "perf_event_open",
    "unshare user",
    "unshare mount",
    "mount",
    "chroot",
    "setuid",
    "personality",
    "modify_ldt",
    "syslog",
    "iopl",
    "stime",
    "swapoff",
    "init_module",
    "real-time",
    "setuid file",
    "family packet by the library",
];

/// The engine's own needs, and what a filter cannot refuse to a 32-bit program: its sockets' families are behind a
/// pointer. docs/threat-model.md says so; should one of these be refused one day, it is to be mended.
const ALLOWED: [&str; 5] = [
    "family unix by the library",
    "family inet by the library",
    "family inet6 by the library",
    "code written at run time",
    "family netlink by socketcall",
];

fn what_it_asks_of_the_kernel(host: &Machine) {
    let said = taken_over(
        host,
        "./srcds_linux --probe localhost
         perl -e '$|=1; sub say_so { print \"probe: $_[0] by a 64-bit program \", $_[1] ? \"ok\" : \"failed: $!\", \"\\n\" }
             say_so(\"inet\", socket(my $s, 2, 2, 0)); say_so(\"netlink\", socket(my $s, 16, 3, 0));
             say_so(\"vsock\", socket(my $s, 40, 1, 0)); say_so(\"io_uring_setup\", syscall(425, 1, -1) >= 0)'",
        "true",
    );
    let answers = |what: &str| {
        let start = format!("probe: {what} ");
        said.lines().find_map(|line| line.strip_prefix(&start)).unwrap_or_else(|| panic!("{what}: {said}"))
    };
    let refusals = [
        "failed: Operation not permitted",
        "failed: Function not implemented",
        "failed: Address family not supported by protocol",
    ];
    let in_64_bit =
        ["netlink by a 64-bit program", "vsock by a 64-bit program", "io_uring_setup by a 64-bit program"];
    for what in REFUSED.into_iter().chain(in_64_bit) {
        assert!(refusals.contains(&answers(what)), "{what} {}\n{said}", answers(what));
    }
    for what in ALLOWED.into_iter().chain(["resolving", "inet by a 64-bit program"]) {
        assert_eq!(answers(what), "ok", "{what}\n{said}");
    }
}

/// Answers every question for an address with 192.0.2.7.
const NAME_SERVER: &str = r#"perl -MSocket -e '
    socket(S, PF_INET, SOCK_DGRAM, 0); bind(S, sockaddr_in(53, inet_aton("127.0.0.77"))) or die;
    while (my $peer = recv(S, my $query, 512, 0)) {
        my $end = index($query, "\0", 12) + 5;
        my $is_a = unpack("n", substr($query, $end - 4, 2)) == 1;
        send(S, substr($query, 0, 2) . pack("n5", 0x8180, 1, $is_a, 0, 0) . substr($query, 12, $end - 12) .
            ($is_a ? pack("n3NnC4", 0xc00c, 1, 1, 60, 4, 192, 0, 2, 7) : ""), 0, $peer);
    }' </dev/null >/dev/null 2>&1 & echo $! >/root/name-server"#;

/// As systemd-resolved has it: the link's target is not in the sandbox, its content is.
fn a_name_server_behind_a_link_into_run(host: &Machine) {
    host.sh(&format!(
        "{NAME_SERVER}
         mkdir -p /run/systemd/resolve; echo nameserver 127.0.0.77 >/run/systemd/resolve/stub-resolv.conf
         cp /etc/resolv.conf /root/resolv.conf; ln -sf ../run/systemd/resolve/stub-resolv.conf /etc/resolv.conf
         for _ in $(seq 100); do getent hosts left4me.test && break; sleep 0.05; done"
    ))
    .ok();
    let said = taken_over(host, "./srcds_linux --probe left4me.test; getent hosts left4me.test", "true");
    assert!(said.contains("probe: resolving ok") && said.contains("192.0.2.7 "), "{said}");
    host.sh("kill $(cat /root/name-server); rm /etc/resolv.conf; cp /root/resolv.conf /etc/resolv.conf").ok();
}

/// Other programs' names cannot be forged, root's entries are not pushed out, and the last words are kept.
fn the_journal(host: &Machine) {
    host.sh("for at in journald.conf.d journald@left4me.conf.d; do
                 mkdir -p /etc/systemd/$at; printf '[Journal]\\nSystemMaxUse=16M\\nRuntimeMaxUse=16M\\n' >/etc/systemd/$at/small.conf
             done
             systemctl restart systemd-journald.service; systemctl try-restart systemd-journald@left4me.service
             logger -t root-was-here kept; journalctl --sync; journalctl -t root-was-here -o cat | grep -qx kept")
        .ok();
    let forged = taken_over(
        host,
        "logger -t sudo 'FORGED  root : COMMAND=/bin/sh'
         perl -MSocket -e 'for (qw(/run/systemd/journal/socket /run/systemd/journal/dev-log /dev/log)) {
             socket(my $s, PF_UNIX, SOCK_DGRAM, 0);
             print \"sent by $_\\n\" if send($s, \"SYSLOG_IDENTIFIER=sshd\\nMESSAGE=FORGED\\n\", 0, sockaddr_un($_)) }'
         echo '<0>FORGED emergency'",
        "true",
    );
    assert!(forged.contains("\n<0>FORGED emergency\n") && !forged.contains("sent by"), "{forged}");
    // What cannot be compressed, four times as much as either journal may hold.
    let flood = "head -c 60M /dev/urandom | base64 -w 30000; echo 'the line that explains the crash'";
    taken_over(host, flood, "journalctl --sync; journalctl --namespace=left4me --sync");
    let host_journals = "journalctl --no-pager --namespace='*'";
    assert_eq!(host.sh(&format!("{host_journals} -o cat -t sudo -t sshd | grep FORGED; true")).ok(), "");
    // A priority of its own choice would bring it to every terminal.
    let urgent = host.sh(&format!("{host_journals} -p emerg -o cat | grep FORGED; true")).ok();
    assert_eq!(urgent, "");
    assert_eq!(host.sh("journalctl --no-pager -t root-was-here -o cat").ok(), "kept\n");
    let log = host.as_runtime_user("l4d2ctl logs taken --lines 20 --no-follow").ok();
    assert!(log.contains("\nthe line that explains the crash\n"), "{log:.2000}");
    assert!(
        log.contains("Stopped left4me-server@taken.service"),
        "systemd's own words belong to it: {log:.2000}"
    );
    let size = host.sh("du -sm /var/log/journal/*.left4me | cut -f1").ok();
    assert!(size.trim().parse::<u32>().unwrap() <= 24, "{size}");
}
