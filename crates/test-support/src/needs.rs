//! What an ignored test needs. Asked for where that is missing, it fails and says what to do.

use std::path::Path;

/// Root.
#[track_caller]
pub fn root() {
    assert!(rustix::process::geteuid().is_root(), "this test needs root\nhint: sudo tests/run.sh");
}

/// A program or a device, by its path.
#[track_caller]
pub fn file(path: &str) {
    assert!(
        Path::new(path).exists(),
        "this test needs {path}\nhint: sudo tests/run.sh installs what tests need"
    );
}
