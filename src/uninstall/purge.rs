//! Deleting the state tree. A hostile user owns it, and other file systems may be mounted in it.

use super::servers;
use crate::resource::Removal;
use left4me::host::Host;
use left4me::layout::RUNTIME_USER;
use left4me::{Context, Error, Result, beneath, remove, shell};
use rustix::io::Errno;
use std::os::unix::fs::MetadataExt;

/// Fails while anything is mounted in the tree, or a program of the runtime user runs.
pub fn refuse_if_in_use(host: &Host) -> Result<()> {
    if let Some(mount) = servers::mounts_below(host)?.first() {
        return Err(Error::new(format!("{} is a mount point; nothing was deleted", mount.display()))
            .hint(format!("sudo umount {}", shell::quote(mount))));
    }
    let Some(account) = host.account()?.filter(|_| host.is_running()) else { return Ok(()) };
    let running = |entry: std::fs::DirEntry| {
        let pid = entry.file_name().to_str()?.parse::<u32>().ok()?;
        (entry.metadata().ok()?.uid() == account.ids.uid).then_some(pid)
    };
    let entries = std::fs::read_dir("/proc").context(|| "cannot read /proc".into())?;
    match entries.flatten().find_map(running) {
        None => Ok(()),
        Some(pid) => Err(Error::new(format!(
            "the user {RUNTIME_USER} still runs programs (PID {pid}); nothing was deleted"
        ))
        .hint(format!("stop them; ps -u {RUNTIME_USER} lists them"))),
    }
}

/// Deletes everything in `LEFT4ME_ROOT` and the directory itself.
pub fn delete(host: &Host) -> Result<Removal> {
    let root = host.layout.root();
    let path = host.path(root);
    let top = match beneath::open_to_list(&path) {
        Ok(top) => top,
        Err(Errno::NOENT) => return Ok(Removal::Absent),
        Err(e) => return Err(e).context(|| format!("cannot open {}", root.display())),
    };
    remove::contents(top, root)?;
    match std::fs::remove_dir(&path) {
        Ok(()) => Ok(Removal::Removed),
        Err(e) if e.kind() == std::io::ErrorKind::ResourceBusy => {
            Ok(Removal::Kept("it is a mount point; it is empty now".into()))
        }
        Err(e) => Err(e).context(|| format!("cannot remove {}", root.display())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use left4me::layout::Layout;
    use std::process::Command;

    /// A mount that is made after the mount table was read.
    #[test]
    #[ignore = "needs root: tests/run.sh"]
    fn a_mount_that_appears_in_the_tree_is_not_entered() {
        left4me_test_support::needs::root();
        let dir = tempfile::Builder::new().prefix("left4me-").tempdir().unwrap();
        let (root, precious) = (dir.path().join("root"), dir.path().join("precious"));
        let bound = root.join("overlays/bound");
        std::fs::create_dir_all(&bound).unwrap();
        std::fs::create_dir(&precious).unwrap();
        std::fs::write(precious.join("file"), "safe").unwrap();
        let host = Host::unprivileged(Layout::new(&root).unwrap());
        // On the same file system, so the device numbers do not differ.
        let mounted = Command::new("mount").arg("--bind").args([&precious, &bound]).status().unwrap();
        let refused = delete(&host);
        assert!(mounted.success() && Command::new("umount").arg(&bound).status().unwrap().success());
        let error = refused.unwrap_err();
        assert!(error.message().starts_with("'bound' below "), "{error}");
        assert!(error.message().ends_with(" is a mount point, it was left alone"), "{error}");
        assert_eq!(std::fs::read_to_string(precious.join("file")).unwrap(), "safe");
        assert_eq!(delete(&host).unwrap(), Removal::Removed);
    }
}
