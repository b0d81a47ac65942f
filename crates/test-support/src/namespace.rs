//! Runs a test in a mount and PID namespace of its own, where it is PID 1 and nothing reaches the host.
//!
//! The test's program starts itself again below `unshare`, for one test. Needs root.

use crate::{needs, target_dir};
use std::path::{Path, PathBuf};
use std::process::Command;

const INSIDE: &str = "LEFT4ME_TEST_INSIDE";

/// Runs `body` inside, with an empty directory on the disk of the build. `test` is the test's full name.
pub fn run(test: &str, body: impl FnOnce(&Path)) {
    if let Some(directory) = std::env::var_os(INSIDE) {
        return body(&PathBuf::from(directory));
    }
    needs::root();
    let directory = tempfile::tempdir_in(scratch()).unwrap();
    let output = unshare()
        .arg(std::env::current_exe().unwrap())
        .args(["--exact", test, "--include-ignored", "--nocapture", "--test-threads=1"])
        .env(INSIDE, directory.path())
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
    // A name that matches no test would pass, with nothing run.
    assert!(output.status.success() && text.contains("1 passed"), "{test} failed inside:\n{text}");
}

fn unshare() -> Command {
    // An interrupted test run takes everything inside along.
    let mut unshare = Command::new("setpriv");
    unshare.args([
        "--pdeathsig",
        "KILL",
        "unshare",
        "--mount",
        "--pid",
        "--fork",
        "--kill-child",
        "--mount-proc",
        "--propagation",
        "private",
    ]);
    unshare
}

/// Covers a directory with an empty tmpfs.
pub fn cover(directory: &str) {
    let flags = rustix::mount::MountFlags::empty();
    // Room for a game, as far as anyone asks; nothing of it is taken.
    rustix::mount::mount("test", directory, "tmpfs", flags, c"mode=0755,size=20g").unwrap();
}

/// A directory on the disk of the build.
fn scratch() -> PathBuf {
    let scratch = target_dir().with_file_name("tmp");
    std::fs::create_dir_all(&scratch).unwrap();
    scratch
}
