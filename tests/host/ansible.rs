//! The same desired state, written for Ansible (bench/ansible), gives the same host.

use crate::machine::{Machine, TRIXIE};
use std::path::Path;

/// Everything that both make, without our own record: type, mode, owner, target, and the content of files.
const TREE: &str = r"
find /etc/left4me /etc/sudoers.d/left4me-setup /etc/sysctl.d/60-left4me.conf /usr/local/bin /usr/local/libexec /var/lib/left4me \
     /var/lib/left4me-setup /usr/lib/sysusers.d/left4me.conf /usr/lib/systemd/journald@left4me.conf.d /usr/lib/systemd/system/left4me-* \
     /usr/lib/systemd/system/l4d2-* ! -path '/var/lib/left4me-setup/*' -printf '%y %m %u:%g %p %l\n' | sort -k4
find /etc/left4me /etc/sudoers.d/left4me-setup /etc/sysctl.d/60-left4me.conf /usr/local/bin /usr/lib/sysusers.d/left4me.conf /usr/lib/systemd/journald@left4me.conf.d \
     /usr/lib/systemd/system/left4me-* /usr/lib/systemd/system/l4d2-* -type f -exec sha256sum {} + | sort -k2
getent passwd left4me | cut -d: -f1,5-";

#[test]
#[ignore = "needs a booted host: tests/run.sh"]
fn makes_the_same_host() {
    let host = Machine::bare("ansible", TRIXIE);
    host.sh("DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends ansible-core sudo")
        .ok();
    copy(&Path::new(env!("CARGO_MANIFEST_DIR")).join("deploy"), &host.path("/root/deploy"));
    copy(&Path::new(env!("CARGO_MANIFEST_DIR")).join("bench/ansible"), &host.path("/root/ansible"));
    let play = "ansible-playbook -i localhost, /root/ansible/host.yml";
    host.sh(play).ok();
    let theirs = host.sh(TREE).ok();
    assert!(host.sh(play).ok().contains("changed=0 "), "the playbook does not converge");

    // On Ansible's host there is nothing left to do for us but our own record …
    let program = "dpkg-deb -x /root/left4me-setup.deb /root/package && install /root/package/usr/bin/left4me-setup /usr/bin/";
    host.sh(program).ok();
    let apply = "left4me-setup apply --offline --skip-game --yes";
    let applied = host.sh(apply).ok();
    assert!(
        applied.contains("1 changed, ") && applied.contains("record /var/lib/left4me-setup/made"),
        "{applied}"
    );
    // … and on a host where ours has to make everything, the same comes out.
    host.sh("left4me-setup uninstall --purge --yes && rm -f /usr/lib/systemd/system/left4me-* /usr/lib/systemd/system/l4d2-*").ok();
    host.sh("! getent passwd left4me && test ! -e /var/lib/left4me").ok();
    host.sh(apply).ok();
    assert_eq!(host.sh(TREE).ok(), theirs);
}

fn copy(from: &Path, to: &Path) {
    let copied = std::process::Command::new("cp").arg("-r").args([from, to]).status().unwrap();
    assert!(copied.success());
}
