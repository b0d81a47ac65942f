//! The same tests on Debian's own kernels, each in an emulated machine: a host's kernel is not that of the
//! machine where tests run.

use super::host;
use left4me_test_support::repository;
use std::process::Command;

/// What the tests start.
const PROGRAMS: [&str; 12] = [
    "bash", "env", "find", "id", "mkdir", "prlimit", "rmdir", "setpriv", "sleep", "touch", "true", "unshare",
];

#[test]
#[ignore = "needs root, qemu and the network: tests/run.sh"]
fn debian_13() {
    passes_on("trixie", "6.12.");
}

#[test]
#[ignore = "needs root, qemu and the network: tests/run.sh"]
fn debian_12() {
    passes_on("bookworm", "6.1.");
}

/// The tests to run there: all but these.
fn tests() -> Vec<String> {
    let listed = Command::new("/proc/self/exe").arg("--list").output().unwrap();
    let listed = String::from_utf8(listed.stdout).unwrap();
    let names = listed.lines().filter_map(|line| line.strip_suffix(": test"));
    names.filter(|name| !name.starts_with("kernel::")).map(str::to_owned).collect()
}

fn passes_on(suite: &str, release: &str) {
    let this = std::env::current_exe().unwrap();
    let output = Command::new(repository().join("tests/kernel/run.sh"))
        .args([suite, env!("CARGO_TARGET_TMPDIR"), env!("CARGO_BIN_EXE_left4me-overlay")])
        .arg(&this)
        .args(PROGRAMS)
        .args(["--", "env", &format!("{}=3", host::ROUNDS)])
        .arg(&this)
        .args(["--include-ignored", "--skip", "kernel::", "--test-threads=2"])
        .output()
        .unwrap();
    let (said, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(said.starts_with(&format!("kernel {release}")), "{said}{err}");
    let tests = tests();
    assert!(tests.len() > 20, "{tests:?}");
    for test in tests {
        let passed = format!("test {test} ... ok");
        assert!(said.lines().any(|line| line == passed), "{test} on {suite}:\n{said}{err}");
    }
    assert!(output.status.success(), "{said}{err}");
}
