//! Deleting the state tree. A hostile user owns it, and other file systems may be mounted in it: every
//! step goes through a descriptor that was reached without a link and without crossing a mount.

use super::servers;
use crate::host::Host;
use crate::resource::Removal;
use left4me_setup::layout::RUNTIME_USER;
use left4me_setup::{Context, Error, Result};
use rustix::fs::{AtFlags, Dir, Mode, OFlags, ResolveFlags};
use rustix::io::Errno;
use std::collections::VecDeque;
use std::ffi::{CStr, CString};
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::fs::MetadataExt;
use std::path::Path;

const FLAGS: OFlags = OFlags::DIRECTORY.union(OFlags::RDONLY).union(OFlags::NOFOLLOW).union(OFlags::CLOEXEC);

/// Nothing is deleted while something is mounted in the tree or a program of the runtime user runs.
pub fn refuse_if_in_use(host: &Host) -> Result<()> {
    if let Some(mount) = servers::mounts_below(host)?.first() {
        return Err(Error::new(format!("{} is a mount point; nothing was deleted", mount.display()))
            .hint(format!("umount {}", mount.display())));
    }
    let Some(account) = host.account()?.filter(|_| host.is_running()) else { return Ok(()) };
    let running = |entry: std::fs::DirEntry| {
        let pid = entry.file_name().to_str()?.parse::<u32>().ok()?;
        (entry.metadata().ok()?.uid() == account.ids.uid).then_some(pid)
    };
    let entries = std::fs::read_dir("/proc").context(|| "cannot read /proc".into())?;
    match entries.flatten().find_map(running) {
        None => Ok(()),
        Some(pid) => {
            Err(Error::new(format!("{RUNTIME_USER} still runs programs (PID {pid}); nothing was deleted"))
                .hint(format!("stop them: `ps -u {RUNTIME_USER}` lists them")))
        }
    }
}

/// Deletes everything in `LEFT4ME_ROOT` and the directory itself.
pub fn delete(host: &Host) -> Result<Removal> {
    let root = host.layout.root();
    let path = host.path(root);
    let top = match rustix::fs::open(&path, FLAGS, Mode::empty()) {
        Ok(top) => top,
        Err(Errno::NOENT) => return Ok(Removal::Absent),
        Err(e) => return Err(e).context(|| format!("cannot open {}", root.display())),
    };
    empty(&top, root)?;
    match std::fs::remove_dir(&path) {
        Ok(()) => Ok(Removal::Removed),
        Err(e) if e.kind() == std::io::ErrorKind::ResourceBusy => {
            Ok(Removal::Kept("it is a mount point, now an empty one".into()))
        }
        Err(e) => Err(e).context(|| format!("cannot remove {}", root.display())),
    }
}

/// A directory on the way down, and which of its entries are still to go.
struct Level {
    name: CString,
    dir: OwnedFd,
    todo: Vec<CString>,
}

/// How many directories are open at once: how deep the tree is its owner decides.
const OPEN: usize = 64;

/// Empties `top`, in as many passes as it takes.
fn empty(top: &OwnedFd, shown: &Path) -> Result<()> {
    while !pass(top, shown)? {}
    Ok(())
}

/// Goes down and deletes on the way up. Further down than [`OPEN`], the way back is given up for the
/// next pass. Whether `top` is empty now.
fn pass(top: &OwnedFd, shown: &Path) -> Result<bool> {
    let top = top.try_clone().context(|| format!("cannot open {}", shown.display()))?;
    let mut levels = VecDeque::from([level(c"".to_owned(), top, || shown.display().to_string())?]);
    let mut whole = true;
    while let Some(here) = levels.back_mut() {
        match here.todo.pop() {
            Some(name) => {
                let Some(dir) = remove_or_open(here, &name, shown)? else { continue };
                levels.push_back(level(name.clone(), dir, || path(shown, &name))?);
                if levels.len() > OPEN {
                    levels.pop_front();
                    whole = false;
                }
            }
            None => {
                let name = levels.pop_back().map(|done| done.name).unwrap_or_default();
                if let Some(parent) = levels.back() {
                    rustix::fs::unlinkat(&parent.dir, &name, AtFlags::REMOVEDIR)
                        .context(|| format!("cannot remove {}", path(shown, &name)))?;
                }
            }
        }
    }
    Ok(whole)
}

fn level(name: CString, dir: OwnedFd, shown: impl FnOnce() -> String) -> Result<Level> {
    let todo = names(&dir).context(|| format!("cannot read {}", shown()))?;
    Ok(Level { name, dir, todo })
}

/// A directory is opened, all else is gone.
fn remove_or_open(here: &Level, name: &CStr, shown: &Path) -> Result<Option<OwnedFd>> {
    let mount_point = || Error::new(format!("{} is a mount point, it was left alone", path(shown, name)));
    match rustix::fs::unlinkat(&here.dir, name, AtFlags::empty()) {
        Ok(()) | Err(Errno::NOENT) => return Ok(None),
        Err(Errno::ISDIR | Errno::PERM) => {}
        Err(Errno::BUSY) => return Err(mount_point()),
        Err(e) => return Err(e).context(|| format!("cannot remove {}", path(shown, name))),
    }
    let resolve = ResolveFlags::BENEATH | ResolveFlags::NO_SYMLINKS | ResolveFlags::NO_XDEV;
    match rustix::fs::openat2(here.dir.as_fd(), name, FLAGS, Mode::empty(), resolve) {
        Ok(inner) => Ok(Some(inner)),
        Err(Errno::XDEV) => Err(mount_point()),
        Err(e) => Err(e).context(|| format!("cannot open {}", path(shown, name))),
    }
}

/// A name somewhere in the tree, whose owner chose it: it must not steer a terminal.
fn path(shown: &Path, name: &CStr) -> String {
    format!("'{}' below {}", name.to_string_lossy().escape_debug(), shown.display())
}

fn names(dir: &OwnedFd) -> rustix::io::Result<Vec<CString>> {
    let mut names = Vec::new();
    for entry in Dir::read_from(dir)? {
        let entry = entry?;
        let name: &CStr = entry.file_name();
        if name != c"." && name != c".." {
            names.push(name.to_owned());
        }
    }
    Ok(names)
}

#[cfg(test)]
mod tests {
    use super::*;
    use left4me_setup::layout::Layout;
    use std::process::Command;

    /// One that is made after the look at the kernel's table.
    #[test]
    fn a_mount_that_appears_in_the_tree_is_not_entered() {
        if !nix::unistd::geteuid().is_root() {
            assert!(std::env::var_os("CI").is_none(), "mounting needs root");
            return println!("skipped: mounting needs root");
        }
        let dir = tempfile::Builder::new().prefix("left4me-").tempdir().unwrap();
        let (root, precious) = (dir.path().join("root"), dir.path().join("precious"));
        let bound = root.join("overlays/bound");
        std::fs::create_dir_all(&bound).unwrap();
        std::fs::create_dir(&precious).unwrap();
        std::fs::write(precious.join("file"), "safe").unwrap();
        let host = Host::unprivileged(Layout::new(&root).unwrap());
        // Of the same file system: by device numbers it cannot be told.
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
