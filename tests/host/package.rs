//! The package's life on a real host.

mod alone;
mod life;
mod repository;
mod theirs;

use crate::machine::{Machine, TRIXIE};

const BOOKWORM: &str = "bookworm";

const CONTENTS: &str =
    "dpkg -L left4me-setup | sort | while read -r f; do [ -d \"$f\" ] || stat -c '%a %U:%G %n' \"$f\"; done";

/// Makes `/root/next.deb`, the next version: its server unit, also as its program knows it, sets
/// another umask, which a process shows.
fn make_next(host: &Machine) {
    host.sh("set -e; cd /root; dpkg-deb -R left4me-setup.deb next
         sed -i 's/^Version: .*/Version: 99.0/' next/DEBIAN/control
         LC_ALL=C sed -i 's/UMask=0027/UMask=0037/' next/usr/bin/left4me-setup next/usr/lib/systemd/system/left4me-server@.service
         dpkg-deb -Znone -b --root-owner-group next next.deb")
        .ok();
}

/// Starts one instance for each name, on ports from 27015 on.
fn start_servers(host: &Machine, names: &[&str]) {
    for (name, port) in names.iter().zip(27015..) {
        host.write("/root/spec.yaml", &format!("port: {port}\n"));
        host.run(&["l4d2ctl", "initialize", name, "-f", "/root/spec.yaml"]).ok();
    }
    host.run(&["l4d2ctl", "start", "--all", "--stopped", "--wait"]).ok();
}

/// The server's process.
fn pid(host: &Machine, name: &str) -> String {
    let pid = host.sh(&format!("systemctl show -P MainPID left4me-server@{name}.service")).ok();
    assert_ne!(pid, "0\n", "{name} does not run");
    pid
}

fn apt(host: &Machine, arguments: &str) -> String {
    let said = host.sh(&format!("DEBIAN_FRONTEND=noninteractive apt-get {arguments} </dev/null"));
    let err = said.err.clone();
    said.ok() + &err
}

#[test]
#[ignore = "needs a booted host: tests/run.sh"]
fn brings_usr_and_nothing_in_usr_local() {
    let host = Machine::bare("package", TRIXIE);
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

    // autopkgtest's test, as its null runner would run it in here.
    let script = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/debian/tests/smoke")).unwrap();
    host.write("/root/smoke", &script);
    let smoke = host.sh("sh /root/smoke");
    assert!(smoke.out.contains("\n5. "), "{smoke:?}");
    smoke.ok();
}

#[test]
#[ignore = "needs a booted host: tests/run.sh"]
fn autopkgtest_passes_with_the_null_runner() {
    let host = Machine::bare("autopkgtest", TRIXIE);
    apt(&host, "install -y --no-install-recommends autopkgtest");
    for file in ["changelog", "copyright", "tests/control", "tests/smoke"] {
        let text = std::fs::read_to_string(format!("{}/debian/{file}", env!("CARGO_MANIFEST_DIR"))).unwrap();
        host.write(&format!("/root/source/debian/{file}"), &text);
    }
    host.sh("chmod +x /root/source/debian/tests/smoke").ok();
    // The host is thrown away afterwards, which is all the isolation the null runner can have.
    let said = host.run(&["autopkgtest", "-B", "/root/left4me-setup.deb", "/root/source/", "--", "null"]);
    let lines = said.out.clone() + &said.err;
    assert_eq!(said.code, 0, "{lines}");
    assert!(lines.lines().any(|l| l.starts_with("smoke") && l.ends_with("PASS")), "{lines}");
}
