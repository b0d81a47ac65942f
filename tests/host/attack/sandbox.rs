//! What the runtime user puts into its layers and into the place of its directories, and what others get of it.

use super::INVENTORY;
use crate::machine::Machine;

const ENABLE: &str = "timeout 30 sudo -n /usr/libexec/left4me/left4me-systemctl enable a";
const STOP: &str = "l4d2ctl stop a >/dev/null";

#[test]
#[ignore = "needs a booted host: tests/run.sh"]
fn what_lies_in_the_layers() {
    let host = Machine::ready("attack-layers");
    host.sh("printf 'port: 27215\\n' | l4d2ctl initialize a -f - >/dev/null").ok();
    host.sh("useradd --create-home olga; chmod 700 /home/olga; mkdir /home/olga/papers; echo SECRET >/home/olga/papers/diary").ok();
    let before = host.sh(INVENTORY).ok();
    a_planted_link_shows_the_server_nothing(&host);
    odd_files(&host);
    another_file_system(&host);
    assert_eq!(host.sh(INVENTORY).ok(), before);
}

/// PID 1 makes the binds of the sandbox as root and through links: one behind a closed door must not be shown.
fn a_planted_link_shows_the_server_nothing(host: &Machine) {
    assert_ne!(host.as_runtime_user("cat /home/olga/papers/diary").code, 0);
    for planted in ["overlays", "updates", "workshop_cache", "steam", ".steam"] {
        // The list of updates is looked up at the mount, which refuses a link.
        let refusal = match planted {
            "updates" => "Dependency failed for left4me-server@a.service".to_owned(),
            _ => format!("left4me: /var/lib/left4me/{planted} belongs to someone else"),
        };
        let journal = host.as_runtime_user(&format!(
            "cd /var/lib/left4me
             printf '#!/bin/sh\\nfind /var/lib/left4me -name diary -exec cat {{}} +; exec sleep 600\\n' >runtime/a/upper/srcds_run
             chmod 755 runtime/a/upper/srcds_run
             [ ! -e {planted} ] || mv {planted} aside; ln -s /home/olga/papers {planted}
             {ENABLE} 2>/dev/null
             for _ in $(seq 100); do
                 sudo -n /usr/libexec/left4me/left4me-journalctl a --lines 40 --no-follow >/tmp/journal
                 grep -qF -e SECRET -e '{refusal}' /tmp/journal && break; sleep 0.1
             done
             cat /tmp/journal; {STOP}
             rm {planted} runtime/a/upper/srcds_run /tmp/journal; [ ! -e aside ] || mv aside {planted}"
        ));
        let journal = journal.ok();
        assert!(!journal.contains("SECRET"), "{planted}: {journal}");
        assert!(journal.contains(&refusal), "{planted}: {journal}");
    }
    // And what is its own still starts.
    host.sh("l4d2ctl start a --wait && l4d2ctl stop a").ok();
}

/// Setuid programs are programs, devices are nothing, FIFOs and links keep nobody waiting.
fn odd_files(host: &Machine) {
    host.as_runtime_user(
        "set -e; cd /var/lib/left4me; mkdir -p overlays/odd/left4dead2/cfg
         cp /usr/bin/id overlays/odd/id; chmod 6755 overlays/odd/id
         mkfifo overlays/odd/fifo overlays/odd/left4dead2/cfg/server.cfg; ln -s /etc/shadow overlays/odd/link
         printf 'port: 27215\\noverlays: [{path: odd, alias: odd}]\\n' | l4d2ctl initialize a -f - >/dev/null",
    )
    .ok();
    host.sh("mknod -m 666 /var/lib/left4me/overlays/odd/kmsg c 1 11; chown left4me: /var/lib/left4me/overlays/odd/kmsg").ok();
    let refused = host.as_runtime_user("timeout 20 l4d2ctl start a").failed(1);
    assert!(refused.contains("/overlays/odd/left4dead2/cfg/server.cfg is not a regular file"), "{refused}");
    host.as_runtime_user(
        "rm /var/lib/left4me/overlays/odd/left4dead2/cfg/server.cfg; l4d2ctl start a --wait",
    )
    .ok();
    // As anybody else: neither the owner's id from the setuid bit nor a device.
    host.sh("cd /var/lib/left4me/runtime/a/merged && chmod 755 /var/lib/left4me/runtime/a . && runuser -u nobody -- ./id -un | grep -x nobody && ! runuser -u olga -- sh -c 'exec <kmsg'")
        .ok();
    let kmsg = host.sh("cat /var/lib/left4me/runtime/a/merged/kmsg");
    assert!(kmsg.err.contains("Permission denied"), "even for root, the mount has no devices: {kmsg:#?}");
    host.as_runtime_user(
        "timeout 10 l4d2ctl du a && timeout 10 l4d2ctl status a && timeout 10 l4d2ctl overlay explain a fifo",
    )
    .ok();
    host.as_runtime_user(STOP).ok();
    host.sh("rm -r /var/lib/left4me/overlays/odd; printf 'port: 27215\\n' | l4d2ctl initialize a -f - >/dev/null; l4d2ctl reset a").ok();
}

/// A mount inside the instance, of an administrator's or a FUSE server's, is refused by name.
fn another_file_system(host: &Machine) {
    for directory in ["upper", "work", "merged"] {
        let below = format!("/var/lib/left4me/runtime/a/{directory}");
        host.sh(&format!("mount -t tmpfs -o uid=left4me,gid=left4me mine {below}")).ok();
        let err = host.as_runtime_user("sudo -n /usr/libexec/left4me/left4me-overlay mount a").failed(1);
        let sentence = if directory == "merged" {
            "mount point of something else (tmpfs from mine)"
        } else {
            "lies on another mount"
        };
        assert!(err.contains(sentence), "{directory}: {err}");
        host.sh(&format!("umount {below} && ! grep left4me: /proc/1/mountinfo")).ok();
    }
}
