//! Hosts that follow a repository.

use super::{apt, make_next, pid, start_servers};
use crate::machine::Machine;
use std::path::Path;
use std::process::Command;

const SOURCE: &str = "\
Types: deb
URIs: file:/srv/repository
Suites: stable
Components: main
Architectures: amd64
Signed-By: /etc/apt/keyrings/left4me.asc
";

fn build(repository: &Path, packages: &[&Path]) {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/packaging/build-repo.sh");
    let built = Command::new(script).arg(repository).args(packages).output().unwrap();
    assert!(built.status.success(), "{}", String::from_utf8_lossy(&built.stderr));
}

#[test]
#[ignore = "needs a booted host: tests/run.sh"]
fn a_host_with_running_servers_upgrades_from_a_signed_repository() {
    let host = Machine::ready("repository");
    start_servers(&host, &["a", "b", "c"]);
    let before = ["a", "b", "c"].map(|name| pid(&host, name));
    make_next(&host);
    let repository = host.path("/srv/repository");
    build(&repository, &[&host.path("/root/left4me-setup.deb")]);
    build(&repository, &[&host.path("/root/next.deb")]);

    host.write("/etc/apt/sources.list.d/left4me.sources", SOURCE);
    // Only this source: the test is not about Debian's mirrors.
    let update = "apt-get update -o Dir::Etc::sourceparts=- \
         -o Dir::Etc::sourcelist=/etc/apt/sources.list.d/left4me.sources";
    // Without its key, the repository is refused.
    let refused = host.sh(update);
    assert!(refused.code != 0 || refused.err.contains("is not signed"), "{refused:?}");
    host.sh("install -D -m 0644 /srv/repository/left4me.asc /etc/apt/keyrings/left4me.asc").ok();
    host.sh(update).ok();
    let policy = host.sh("apt-cache policy left4me-setup").ok();
    assert!(policy.contains("Candidate: 99.0"), "{policy}");

    apt(&host, "upgrade -y");
    assert_eq!(host.sh("dpkg-query -Wf '${Version}' left4me-setup").ok(), "99.0");
    assert_eq!(["a", "b", "c"].map(|name| pid(&host, name)), before);
    // Both versions are there: a host can go back.
    let first = policy.split_whitespace().nth(2).unwrap();
    apt(&host, &format!("install -y --allow-downgrades left4me-setup={first}"));
    assert_eq!(["a", "b", "c"].map(|name| pid(&host, name)), before);
}
