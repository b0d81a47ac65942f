//! `work/work`, which the kernel leaves behind when a mount ends without its unmount, as at a power cut: root's and
//! closed, so that the runtime user could not remove the instance's directories.

use crate::boot::on_host;
use left4me::layout::{HOST_ENV, LIBEXEC, Layout, environment_copy};
use left4me::name::InstanceName;
use std::path::Path;
use std::process::Stdio;

/// Has the mount helper remove it where nothing is mounted. What that cannot remove is left to whoever removes
/// the directories, and told there.
pub fn clear(names: &[InstanceName]) {
    let Ok(layout) = Layout::from_host_env(&on_host(Path::new(HOST_ENV))) else { return };
    let is_there = |path: &Path| on_host(path).symlink_metadata().is_ok();
    for name in names {
        // Only a look: links on the way may lead it anywhere.
        if is_there(&layout.work(name).join("work")) && !is_there(&environment_copy(name)) {
            remove(name);
        }
    }
}

/// By PID 1: a caller such as the web app's unit may not enter the host's mounts, nor may what it starts.
fn remove(name: &InstanceName) {
    let Ok(mut run) = left4me_helpers::tool("systemd-run") else { return };
    run.args(["--quiet", "--wait", "--collect", "--no-ask-password", "--"])
        .args([&format!("{LIBEXEC}/left4me-overlay"), "umount", name.as_str()])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    let _ = run.status();
}
