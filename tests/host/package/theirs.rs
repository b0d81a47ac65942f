//! The package on a host that is the predecessor's: what it did not make stays, also when it goes.

use super::apt;
use super::life::INVENTORY;
use crate::bundle;
use crate::machine::{Machine, TRIXIE};

/// A host as the bundle makes it, with one server running from its unit.
fn predecessor(name: &str) -> Machine {
    let host = Machine::bare(name, TRIXIE);
    apt(&host, "satisfy -y \"$(dpkg-deb -f /root/left4me-setup.deb Depends)\"");
    host.sh("groupadd -g 980 left4me && useradd -u 980 -g 980 -d /var/lib/left4me -M -s /usr/sbin/nologin left4me").ok();
    bundle::apply(&host.path("/"), &[], Some(980));
    host.write("/root/srcds_run", "#!/bin/sh\nexec sleep 1000000\n");
    host.write(
        "/root/instance.env",
        "L4D2_PORT=27015\nL4D2_ARGS=+map x\nL4D2_LOWERDIRS=/var/lib/left4me/installation\n",
    );
    host.sh("cd /var/lib/left4me; own='-o left4me -g left4me'
         install $own -m 755 /root/srcds_run installation/; install $own -d .steam installation/left4dead2
         install $own -d instances/7 runtime/7 runtime/7/upper runtime/7/work runtime/7/merged
         install $own /root/instance.env instances/7/; echo hostname x | install $own /dev/stdin instances/7/server.cfg
         rm /etc/systemd/system/left4me-server@.service.d/10-hardening.conf
         systemctl daemon-reload && systemctl enable --now left4me-server@7 && mountpoint -q runtime/7/merged")
        .ok();
    host
}

const SERVER: &str = "systemctl show -P MainPID left4me-server@7; systemctl is-active left4me-server@7";
/// Links to nowhere, of those that anybody made for us.
const DANGLING: &str = "find /etc/systemd /etc/sudoers.d /etc/left4me /usr/local -xtype l";

#[test]
#[ignore = "needs a booted host: tests/run.sh"]
fn installed_and_purged_without_an_apply_it_changes_nothing() {
    let host = predecessor("theirs");
    let before = host.sh(SERVER).ok();
    host.sh(&format!("{INVENTORY} >/root/before")).ok();
    let dangling = host.sh(DANGLING).ok();
    for way in ["remove -y", "purge -y"] {
        apt(&host, "install -y --no-install-recommends /root/left4me-setup.deb");
        apt(&host, &format!("{way} left4me-setup"));
        assert_eq!(host.sh(SERVER).ok(), before, "{way} stopped a server that was never ours");
    }
    host.sh(&format!("{INVENTORY} >/root/after")).ok();
    let changed = host.sh("diff /root/before /root/after | grep -vE '^[0-9]|^---$|/etc/(g?shadow|g?passwd|group)-? |/etc/ |/etc/needrestart|/etc/\\.pwd'").out;
    // Two directories of the state, which postinst's apply makes for servers of ours to come.
    insta::assert_snapshot!("theirs_after_purge", changed.lines().map(plain).collect::<String>());
    assert_eq!(host.sh(DANGLING).ok(), dangling);
}

/// Without what differs from run to run.
fn plain(line: &str) -> String {
    let fields: Vec<&str> = line.split_whitespace().take(4).collect();
    fields.join(" ") + "\n"
}

#[test]
#[ignore = "needs a booted host: tests/run.sh"]
fn taken_over_and_removed_it_leaves_no_link_to_itself() {
    let host = predecessor("taken");
    apt(&host, "install -y --no-install-recommends /root/left4me-setup.deb");
    host.sh("l4d2ctl stop 7").ok();
    host.run(&["left4me-setup", "apply", "--yes", "--offline", "--skip-game"]).ok();
    host.sh("l4d2ctl start 7").ok();
    assert_eq!(
        host.sh("systemctl show -P FragmentPath left4me-server@7").ok(),
        "/usr/lib/systemd/system/left4me-server@.service\n"
    );
    apt(&host, "remove -y left4me-setup");
    host.sh("! systemctl is-active -q left4me-server@7 && ! grep -q left4me: /proc/self/mountinfo").ok();
    assert_eq!(host.sh("find /usr/local -lname '/usr/libexec/left4me/*'").ok(), "");
    apt(&host, "purge -y left4me-setup");
    assert_eq!(host.sh(DANGLING).ok(), "");
    // Its own settings, rules and helper are as they were; ours are gone.
    host.sh("grep -q LEFT4ME_ROOT /etc/left4me/host.env && test -L /etc/sudoers.d/left4me && visudo -cq
             test -L /usr/local/libexec/left4me/left4me-script-sandbox
             test ! -e /etc/sudoers.d/left4me-setup -a ! -e /usr/local/bin/steamcmd -a ! -e /var/lib/left4me-setup")
        .ok();
}
