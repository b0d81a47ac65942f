//! `initialize` killed just before every call that writes: a start runs what was there before, or what was asked
//! for, never one's port with the other's password.

use super::double::free_port;
use super::host::{Ended, Host, program};
use left4me_test_support::needs;
use std::collections::BTreeMap;
use std::fs;
use std::os::unix::process::ExitStatusExt;

/// What changes a file system; `openat` where it makes a file.
const WRITES: &str =
    "openat,openat2,write,mkdir,mkdirat,rename,renameat,renameat2,unlink,unlinkat,fchmod,fchown,fsync";

/// An instance with one specification, and another one waiting in `s.yaml`.
struct Change {
    host: Host,
    old: String,
    new: String,
}

impl Change {
    fn new(ports: (u16, u16)) -> Change {
        let host = Host::new();
        host.overlay("one", Some("one"));
        host.overlay("two", Some("two"));
        let spec = |port, overlay, word| {
            format!(
                "port: {port}\noverlays: [{{path: {overlay}, alias: own}}]\nconfig: [exec server_own, rcon_password {word}]\n"
            )
        };
        host.initialize("a", &spec(ports.0, "one", "old"));
        host.spec(&spec(ports.1, "two", "new"));
        let set = |port, overlay, word| format!("{port} {overlay} rcon_password {word}");
        Change { host, old: set(ports.0, "one", "old"), new: set(ports.1, "two", "new") }
    }

    /// `initialize` as the runtime user, under strace.
    fn traced(&self, options: &[&str]) -> std::process::Output {
        let mut command = std::process::Command::new("/usr/bin/strace");
        command.args(options).arg(program()).args(["initialize", "a", "-f", "s.yaml"]);
        self.host.like_runtime_user(&mut command).output().unwrap()
    }

    /// Every call that writes, with its number among the calls of its kind.
    fn kill_points(&self) -> Vec<(String, usize)> {
        let log = self.host.path("root/trace");
        let output = self.traced(&["-o", log.to_str().unwrap(), "-e", &format!("trace={WRITES}")]);
        assert!(output.status.success(), "{output:?}");
        let (mut counts, mut points) = (BTreeMap::<String, usize>::new(), Vec::new());
        for line in fs::read_to_string(log).unwrap().lines() {
            let Some((call, arguments)) = line.split_once('(') else { continue };
            let number = counts.entry(call.to_owned()).or_default();
            *number += 1;
            if !call.starts_with("open") || arguments.contains("O_CREAT") {
                points.push((call.to_owned(), *number));
            }
        }
        points
    }

    /// What a server would find: its port, and what of whom is in its configuration.
    fn started(&self) -> Result<String, Ended> {
        let ended = self.host.as_root(&["start", "a"]);
        if ended.code != 0 {
            return Err(ended);
        }
        let read = |file: &str| fs::read_to_string(self.host.path("root").join(file)).unwrap();
        let environment = read("instances/a/instance.env");
        let port = environment.lines().next().unwrap().strip_prefix("L4D2_PORT=").unwrap();
        let cfg = "runtime/a/upper/left4dead2/cfg";
        let own = read(&format!("{cfg}/server.cfg"));
        let alias = read(&format!("{cfg}/server_own.cfg"));
        assert!(environment.contains(&format!("/overlays/{alias}:")), "{environment}{alias}");
        Ok(format!("{port} {alias} {}", own.lines().last().unwrap()))
    }
}

#[test]
#[ignore = "needs root and strace: tests/run.sh"]
fn a_start_runs_one_specification_whole() {
    needs::file("/usr/bin/strace");
    let ports = (free_port(), free_port());
    let points = Change::new(ports).kill_points();
    let (mut old, mut new, mut told) = (0, 0, 0);
    for (call, number) in &points {
        let change = Change::new(ports);
        let inject = format!("inject={call}:signal=KILL:when={number}");
        let killed = change.traced(&["-o", "/dev/null", "-e", &format!("trace={call}"), "-e", &inject]);
        assert_eq!(killed.status.signal(), Some(9), "{call} {number}: {killed:?}");
        let started = change.started().unwrap_or_else(|ended| panic!("{call} {number}: {}", ended.err));
        if started == change.new {
            new += 1
        } else {
            assert_eq!(started, change.old, "{call} {number}")
        }
        old += usize::from(started == change.old);
        // What is shown is what runs; and nothing is left lying about.
        let shown = change.host.run(&["show", "a"]).ok();
        assert!(started.starts_with(&shown["port: ".len()..][..5]), "{call} {number}: {shown}");
        assert_eq!(change.host.run(&["initialize", "a", "-f", "s.yaml"]).code, 0);
        let mut files: Vec<_> = fs::read_dir(change.host.path("root/instances/a"))
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        files.sort();
        assert_eq!(
            files,
            ["aliases", "instance.env", "server.cfg", "spec.yaml", "staged"],
            "{call} {number}"
        );
        told += 1;
    }
    assert!(old > 10 && new > 5 && told > 30, "{old} old, {new} new");
}

#[test]
#[ignore = "needs root: tests/run.sh"]
fn what_cannot_be_completed_is_refused() {
    let host = Host::new();
    host.initialize("a", &format!("port: {}", free_port()));
    let pending = host.path("root/instances/a/spec.yaml.pending");
    let told = [
        (
            "port: 80\n",
            "[DIR]/root/instances/a/spec.yaml.pending:1:7: port 80 is not a number from 1024 to 65535",
        ),
        ("", "[DIR]/root/instances/a/spec.yaml.pending:1:1: the specification is empty"),
    ];
    for (text, why) in told {
        fs::write(&pending, text).unwrap();
        host.give(&pending);
        let refusal = format!(
            "exit 1\nerror: initialize was interrupted: {why}\nhint: run it again: sudo l4d2ctl initialize a -f SPEC\n"
        );
        for command in ["start", "restart"] {
            assert_eq!(host.as_root(&[command, "a"]).failed(), refusal);
        }
    }
    std::fs::remove_file(&pending).unwrap();
    rustix::fs::mkfifoat(rustix::fs::CWD, &pending, rustix::fs::Mode::RWXU).unwrap();
    host.give(&pending);
    assert!(host.as_root(&["start", "a"]).failed().contains("spec.yaml.pending is not a regular file"));
    assert_eq!(host.calls(), "");
    assert_eq!(host.run(&["initialize", "a", "-f", "s.yaml"]).code, 0);
    host.as_root(&["start", "a"]).ok();
}

/// What a person or the predecessor's program wrote into the files is neither lost at a start nor hidden by `show`.
#[test]
#[ignore = "needs root: tests/run.sh"]
fn other_hands() {
    let host = Host::new();
    let port = free_port();
    host.initialize("a", &format!("# mine\nport: {port}\nconfig: [hostname x]\n"));
    assert_eq!(host.run(&["show", "a"]).ok(), format!("# mine\nport: {port}\nconfig: [hostname x]\n"));
    host.set("root/instances/a/server.cfg", "hostname y");
    host.as_root(&["start", "a"]).ok();
    assert_eq!(
        fs::read_to_string(host.path("root/runtime/a/upper/left4dead2/cfg/server.cfg")).unwrap(),
        "hostname y"
    );
    assert_eq!(host.run(&["show", "a"]).ok(), format!("port: {port}\nconfig:\n  - \"hostname y\"\n"));
}
