//! Runs a part of a test in a process of its own, where streams, terminals and descriptors are nobody else's.
//!
//! The test's program starts itself again for that one test, which asks [`part`] what to do, and ends by itself.

use std::process::Command;

const PART: &str = "LEFT4ME_TEST_PART";
/// What the test runner prints first.
const HEADING: &str = "\nrunning 1 test\n";

/// What this process is there for; `None` in the test itself.
pub fn part() -> Option<String> {
    std::env::var(PART).ok()
}

/// The process for `part` of the test whose full name is `test`.
pub fn command(test: &str, part: &str) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", test, "--include-ignored", "--nocapture", "--test-threads=1", "--quiet"]);
    command.env(PART, part).env_remove("RUST_BACKTRACE");
    command
}

/// Runs it, and returns its exit code and what it printed on standard output and standard error.
pub fn run(test: &str, part: &str) -> (Option<i32>, String, String) {
    let output = command(test, part).output().unwrap();
    let stdout = String::from_utf8(output.stdout).unwrap();
    let stdout = stdout.strip_prefix(HEADING).unwrap_or_else(|| panic!("{test} is no test: {stdout}"));
    (output.status.code(), stdout.to_owned(), String::from_utf8(output.stderr).unwrap())
}
