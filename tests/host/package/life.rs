//! Upgrade, downgrade, reinstall, crash, removal and purge, with three servers running.

use super::{BOOKWORM, apt, make_next, pid, start_servers};
use crate::machine::{Machine, TRIXIE};

const SERVERS: [&str; 3] = ["a", "b", "c"];
/// What an administrator changed; the last one is a conffile.
const ADMIN: &str = "/etc/sysctl.d/60-left4me.conf /etc/sudoers.d/left4me-setup /etc/left4me/host.env \
     /etc/systemd/system/left4me-server@.service.d/mine.conf /etc/needrestart/conf.d/left4me-setup.conf";

#[test]
#[ignore = "needs a booted host: tests/run.sh"]
fn a_life_on_trixie() {
    let host = Machine::ready("life");
    life(&host);
}

#[test]
#[ignore = "needs a booted host: tests/run.sh"]
fn a_life_on_bookworm() {
    let host = Machine::bare("life12", BOOKWORM);
    host.install_package();
    host.apply();
    // Its systemd has other words for where our units lie, and an uninstall finds them all the same.
    host.sh(
        "printf 'port: 27019\\n' | l4d2ctl initialize x -f - && l4d2ctl start x --wait && pgrep -u left4me &&
             left4me-setup uninstall --yes && ! pgrep -u left4me && ! grep left4me: /proc/self/mountinfo",
    )
    .ok();
    host.apply();
    host.run(&["l4d2ctl", "delete", "x"]).ok();
    life(&host);
}

