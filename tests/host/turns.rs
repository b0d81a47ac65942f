//! Demos, tests and benchmarks take turns on a machine: turn.sh, and what of it demo.sh promises.

use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

/// A lock, hosts and scratch of this test's own.
struct Place(tempfile::TempDir);

impl Place {
    fn new() -> Place {
        left4me_test_support::needs::root();
        Place(tempfile::tempdir().unwrap())
    }

    fn path(&self, below: &str) -> PathBuf {
        self.0.path().join(below)
    }

    fn command(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command.current_dir(env!("CARGO_MANIFEST_DIR")).stdin(Stdio::null());
        command.env("LEFT4ME_TURN", self.path("turn")).env("LEFT4ME_HOSTS", self.path("hosts"));
        command
    }

    /// Somebody whose turn it is until its standard input is closed.
    fn somebody(&self) -> Child {
        let script = ". tests/host/turn.sh; take_turn somebody; echo mine; read -r";
        let mut somebody = self
            .command("bash")
            .args(["-c", script])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(somebody.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
        assert_eq!(line, "mine\n");
        somebody
    }

    fn is_free(&self) -> bool {
        self.command("flock").arg("--nonblock").arg(self.path("turn")).arg("true").status().unwrap().success()
    }

    /// A demo's host that is not booted.
    fn demo_host(&self, kept: bool) {
        std::fs::create_dir_all(self.path("hosts/l4d2-demo/root")).unwrap();
        if kept {
            std::fs::write(self.path("hosts/l4d2-demo/kept"), "/nowhere\n").unwrap();
        }
    }

    fn has_demo_host(&self) -> bool {
        self.path("hosts/l4d2-demo/root").is_dir()
    }
}

fn text(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}

#[test]
#[ignore = "needs root: tests/run.sh"]
fn a_simulated_steam_that_goes_on_leaves_the_turn_to_others() {
    let place = Place::new();
    let steam = place.path("steam");
    let script = ". tests/host/turn.sh; take_turn a; tests/steam/start.sh \"$0\" bytes=1000000";
    let started = place.command("bash").args(["-c", script]).arg(&steam).output().unwrap();
    let pid =
        std::fs::read_to_string(steam.join("pid")).unwrap_or_else(|e| panic!("{e}: {}", text(&started)));
    let still_there = Path::new("/proc").join(pid.trim()).is_dir();
    let free = place.is_free();
    place.command("kill").arg(pid.trim()).status().unwrap();
    assert!(started.status.success() && still_there && free, "free: {free}, {}", text(&started));
}

#[test]
#[ignore = "needs root: tests/run.sh"]
fn who_waits_is_told_for_whom() {
    let place = Place::new();
    let mut somebody = place.somebody();
    let mut other = place
        .command("bash")
        .args(["-c", ". tests/host/turn.sh; take_turn other"])
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut errors = BufReader::new(other.stderr.take().unwrap());
    let mut line = String::new();
    errors.read_line(&mut line).unwrap();
    let holder = format!("other: waiting for PID {} (bash -c . tests/host/turn.sh; take_turn", somebody.id());
    assert!(line.starts_with(&holder) && line.ends_with(") to end\n"), "{line:?}");
    drop(somebody.stdin.take());
    assert!(other.wait().unwrap().success() && somebody.wait().unwrap().code() == Some(1));
    line.clear();
    errors.read_to_string(&mut line).unwrap();
    assert_eq!(line, "");
}

#[test]
#[ignore = "needs root: tests/run.sh"]
fn a_demo_removes_no_host_before_its_turn_nor_a_kept_one_unasked() {
    let place = Place::new();
    place.demo_host(false);
    let mut somebody = place.somebody();
    let mut demo = place.command("deploy/demo.sh").stderr(Stdio::piped()).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(demo.stderr.take().unwrap()).read_line(&mut line).unwrap();
    assert!(line.starts_with("demo.sh: waiting for PID ") && place.has_demo_host(), "{line:?}");
    place.command("kill").arg(demo.id().to_string()).status().unwrap();
    // A shell acts on a signal when what it waits for has ended.
    drop(somebody.stdin.take());
    somebody.wait().unwrap();
    assert_eq!(demo.wait().unwrap().code(), Some(143));
    assert!(place.has_demo_host() && place.is_free());

    place.demo_host(true);
    let demo = place.command("deploy/demo.sh").output().unwrap();
    let said = text(&demo);
    let ways = ["tests/host/host.sh shell l4d2-demo enters it", "deploy/demo.sh --remove removes it"];
    assert!(demo.status.code() == Some(1) && ways.iter().all(|way| said.contains(way)), "{said}");
    assert!(place.has_demo_host());
    let removed = place.command("deploy/demo.sh").arg("--remove").output().unwrap();
    assert!(removed.status.success() && !place.path("hosts/l4d2-demo").exists(), "{}", text(&removed));
}
