//! One download for many hosts: the game of a host that is up to date, on another one where somebody plays.

use crate::machine::Machine;
use left4me_test_support::steam;
use std::fs;

const OLD: &str = "16546402";
const NEW: &str = "17000000";
const FILE: &str = "game.tar";

#[test]
#[ignore = "needs a booted host: tests/run.sh"]
fn one_host_updates_another_while_a_server_runs_there() {
    let served = tempfile::tempdir_in("/var/tmp").unwrap();
    let url = steam::serve(served.path()).unwrap() + "/" + FILE;
    // Hosts are up one at a time; the file is what they share.
    let (sha256, tree) = export(served.path());

    let host = Machine::ready("archive-to");
    host.sh("printf 'port: 27150\n' | l4d2ctl initialize versus -f - && l4d2ctl start versus --wait").ok();
    let before = seen(&host);
    let import = ["left4me-setup", "game", "import", &url, "--sha256", &sha256];
    assert_eq!(
        host.run(&import).ok(),
        format!(
            "the game is updated from build {OLD}: version 2.2.4.3, build {NEW} (imported from {url})\n\
             1 server still runs the old build and gets the new one at the next restart: versus\n\
             hint: to restart each server once nobody plays on it: sudo l4d2ctl restart --all --when-empty\n"
        )
    );
    assert_eq!(seen(&host), before, "nobody who plays has noticed");
    assert!(list(&host).contains(NEW) && list(&host).contains(OLD), "{}", list(&host));
    assert!(host.run(&import).ok().contains("there is nothing to import"));

    host.run(&["l4d2ctl", "restart", "versus"]).ok();
    assert_eq!(build(&host), NEW);
    assert_eq!(game(&host), tree, "what the other host has");
    host.run(&["left4me-setup", "game", "rollback"]).ok();
    assert_eq!(build(&host), NEW, "until the restart");
    host.run(&["l4d2ctl", "restart", "versus"]).ok();
    assert_eq!((build(&host).as_str(), files(&before)), (OLD, files(&seen(&host))));
}

/// Updates a host and exports its game into `to`; returns the manifest's digest, and what servers see there.
fn export(to: &std::path::Path) -> (String, String) {
    let host = Machine::ready("archive-from");
    let settings = steam::offer(NEW, "types,deleted,remade,added,renamed");
    host.sh(&format!("echo '{settings}' >>/var/lib/left4me/steam/sim/settings")).ok();
    host.run(&["left4me-setup", "game", "update"]).ok();
    assert_eq!(host.sh("cat /var/lib/left4me/updates/current").ok(), format!("{NEW}\n"));
    let said = host.sh(&format!("cd /srv && left4me-setup game export {FILE}")).ok();
    let (_, digest) = said.split_once("SHA-256 of its manifest: ").unwrap();
    fs::copy(host.path(&format!("/srv/{FILE}")), to.join(FILE)).unwrap();
    host.sh("printf 'port: 27150\n' | l4d2ctl initialize versus -f - && l4d2ctl start versus --wait").ok();
    (digest.lines().next().unwrap().to_owned(), game(&host))
}

/// The server's process, and what it sees.
fn seen(host: &Machine) -> String {
    host.sh("systemctl show -P MainPID left4me-server@versus").ok() + &game(host)
}

/// Without the process.
fn files(seen: &str) -> &str {
    seen.split_once('\n').unwrap().1
}

/// Digests, modes and links of the game as the server sees it, without what is its own.
fn game(host: &Machine) -> String {
    host.sh("set -e; cd /var/lib/left4me/runtime/versus/merged
         own=$(cd ../upper && find . -type f -printf '%p\n')
         find . -xdev \\( -type f -printf '%m %p ' -exec sha256sum {} \\; \\) -o \\( ! -type f -printf '%y %m %p %l\n' \\) |
             grep -vFf <(echo \"${own:-/none}\") | sort")
        .ok()
}

fn build(host: &Machine) -> String {
    let manifest = "/var/lib/left4me/runtime/versus/merged/steamapps/appmanifest_222860.acf";
    host.sh(&format!("sed -n 's/.*\"buildid\"[^0-9]*\\([0-9]*\\).*/\\1/p' {manifest}")).ok().trim().to_owned()
}

fn list(host: &Machine) -> String {
    host.run(&["left4me-setup", "game", "list"]).ok()
}
