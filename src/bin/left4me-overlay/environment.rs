//! `/run/left4me/NAME.env`: root's own copy of what a server's unit takes from `instance.env`.
//!
//! PID 1 reads an `EnvironmentFile=` with all rights. Were that a file of the runtime user's, a link
//! in its place would put any root-only file of the disk into the server's environment, and a FIFO
//! would hang PID 1. So the unit reads this copy, and only these two keys get into it.

pub use left4me_setup::layout::environment_copy as path;
use left4me_setup::name::InstanceName;
use left4me_setup::{Context, Error, Result, atomic, instance_env};
use std::fs::Permissions;
use std::io::ErrorKind;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

const KEYS: [&str; 2] = ["L4D2_PORT", "L4D2_ARGS"];

/// The two keys of an `instance.env`, as lines.
///
/// Fails on a control character, which no `initialize` writes and a unit's command line has no use for.
pub fn pick(text: &str) -> Result<String> {
    let mut lines = String::new();
    for key in KEYS {
        let Some(value) = instance_env::value(text, key) else { continue };
        if value.chars().any(|c| c.is_control() && c != '\t') {
            return Err(Error::new(format!("{key} has a control character"))
                .hint("make the instance again: sudo l4d2ctl initialize NAME -f SPEC"));
        }
        // A backslash at the end would join the next line to this one.
        lines.push_str(&format!("{key}={}\n", value.trim_end_matches('\\')));
    }
    Ok(lines)
}

/// Writes the copy, whole or not at all.
pub fn write(name: &InstanceName, lines: &str) -> Result<()> {
    let path = path(name);
    let directory = path.parent().unwrap_or(Path::new("/run"));
    let failed = || format!("cannot make {}", directory.display());
    match std::fs::create_dir(directory) {
        Err(e) if e.kind() != ErrorKind::AlreadyExists => return Err(e).context(failed),
        _ => {}
    }
    // Whatever the umask: l4d2ctl sees by the copies which trees systemd believes to be mounted.
    std::fs::set_permissions(directory, Permissions::from_mode(0o755)).context(failed)?;
    atomic::write(&path, lines.as_bytes(), 0o600, None)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_two_keys_get_through() {
        let text =
            "LD_PRELOAD=/x.so\nL4D2_PORT=27015\nL4D2_LOWERDIRS=/a:/b\nL4D2_ARGS=-tickrate 100\\\nPATH=/x\n";
        assert_eq!(pick(text).unwrap(), "L4D2_PORT=27015\nL4D2_ARGS=-tickrate 100\n");
        assert_eq!(pick("").unwrap(), "");
        assert!(pick("L4D2_ARGS=a\u{1b}b\n").is_err());
    }
}
