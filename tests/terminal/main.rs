//! Root's terminal is out of the runtime user's reach, where root runs what that user owns.

#![allow(clippy::unwrap_used)]

mod descriptors;
mod flood;
mod killed;
mod pause;
mod progress;

use left4me_test_support::{account, namespace, needs};
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::fs::{PermissionsExt, chown};
use std::path::Path;
use std::process::{Command, Stdio};

const WRAPPER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/deploy/usr/local/bin/steamcmd");
const SETUP: &str = env!("CARGO_BIN_EXE_left4me-setup");
const USER: u32 = 64001;

/// In SteamCMD's place: types into every terminal it can reach, by TIOCSTI, and tells which one controls it.
const HOSTILE: &str = r#"#!/usr/bin/perl
$| = 1;
if ($ARGV[0] eq "wait") {
    $SIG{INT} = sub { exit 5 };
    print "READY\n";
    sleep 60 while 1;
}
open(my $tty, "+<", "/dev/tty");
for my $to (grep { defined } $tty, *STDIN, *STDOUT, *STDERR) {
    for (split //, "typed\n") { my $key = $_; ioctl($to, 0x5412, $key) }
}
open(my $stat, "<", "/proc/self/stat");
open(my $told, ">", "/var/lib/left4me/told");
print $told "tty ", (split " ", <$stat>)[6], " uid $< home $ENV{HOME} args @ARGV\n";
print "out\n";
exit 7;
"#;

/// A host of which only this much is there: the account, and a hostile SteamCMD.
fn prepare(directory: &Path) {
    prepare_with(directory, HOSTILE);
}

/// The same with another program in SteamCMD's place.
fn prepare_with(directory: &Path, steamcmd: &str) {
    namespace::cover("/var/lib");
    if Path::new("/etc/left4me").exists() {
        namespace::cover("/etc/left4me");
    }
    account::add(directory, USER);
    fs::create_dir_all("/var/lib/left4me/steam").unwrap();
    fs::write("/var/lib/left4me/steam/steamcmd.sh", steamcmd).unwrap();
    fs::set_permissions("/var/lib/left4me/steam/steamcmd.sh", fs::Permissions::from_mode(0o755)).unwrap();
    for path in ["", "steam", "steam/steamcmd.sh"] {
        chown(Path::new("/var/lib/left4me").join(path), Some(USER), Some(USER)).unwrap();
    }
}

/// What root's shell on a terminal showed; it reads what was typed behind `command`'s back.
fn on_a_terminal(command: &str) -> String {
    let line =
        format!("bash -c '{command}; echo code $?; read -rt 0.3 line && echo \"root typed $line\"; exit 0'");
    // Its standard input stays open: at its end, script(1) would type an end of file.
    let mut script = Command::new("script")
        .args(["-qec", &line, "/dev/null"])
        .env_remove("CI")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut shown = String::new();
    script.stdout.as_mut().unwrap().read_to_string(&mut shown).unwrap();
    assert!(script.wait().unwrap().success(), "{shown}");
    shown.replace('\r', "")
}

fn told() -> String {
    let told = fs::read_to_string("/var/lib/left4me/told").unwrap();
    fs::remove_file("/var/lib/left4me/told").unwrap();
    told
}

/// Whether the kernel lets an unprivileged program type at all: Debian 12's always does.
fn may_type() -> bool {
    fs::read_to_string("/proc/sys/dev/tty/legacy_tiocsti").is_ok_and(|on| on.trim() == "1")
        || !Path::new("/proc/sys/dev/tty/legacy_tiocsti").exists()
}

#[test]
#[ignore = "needs root: tests/run.sh"]
fn steamcmd_cannot_type_into_roots_shell() {
    namespace::run("steamcmd_cannot_type_into_roots_shell", |directory| {
        prepare(directory);
        let script = "/var/lib/left4me/steam/steamcmd.sh";
        let tty = "cut -d \" \" -f 7 /proc/$$/stat >/var/lib/outer";

        // The attack works where nothing is done about it.
        let bare = on_a_terminal(&format!("{tty}; setpriv --reuid={USER} --clear-groups {script}"));
        assert_eq!(bare.contains("root typed typed"), may_type(), "{bare}");
        let outer = fs::read_to_string("/var/lib/outer").unwrap();
        assert!(told().starts_with(&format!("tty {} ", outer.trim())), "{outer}");

        let quiet = format!("{WRAPPER} +quit </dev/null >/var/lib/out 2>&1");
        for command in [format!("{WRAPPER} +quit"), format!("{SETUP} steamcmd run -- +quit"), quiet] {
            let shown = on_a_terminal(&format!("{tty}; {command}"));
            assert!(shown.contains("code 7") && !shown.contains("root typed"), "{command}: {shown}");
            let (outer, told) = (fs::read_to_string("/var/lib/outer").unwrap(), told());
            assert!(!told.starts_with(&format!("tty {} ", outer.trim())), "{command}: {told} {outer}");
            assert!(!told.starts_with("tty 0 "), "{command}: {told}");
            let rest = format!(" uid {USER} home /var/lib/left4me args +quit\n");
            assert!(told.ends_with(&rest), "{command}: {told}");
        }
    });
}

#[test]
#[ignore = "needs root: tests/run.sh"]
fn without_a_terminal_there_is_none() {
    namespace::run("without_a_terminal_there_is_none", |directory| {
        prepare(directory);
        for (program, arguments) in
            [(WRAPPER, vec!["+quit"]), (SETUP, vec!["steamcmd", "run", "--", "+quit"])]
        {
            let mut command = Command::new("setsid");
            let output =
                command.args(["--wait", program]).args(arguments).stdin(Stdio::null()).output().unwrap();
            assert_eq!((output.status.code(), &output.stdout[..]), (Some(7), &b"out\n"[..]), "{output:?}");
            assert_eq!(told(), format!("tty 0 uid {USER} home /var/lib/left4me args +quit\n"));
        }
    });
}

#[test]
#[ignore = "needs root: tests/run.sh"]
fn control_c_reaches_steamcmd() {
    namespace::run("control_c_reaches_steamcmd", |directory| {
        prepare(directory);
        for command in [format!("{WRAPPER} wait"), format!("{SETUP} steamcmd run -- wait")] {
            let mut script = Command::new("env")
                .args(["--default-signal=INT", "script", "-qec", &command, "/dev/null"])
                .stdin(Stdio::piped())
                .stdout(Stdio::piped())
                .spawn()
                .unwrap();
            let mut shown = BufReader::new(script.stdout.take().unwrap());
            let mut line = String::new();
            shown.read_line(&mut line).unwrap();
            assert_eq!(line.trim(), "READY", "{command}");
            script.stdin.as_mut().unwrap().write_all(b"\x03").unwrap();
            shown.read_to_string(&mut line).unwrap();
            assert_eq!(script.wait().unwrap().code(), Some(5), "{command}: {line}");
        }
    });
}

/// A systemctl of the runtime user's on root's terminal could be traced by that user's other processes. Without a bus
/// l4d2ctl asks through sudo, which nobody can trace.
#[test]
#[ignore = "needs root: tests/run.sh"]
fn l4d2ctl_runs_nothing_of_the_users_on_roots_terminal() {
    namespace::run("l4d2ctl_runs_nothing_of_the_users_on_roots_terminal", |directory| {
        prepare(directory);
        for tool in ["sudo", "systemctl"] {
            let double = directory.join(tool);
            fs::write(&double, format!("#!/bin/sh\necho {tool} >>/var/lib/left4me/asked\n")).unwrap();
            fs::set_permissions(&double, fs::Permissions::from_mode(0o755)).unwrap();
            rustix::mount::mount_bind(&double, Path::new("/usr/bin").join(tool)).unwrap();
        }
        fs::create_dir_all("/var/lib/left4me/instances/a").unwrap();
        fs::write("/var/lib/left4me/instances/a/instance.env", "").unwrap();
        let asked = || {
            let asked = fs::read_to_string("/var/lib/left4me/asked").unwrap_or_default();
            let _ = fs::remove_file("/var/lib/left4me/asked");
            asked
        };
        let shown = on_a_terminal(&format!("{} status", l4d2ctl()));
        assert_eq!(asked(), "sudo\n", "{shown}");
        Command::new("setsid").args(["--wait", &l4d2ctl(), "status"]).output().unwrap();
        assert_eq!(asked(), "sudo\n");
        on_a_terminal(&format!("setpriv --reuid={USER} --regid={USER} --clear-groups {} status", l4d2ctl()));
        assert_eq!(asked(), "sudo\n");
    });
}

/// In strace's log, the calls of these processes that change the session or the user, in order.
fn calls_of<'l>(log: &'l str, pids: &[&str]) -> Vec<&'l str> {
    log.lines()
        .filter_map(|line| line.split_once(' '))
        .filter(|(pid, _)| pids.contains(pid))
        .filter_map(|(_, call)| Some(call.trim_start().split_once('(')?.0))
        .filter(|call| ["setsid", "setuid", "setresuid"].contains(call))
        .collect()
}

