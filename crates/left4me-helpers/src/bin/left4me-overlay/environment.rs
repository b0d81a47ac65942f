//! `/run/left4me/NAME.env`: root's own copy of what a server's unit takes from `instance.env`.
//!
//! PID 1 reads an `EnvironmentFile=` with all rights. Were that a file of the runtime user's, a link
//! in its place would put any root-only file of the disk into the server's environment, and a FIFO
//! would hang PID 1. So the unit reads this copy, and only these two keys get into it.

pub use left4me::layout::environment_copy as path;
use left4me::mounted::Mounted;
use left4me::name::InstanceName;
use left4me::{Context, Error, Result, atomic};
use std::fs::Permissions;
use std::io::ErrorKind;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

/// More file trees than any host has servers; without a bound, the runtime user could fill /run, which is memory.
const MOST: usize = 1000;

/// Writes the copy, whole or not at all; `group` may read it, so that l4d2ctl can tell what a server runs with, and on
/// which layers.
pub fn write(name: &InstanceName, copy: &Mounted, group: u32) -> Result<()> {
    let path = path(name);
    let directory = path.parent().unwrap_or(Path::new("/run"));
    let failed = || format!("cannot make {}", directory.display());
    match std::fs::create_dir(directory) {
        Err(e) if e.kind() != ErrorKind::AlreadyExists => return Err(e).context(failed),
        _ => {}
    }
    // Whatever the umask: l4d2ctl sees by the copies which trees systemd believes to be mounted.
    std::fs::set_permissions(directory, Permissions::from_mode(0o755)).context(failed)?;
    if !path.exists() && std::fs::read_dir(directory).context(failed)?.count() >= MOST {
        return Err(Error::new(format!("{MOST} file trees are mounted, and more are not allowed"))
            .hint("stop servers that nobody needs: l4d2ctl status lists them"));
    }
    atomic::write(&path, copy.to_text().as_bytes(), 0o640, Some((0, group)))
}

/// Removes the copy; nothing to do when there is none.
pub fn remove(name: &InstanceName) -> Result<()> {
    match std::fs::remove_file(path(name)) {
        Err(e) if e.kind() != ErrorKind::NotFound => {
            Err(e).context(|| format!("cannot remove {}", path(name).display()))
        }
        _ => Ok(()),
    }
}

/// The command that [`remove`] stands for; empty when there is no copy.
pub fn describe_removal(name: &InstanceName) -> String {
    let path = path(name);
    if path.exists() { format!("rm {}\n", path.display()) } else { String::new() }
}
