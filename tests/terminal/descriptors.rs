//! What root's caller has open is out of the runtime user's reach, where root runs what that user owns.

use super::{SETUP, USER, WRAPPER, l4d2ctl, namespace, prepare};
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

const SECRET: &str = "/var/lib/secret";

/// In SteamCMD's place: tells what it has open, each with its number. Its own script is one of them.
const CURIOUS: &str = r#"#!/usr/bin/perl
opendir(my $open, "/proc/self/fd");
my @told = map { "$_ " . readlink("/proc/self/fd/$_") . "\n" } grep { /^\d+$/ } readdir($open);
open(my $told, ">", "/var/lib/left4me/open");
print $told @told;
exit 126;
"#;

fn plant(script: &str) {
    fs::write("/var/lib/left4me/steam/steamcmd.sh", script).unwrap();
    fs::write(SECRET, "typed by root\n").unwrap();
    fs::set_permissions(SECRET, fs::Permissions::from_mode(0o600)).unwrap();
}

/// What the planted program had open when root's shell ran `command` with a secret open as 7, 10, 200 and 255.
fn open_below(command: &str) -> String {
    let line = format!("exec 7<{SECRET} 10<{SECRET} 200<>{SECRET} 255<{SECRET}; {command}");
    let output = Command::new("setsid").args(["--wait", "bash", "-c", &line]).output().unwrap();
    let open = fs::read_to_string("/var/lib/left4me/open").unwrap_or_else(|e| panic!("{e}: {output:?}"));
    fs::remove_file("/var/lib/left4me/open").unwrap();
    open
}

#[test]
#[ignore = "needs root: tests/run.sh"]
fn steamcmd_inherits_nothing_that_roots_caller_has_open() {
    namespace::run("descriptors::steamcmd_inherits_nothing_that_roots_caller_has_open", |directory| {
        prepare(directory);
        plant(CURIOUS);
        let bare = open_below(&format!(
            "setpriv --reuid={USER} --regid={USER} --clear-groups /var/lib/left4me/steam/steamcmd.sh"
        ));
        assert_eq!(bare.matches(SECRET).count(), 4, "the attack works where nothing is done: {bare}");
        let commands = [
            format!("{SETUP} steamcmd install"),
            format!("{SETUP} steamcmd run -- +quit"),
            format!("script -qec \"{SETUP} steamcmd run -- +quit\" /dev/null"),
            format!("{WRAPPER} +quit"),
            format!("script -qec \"{WRAPPER} +quit\" /dev/null"),
            format!("setpriv --reuid={USER} --regid={USER} --clear-groups {WRAPPER} +quit"),
        ];
        for command in commands {
            let open = open_below(&command);
            assert!(!open.contains(SECRET), "{command}:\n{open}");
            // What SteamCMD needs is there: its three streams, and what keeps other runs out.
            assert!(open.contains("0 ") && open.contains("1 ") && open.contains("2 "), "{command}:\n{open}");
            let is_run = command.contains("steamcmd run");
            assert_eq!(open.contains("/var/lib/left4me/.steamcmd.lock"), is_run, "{command}:\n{open}");
        }
    });
}

/// find(1), which a purge runs as that user, can be traced by that user's other processes.
#[test]
#[ignore = "needs root: tests/run.sh"]
fn a_purge_keeps_roots_terminal_and_descriptors_to_itself() {
    namespace::run("descriptors::a_purge_keeps_roots_terminal_and_descriptors_to_itself", |directory| {
        prepare(directory);
        plant(CURIOUS);
        let postrm = concat!(env!("CARGO_MANIFEST_DIR"), "/debian/postrm");
        let only = directory.join("as_owner");
        let text = fs::read_to_string(postrm).unwrap();
        let (before, _) = text.split_once("\n# Directories and a link").unwrap();
        fs::write(
            &only,
            format!("{before}\nas_owner /var/lib/left4me/steam/steamcmd.sh >/dev/null || true\n"),
        )
        .unwrap();
        fs::set_permissions(&only, fs::Permissions::from_mode(0o755)).unwrap();
        let open = open_below(&format!("script -qec {} /dev/null", only.display()));
        assert!(!open.contains(SECRET) && !open.contains("/dev/pts/"), "{open}");
    });
}

/// What l4d2ctl runs as that user could be read by that user's other processes.
#[test]
#[ignore = "needs root: tests/run.sh"]
fn l4d2ctl_keeps_what_its_caller_has_open_and_passes_none_of_it_on() {
    namespace::run(
        "descriptors::l4d2ctl_keeps_what_its_caller_has_open_and_passes_none_of_it_on",
        |directory| {
            prepare(directory);
            plant(CURIOUS);
            let double = directory.join("sudo");
            fs::write(&double, CURIOUS).unwrap();
            fs::set_permissions(&double, fs::Permissions::from_mode(0o755)).unwrap();
            rustix::mount::mount_bind(&double, Path::new("/usr/bin/sudo")).unwrap();
            fs::create_dir_all("/var/lib/left4me/instances/a").unwrap();
            fs::write("/var/lib/left4me/instances/a/instance.env", "").unwrap();
            let open = open_below(&format!("{} status", l4d2ctl()));
            assert!(!open.contains(SECRET), "{open}");

            // A specification may come through one of them.
            let line = format!("{} initialize --check b -f <(echo 'port: 27015'); echo code $?", l4d2ctl());
            let output = Command::new("bash").args(["-c", &line]).output().unwrap();
            assert_eq!(String::from_utf8_lossy(&output.stdout).lines().last(), Some("code 0"), "{output:?}");
        },
    );
}