/// In strace's log, the process that started this one.
fn parent_of<'l>(log: &'l str, child: &str) -> Option<&'l str> {
    log.lines()
        .filter(|line| line.contains("clone") || line.contains("fork"))
        .find(|line| line.rsplit_once("= ").is_some_and(|(_, result)| result.trim() == child))
        .and_then(|line| line.split(' ').next())
}

/// Between becoming that user and leaving root's session, SteamCMD could be traced with root's terminal at hand.
#[test]
#[ignore = "needs root and strace: tests/run.sh"]
fn a_session_leaves_roots_before_it_becomes_the_user() {
    needs::file("/usr/bin/strace");
    namespace::run("a_session_leaves_roots_before_it_becomes_the_user", |directory| {
        prepare(directory);
        // An end that no repetition mends.
        fs::write("/var/lib/left4me/steam/steamcmd.sh", "#!/bin/sh\nexit 126\n").unwrap();
        let log = directory.join("strace");
        let output = Command::new("strace")
            .args(["-f", "-e", "trace=setsid,setuid,setresuid,execve,process", "-o"])
            .arg(&log)
            .args([SETUP, "steamcmd", "install"])
            .output()
            .unwrap();
        let log = fs::read_to_string(&log).unwrap();
        let started = log.lines().find(|line| line.contains("execve(\"/var/lib/left4me/steam/steamcmd.sh\""));
        let pid = started.unwrap_or_else(|| panic!("no session: {output:?}")).split(' ').next().unwrap();
        // The leader of the session may be an ancestor, as SteamCMD gets a PID namespace of its own.
        let mut line_of_descent = vec![pid];
        while !line_of_descent.iter().any(|pid| calls_of(&log, &[pid]).contains(&"setsid")) {
            let parent = parent_of(&log, line_of_descent.last().unwrap());
            line_of_descent.push(parent.unwrap_or_else(|| panic!("nobody leaves the session: {log}")));
        }
        let calls = calls_of(&log, &line_of_descent);
        assert_eq!(calls, ["setsid", "setresuid"], "{log}");
    });
}

fn l4d2ctl() -> String {
    left4me_test_support::program("l4d2ctl").display().to_string()
}
