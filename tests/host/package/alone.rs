//! Where nothing runs: an image that is built in a chroot and booted later.

use super::apt;
use crate::machine::{Machine, TRIXIE};
use std::process::Command;

/// Runs a script in the tree of a host that is powered off: no systemd, no /proc, no network.
#[track_caller]
fn in_chroot(host: &Machine, script: &str) -> String {
    let output = Command::new("unshare")
        .args(["--net", "chroot"])
        .arg(host.path("/"))
        .args([
            "env",
            "-i",
            "PATH=/usr/sbin:/usr/bin:/sbin:/bin",
            "DEBIAN_FRONTEND=noninteractive",
            "sh",
            "-ec",
        ])
        .arg(script)
        .stdin(std::process::Stdio::null())
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:#?}");
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[test]
#[ignore = "needs a booted host: tests/run.sh"]
fn an_image_is_built_in_a_chroot_and_is_right_at_its_first_boot() {
    let host = Machine::bare("chroot", TRIXIE);
    apt(&host, "satisfy -y \"$(dpkg-deb -f /root/left4me-setup.deb Depends)\"");
    host.off();

    in_chroot(&host, "dpkg -i /root/left4me-setup.deb");
    in_chroot(&host, "dpkg --remove left4me-setup && dpkg --purge left4me-setup");
    in_chroot(&host, "id left4me && test ! -e /var/lib/left4me && test ! -e /etc/sudoers.d/left4me-setup");
    in_chroot(&host, "dpkg -i /root/left4me-setup.deb && dpkg -i /root/left4me-setup.deb");
    let status = in_chroot(
        &host,
        "dpkg-query -Wf '${Status}' left4me-setup; visudo -cq; stat -c ' %U %a' /var/lib/left4me",
    );
    assert_eq!(status, "install ok installed left4me 755\n");

    host.boot();
    let applied = host.run(&["left4me-setup", "apply", "--offline", "--skip-game", "--yes"]).ok();
    assert!(applied.contains(" 0 failed"), "{applied}");
    assert!(host.sh("systemctl list-unit-files 'left4me-*' --no-legend").ok().lines().count() == 7);
}

/// `dpkg` alone, without the dependencies: not supported, but nobody's sudo is harmed by it.
#[test]
#[ignore = "needs a booted host: tests/run.sh"]
fn without_sudo_it_installs_and_works_when_sudo_comes() {
    let host = Machine::bare("nosudo", TRIXIE);
    host.sh("! command -v sudo && dpkg -i --force-depends /root/left4me-setup.deb </dev/null").ok();
    apt(&host, "install -y --fix-broken");
    host.sh("visudo -cq && dpkg --audit && setpriv --reuid=left4me --regid=left4me --clear-groups sudo -n /usr/libexec/left4me/left4me-systemctl show a").ok();
}
