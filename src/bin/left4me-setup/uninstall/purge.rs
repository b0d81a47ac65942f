//! Deleting the state tree. A hostile user owns it, and other file systems may be mounted in it: every
//! step goes through a descriptor that was reached without a link and without crossing a mount.

use super::servers;
use crate::host::Host;
use crate::resource::Removal;
use left4me_setup::layout::RUNTIME_USER;
use left4me_setup::{Context, Error, Result};
use rustix::fs::{AtFlags, Dir, Mode, OFlags, ResolveFlags};
use rustix::io::Errno;
use std::ffi::{CStr, CString};
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::fs::MetadataExt;

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
    empty(&top, &root.display().to_string())?;
    match std::fs::remove_dir(&path) {
        Ok(()) => Ok(Removal::Removed),
        Err(e) if e.kind() == std::io::ErrorKind::ResourceBusy => {
            Ok(Removal::Kept("it is a mount point, now an empty one".into()))
        }
        Err(e) => Err(e).context(|| format!("cannot remove {}", root.display())),
    }
}

fn empty(dir: &OwnedFd, shown: &str) -> Result<()> {
    for name in names(dir).context(|| format!("cannot read {shown}"))? {
        let below = format!("{shown}/{}", name.to_string_lossy());
        match rustix::fs::unlinkat(dir, &name, AtFlags::empty()) {
            Ok(()) | Err(Errno::NOENT) => continue,
            Err(Errno::ISDIR | Errno::PERM) => {}
            Err(e) => return Err(e).context(|| format!("cannot remove {below}")),
        }
        let resolve = ResolveFlags::BENEATH | ResolveFlags::NO_SYMLINKS | ResolveFlags::NO_XDEV;
        let inner = match rustix::fs::openat2(dir.as_fd(), &name, FLAGS, Mode::empty(), resolve) {
            Ok(inner) => inner,
            Err(Errno::XDEV) => {
                return Err(Error::new(format!("{below} is a mount point, it was left alone")));
            }
            Err(e) => return Err(e).context(|| format!("cannot open {below}")),
        };
        empty(&inner, &below)?;
        rustix::fs::unlinkat(dir, &name, AtFlags::REMOVEDIR).context(|| format!("cannot remove {below}"))?;
    }
    Ok(())
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
