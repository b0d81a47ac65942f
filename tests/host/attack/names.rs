//! Names without end: what the runtime user can leave in PID 1's memory and in /run, which is memory too.

use crate::machine::Machine;

const HELPER: &str = "sudo -n /usr/libexec/left4me/left4me";
/// Every unit of an instance that PID 1 remembers, and every file of ours in /run.
const REMEMBERED: &str = "
    systemctl list-units --all --plain --no-legend 'left4me-*@*' | cut -d' ' -f1
    find /run/left4me -mindepth 1 2>/dev/null; find /etc/systemd/system -name 'left4me-server@*'";

#[test]
#[ignore = "needs a booted host: tests/run.sh"]
fn names_without_end() {
    let host = Machine::ready("attack-names");
    host.sh("printf 'port: 27215\\n' | l4d2ctl initialize one -f - >/dev/null").ok();
    assert_eq!(host.sh(REMEMBERED).ok(), "");

    // Names that never were instances.
    let said = host.as_runtime_user(&format!(
        "names=$(seq -f n%g 300); {HELPER}-systemctl enable $names; {HELPER}-systemctl restart $names
         for name in $(seq -f n%g 20); do {HELPER}-systemctl enable $name; {HELPER}-overlay mount $name; done
         {HELPER}-systemctl enable one n1"
    ));
    assert_eq!(host.sh(REMEMBERED).ok(), "", "{said:#?}");
    assert!(said.failed(71).contains("left4me-systemctl: there is no instance 'n1'\nhint: "));

    // Instances whose trees cannot be mounted.
    host.as_runtime_user(&format!(
        "cd /var/lib/left4me/instances
         for name in $(seq -f m%g 60); do cp -r one $name; echo L4D2_LOWERDIRS=/etc >$name/instance.env; done
         ! {HELPER}-systemctl enable $(seq -f m%g 60) 2>/dev/null"
    ))
    .ok();
    // Which one failed, and why, is in the journal.
    let why = host.as_runtime_user(&format!("{HELPER}-journalctl overlay m60 --lines 5 --no-follow")).ok();
    assert!(why.contains("path is outside the permitted roots: /etc"), "{why}");
    let gone = "for _ in $(seq 100); do [ -z \"$(systemctl list-units --all --plain --no-legend 'left4me-*@*')\" ] && break; sleep 0.1; done";
    assert_eq!(host.sh(&format!("{gone}; {REMEMBERED}")).ok(), "");

    // More trees than any host has servers.
    host.sh("mkdir -p /run/left4me && cd /run/left4me && seq -f x%g.env 1000 | xargs touch").ok();
    let refused = host.as_runtime_user(&format!("{HELPER}-overlay mount one")).failed(1);
    assert!(refused.starts_with("left4me-overlay: 1000 file trees are mounted"), "{refused}");
    host.sh("! grep left4me: /proc/1/mountinfo && rm /run/left4me/x1.env").ok();
    host.as_runtime_user(&format!("{HELPER}-overlay mount one && {HELPER}-overlay umount one")).ok();
    host.sh("rm /run/left4me/x*.env").ok();

    // A server that crashes too often stays to be seen, until somebody stops it; what is gone can be stopped.
    host.as_runtime_user(
        "printf '#!/bin/sh\\nexit 3\\n' >/var/lib/left4me/runtime/one/upper/srcds_run
         chmod 755 /var/lib/left4me/runtime/one/upper/srcds_run; l4d2ctl start one >/dev/null
         for _ in $(seq 90); do
             l4d2ctl status one --json | grep -q '\"active\": \"failed\"' && exec l4d2ctl status one --json; sleep 0.5
         done; l4d2ctl status one --json; exit 1",
    )
    .ok();
    host.as_runtime_user(&format!(
        "{HELPER}-systemctl disable one; rm -r /var/lib/left4me/instances/m*; {HELPER}-systemctl disable m1 n1"
    ))
    .ok();
    assert_eq!(host.sh(&format!("{gone}; {REMEMBERED}")).ok(), "");
}
