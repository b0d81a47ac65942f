//! One booted host, removed when it goes out of scope, also when a test fails.

use left4me_test_support::steam::Steam;
use left4me_test_support::{deb, needs};
use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

/// Hosts share the machine's network, so there is one at a time: in this program, and among all test
/// programs of the machine.
static ONE: Mutex<()> = Mutex::new(());

/// Held while a host of ours may run.
struct Turn {
    _here: MutexGuard<'static, ()>,
    _machine: File,
}

/// What turn.sh answers.
fn turn(question: &str) -> String {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/host/turn.sh");
    let output = Command::new(script).arg(question).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

impl Turn {
    fn wait() -> Turn {
        needs::root();
        let here = ONE.lock().unwrap_or_else(PoisonError::into_inner);
        let machine = File::create(turn("path")).unwrap();
        if machine.try_lock().is_err() {
            // Past the test runner, which shows no output of a test that passes.
            let _ = writeln!(std::io::stderr(), "waiting for {} to end", turn("holder"));
            machine.lock().unwrap();
        }
        Turn { _here: here, _machine: machine }
    }
}

/// Debian 13, the release that everything is tried on.
pub const TRIXIE: &str = "trixie";

/// A booted host.
pub struct Machine {
    name: String,
    /// Powered off but left in place when it goes out of scope, for others to copy.
    keep: bool,
    _turn: Turn,
}

/// What a command on the host printed, and how it ended.
#[derive(Debug)]
pub struct Said {
    pub code: i32,
    pub out: String,
    pub err: String,
}

impl Said {
    /// The output, of a command that must have succeeded.
    #[track_caller]
    pub fn ok(self) -> String {
        assert_eq!(self.code, 0, "{self:#?}");
        self.out
    }

    /// The errors, of a command that must have ended with this code.
    #[track_caller]
    pub fn failed(self, code: i32) -> String {
        assert_eq!(self.code, code, "{self:#?}");
        self.err
    }
}

impl Machine {
    /// Debian and nothing else, booted.
    pub fn bare(name: &str, suite: &str) -> Machine {
        let (package, turn) = (deb::built(), Turn::wait());
        host(&["remove", name]);
        host(&["create", name, suite]);
        let machine = Machine { name: name.into(), keep: false, _turn: turn };
        host(&["boot", name]);
        std::fs::copy(package, machine.path("/root/left4me-setup.deb")).unwrap();
        machine
    }

    /// Debian 13 with the package and the game, booted. The first test makes it, the others copy.
    pub fn ready(name: &str) -> Machine {
        const GOLDEN: &str = "golden";
        static MADE: OnceLock<()> = OnceLock::new();
        // Before the lock is taken: making the golden host takes it too.
        MADE.get_or_init(|| {
            let mut golden = Machine::bare(GOLDEN, TRIXIE);
            golden.install_package();
            golden.apply();
            golden.keep = true;
        });
        let turn = Turn::wait();
        host(&["remove", name]);
        host(&["copy", GOLDEN, name]);
        let machine = Machine { name: name.into(), keep: false, _turn: turn };
        host(&["boot", name]);
        machine
    }

    pub fn boot(&self) {
        host(&["boot", &self.name]);
    }

    /// Powers off in good order.
    pub fn off(&self) {
        host(&["off", &self.name]);
    }

    /// Pulls the plug.
    pub fn kill(&self) {
        host(&["kill", &self.name]);
    }

    /// Runs a program on the host, as root.
    pub fn run(&self, command: &[&str]) -> Said {
        let output = host_command(&["run", &self.name]).args(command).output().unwrap();
        said(&output)
    }

    /// Runs a shell script on the host, as root.
    pub fn sh(&self, script: &str) -> Said {
        self.run(&["bash", "-c", script])
    }

    /// Runs a shell script on the host, as the runtime user.
    pub fn as_runtime_user(&self, script: &str) -> Said {
        self.run(&[
            "setpriv",
            "--reuid=left4me",
            "--regid=left4me",
            "--clear-groups",
            "--reset-env",
            "bash",
            "-c",
            script,
        ])
    }

    /// A path of the host, as seen from outside.
    pub fn path(&self, path: &str) -> PathBuf {
        let root = host(&["path", &self.name]);
        Path::new(root.trim()).join(path.trim_start_matches('/'))
    }

    pub fn write(&self, path: &str, text: &str) {
        let path = self.path(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    pub fn install_package(&self) {
        self.sh("DEBIAN_FRONTEND=noninteractive apt-get install -y /root/left4me-setup.deb").ok();
    }

    /// `left4me-setup apply` against the simulated Steam.
    pub fn apply(&self) -> String {
        let steam = steam();
        self.run(&[
            "left4me-setup",
            "apply",
            "--yes",
            "--steamcmd-url",
            &steam.url(),
            "--steamcmd-sha256",
            &steam.sha256,
        ])
        .ok()
    }
}

impl Drop for Machine {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let journal =
                self.sh("journalctl --no-pager --namespace='*' -b -n 60 -u 'left4me-*' 2>/dev/null");
            eprintln!("--- the host's journal\n{}", journal.out);
        }
        if self.keep {
            host(&["off", &self.name])
        } else {
            // Nothing on it matters any more.
            host(&["kill", &self.name]) + &host(&["remove", &self.name])
        };
    }
}

/// The simulated Steam of this test program.
pub fn steam() -> &'static Steam {
    static STEAM: OnceLock<Steam> = OnceLock::new();
    STEAM.get_or_init(|| Steam::start("simulated-steam-host", &["bytes=8000000"]).unwrap())
}

fn host_command(arguments: &[&str]) -> Command {
    let mut command = Command::new(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/host/host.sh"));
    command.args(arguments);
    command
}

/// Runs host.sh, which must succeed.
#[track_caller]
fn host(arguments: &[&str]) -> String {
    let output = host_command(arguments).output().unwrap();
    assert!(output.status.success(), "host.sh {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn said(output: &Output) -> Said {
    Said {
        code: output.status.code().unwrap_or(-1),
        out: String::from_utf8_lossy(&output.stdout).into_owned(),
        err: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}
