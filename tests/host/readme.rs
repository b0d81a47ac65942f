//! README's way from nothing to a server, typed as it stands there.

use crate::machine::{Machine, TRIXIE, steam};

/// What README has the reader type on the new host.
fn commands() -> Vec<String> {
    let readme = include_str!("../../README.md");
    let blocks = readme.split("<!-- on the host -->\n```sh\n").skip(1);
    blocks.map(|rest| rest.split("```").next().unwrap().to_owned()).collect()
}

#[test]
#[ignore = "needs a booted host: tests/run.sh"]
fn the_first_hour_can_be_followed_by_someone_who_has_nothing() {
    let host = Machine::bare("first-hour", TRIXIE);
    let package = format!("left4me-setup_{}_amd64.deb", env!("CARGO_PKG_VERSION"));
    let blocks = commands();
    assert!(blocks.len() == 2 && blocks[0].contains(&package), "{blocks:?}");
    host.sh(&format!("mv /root/left4me-setup.deb /root/{package}")).ok();
    let steam = steam();
    // Nobody answers here, and the game comes from the double.
    let setting = format!(
        "set -e; cd /root; export DEBIAN_FRONTEND=noninteractive LEFT4ME_STEAMCMD_URL={} LEFT4ME_STEAMCMD_SHA256={}\n",
        steam.url(),
        steam.sha256
    );
    let mut said = String::new();
    for block in blocks {
        let typed =
            block.replace("apt install ", "apt install -y ").replace("setup apply ", "setup apply --yes ");
        said = host.sh(&format!("{setting}{typed}")).ok();
    }
    let status = said.lines().last().unwrap_or_default();
    assert!(status.starts_with("first ") && status.contains("running") && status.contains("27015"), "{said}");
    let health = host.run(&["left4me-setup", "doctor"]);
    assert!(
        health.code == 0 && host.sh("systemctl is-enabled left4me-server@first").out == "enabled\n",
        "{health:?}"
    );
}