fn life(host: &Machine) {
    host.sh(&format!(
        "mkdir -p /etc/systemd/system/left4me-server@.service.d && echo '[Service]' >/etc/systemd/system/left4me-server@.service.d/mine.conf
         for f in {ADMIN}; do chmod u+w $f; echo '# mine' >>$f; done; chmod 0440 /etc/sudoers.d/left4me-setup; systemctl daemon-reload
         sha256sum {ADMIN} >/root/mine"
    ))
    .ok();
    start_servers(host, &SERVERS);
    let before = SERVERS.map(|name| pid(host, name));
    make_next(host);

    let unharmed = |what: &str, version: &str| {
        assert_eq!(SERVERS.map(|name| pid(host, name)), before, "{what} restarted a server");
        let status = host.sh("dpkg-query -Wf '${Version} ${Status}' left4me-setup").ok();
        if version == "99.0" {
            assert_eq!(status, "99.0 install ok installed", "{what}");
        } else {
            assert!(status.ends_with(" install ok installed") && !status.starts_with("99.0"), "{status}");
        }
        let reload = host.sh("systemctl show -P NeedDaemonReload left4me-server@a.service").ok();
        assert_eq!(reload, "no\n", "{what}");
        host.sh("sha256sum --check --quiet /root/mine").ok();
    };
    apt(host, "install -y /root/next.deb");
    unharmed("an upgrade", "99.0");
    apt(host, "install -y --reinstall /root/next.deb");
    unharmed("a reinstallation", "99.0");
    apt(host, "install -y --allow-downgrades /root/left4me-setup.deb");
    unharmed("a downgrade", "the first");
    kill_in_postinst(host);
    host.sh("dpkg --configure -a </dev/null").ok();
    unharmed("a killed upgrade", "99.0");

    // Who starts anew gets the new unit.
    let umask =
        |pid: &str| host.sh(&format!("sed -n 's/^Umask:[^0-9]*//p' /proc/{}/status", pid.trim())).ok();
    assert_eq!(umask(&before[2]), "0027\n");
    host.run(&["l4d2ctl", "restart", "c", "--wait"]).ok();
    assert_eq!(umask(&pid(host, "c")), "0037\n");

    host.sh("echo mine | setpriv --reuid=left4me --regid=left4me --clear-groups tee /var/lib/left4me/runtime/a/upper/mine").ok();
    apt(host, "remove -y left4me-setup");
    stopped(host);
    host.sh("sha256sum --check --quiet /root/mine").ok();

    apt(host, "install -y /root/left4me-setup.deb");
    assert_eq!(host.sh("l4d2ctl list | grep -c 2701").ok(), "3\n");
    host.run(&["l4d2ctl", "start", "--all", "--stopped", "--wait"]).ok();
    host.sh("grep -x mine /var/lib/left4me/runtime/a/merged/mine").ok();

    // Purged with servers running; the players' data stays, and the way to remove it is named.
    let said = apt(host, "purge -y left4me-setup");
    stopped(host);
    assert!(said.contains("/var/lib/left4me and the user left4me are kept; to remove them: rm -r"), "{said}");
    host.sh("id left4me; for f in /etc/left4me /etc/sudoers.d/left4me-setup /etc/sysctl.d/60-left4me.conf /etc/needrestart /var/lib/left4me-setup; do
                 ! test -e $f || { echo $f; exit 1; }
             done; ! find /etc/systemd -name 'left4me-server@*.service' | grep .")
        .ok();
}

/// The upgrade's postinst waits for a lock; there the whole dpkg is killed.
fn kill_in_postinst(host: &Machine) {
    host.sh("flock /run/left4me-setup.lock sleep 60 & holder=$!
         until grep -q FLOCK /proc/locks; do sleep 0.05; done
         setsid dpkg -i /root/next.deb </dev/null >/root/log 2>&1 & dpkg=$!
         until pgrep -f '[l]eft4me-setup apply' >/dev/null; do kill -0 $dpkg || exit 9; sleep 0.05; done
         kill -KILL -- -$dpkg; pkill -P $holder; wait")
        .ok();
    let status = host.sh("dpkg-query -Wf '${Status}' left4me-setup").ok();
    assert_eq!(status, "install ok half-configured");
}

/// No server, no mount, all data.
fn stopped(host: &Machine) {
    host.sh("! pgrep -u left4me && ! grep left4me: /proc/self/mountinfo").ok();
    host.sh("cd /var/lib/left4me && test -f instances/a/instance.env && test -f instances/c/server.cfg &&
             grep -x mine runtime/a/upper/mine && test -x installation/srcds_run")
        .ok();
}

/// Where policy-rc.d forbids it, maintainer scripts start and stop nothing, and still succeed.
#[test]
#[ignore = "needs a booted host: tests/run.sh"]
fn policy_rc_d_is_obeyed() {
    let host = Machine::ready("policy");
    start_servers(&host, &["a"]);
    let before = pid(&host, "a");
    make_next(&host);
    host.write("/usr/sbin/policy-rc.d", "#!/bin/sh\nexit 101\n");
    host.sh("chmod +x /usr/sbin/policy-rc.d").ok();
    apt(&host, "install -y /root/next.deb");
    assert_eq!(pid(&host, "a"), before);
    apt(&host, "remove -y left4me-setup");
    assert_eq!(pid(&host, "a"), before, "the stop was forbidden");
    apt(&host, "install -y /root/next.deb");
    assert_eq!(pid(&host, "a"), before);
    // What was left running is in hand again.
    host.run(&["l4d2ctl", "delete", "a"]).ok();
    host.sh("! pgrep -u left4me && ! grep left4me: /proc/self/mountinfo").ok();
}

/// All that is on the file system, but caches, logs, package lists and what others keep writing.
pub const INVENTORY: &str = r"find / -xdev \( -path /proc -o -path /sys -o -path /dev -o -path /run -o -path /tmp -o -path /root \
        -o -path /var/log -o -path /var/cache -o -path /var/lib/apt -o -path /var/lib/dpkg -o -path /var/lib/systemd \) -prune \
    -o -type d -printf '%p/ %m %u:%g\n' -o -printf '%p %y %m %u:%g %s %T@ %l\n' | sort";

/// As piuparts looks at it: install, purge, and the file system is as before, but for what is said.
#[test]
#[ignore = "needs a booted host: tests/run.sh"]
fn a_purge_leaves_nothing_but_the_account() {
    for suite in [TRIXIE, BOOKWORM] {
        let host = Machine::bare("clean", suite);
        // All dependencies are there, and none of another architecture.
        apt(&host, "satisfy -y \"$(dpkg-deb -f /root/left4me-setup.deb Depends)\"");
        assert_eq!(host.sh("dpkg --print-foreign-architectures").ok(), "");
        host.sh(&format!("{INVENTORY} >/root/before")).ok();
        for round in ["first", "second"] {
            apt(&host, "install -y --no-install-recommends /root/left4me-setup.deb");
            let said = apt(&host, "purge -y left4me-setup");
            assert!(!said.contains("are kept"), "{round}: {said}");
        }
        host.sh(&format!("{INVENTORY} >/root/after")).ok();
        // Without the account files' own backups, `passwd-` and the like: they are as old as it happens.
        let changed =
            host.sh("diff /root/before /root/after | sed -n 's/^[<>] \\([^ ]*\\).*/\\1/p' | sort -u | grep -vE '^/etc/g?(passwd|shadow|group)-$'");
        insta::assert_snapshot!("after_purge", changed.ok());
    }
}
