//! The package's life on a real host.

use crate::machine::{Machine, TRIXIE};

const CONTENTS: &str =
    "dpkg -L left4me-setup | sort | while read -r f; do [ -d \"$f\" ] || stat -c '%a %U:%G %n' \"$f\"; done";

#[test]
fn brings_usr_and_nothing_in_usr_local() {
    let Some(host) = Machine::bare("package", TRIXIE) else { return };
    host.install_package();
    insta::assert_snapshot!("contents", host.sh(CONTENTS).ok());
    insta::assert_snapshot!(
        "depends",
        host.sh("dpkg -s left4me-setup | grep ^Depends: ; dpkg --print-foreign-architectures").ok()
    );
    host.sh("test -z \"$(find /usr/local -type f -o -lname '*left4me*')\"").ok();
    // postinst made /etc and /var, offline.
    host.sh("id left4me && visudo -c && test -f /etc/left4me/host.env && test -d /var/lib/left4me/overlays")
        .ok();
    host.sh("dpkg --verify left4me-setup").ok();

    host.sh("apt-get purge -y left4me-setup").ok();
    host.sh("test ! -e /etc/sudoers.d/left4me && test ! -e /etc/left4me && test ! -e /etc/sysctl.d/60-left4me.conf").ok();
    host.sh("test -d /var/lib/left4me/overlays && id left4me").ok();
}

#[test]
fn an_upgrade_leaves_running_servers_alone_and_a_removal_stops_them() {
    let Some(host) = Machine::ready("upgrade") else { return };
    host.write("/root/spec.yaml", "port: 27015\n");
    host.run(&["l4d2ctl", "initialize", "a", "-f", "/root/spec.yaml"]).ok();
    host.run(&["l4d2ctl", "start", "a", "--wait"]).ok();
    let pid = host.sh("systemctl show -P MainPID left4me-server@a.service").ok();

    // The next version, with another unit.
    host.sh("set -e; cd /root; dpkg-deb -R left4me-setup.deb next
         sed -i 's/^Version: .*/Version: 99.0/' next/DEBIAN/control
         echo '# next version' >>next/usr/lib/systemd/system/left4me-server@.service
         dpkg-deb -b --root-owner-group next next.deb")
        .ok();
    host.sh("DEBIAN_FRONTEND=noninteractive dpkg -i /root/next.deb").ok();
    assert_eq!(
        host.sh("systemctl show -P MainPID left4me-server@a.service").ok(),
        pid,
        "an upgrade restarted the server"
    );
    assert_eq!(host.sh("systemctl show -P NeedDaemonReload left4me-server@a.service").ok(), "no\n");

    host.sh("apt-get remove -y left4me-setup").ok();
    host.sh(
        "! pgrep -u left4me && ! grep left4me: /proc/self/mountinfo && test -d /var/lib/left4me/instances/a",
    )
    .ok();
    host.install_package();
    host.run(&["l4d2ctl", "start", "a", "--wait"]).ok();
}
