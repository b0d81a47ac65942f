//! Opening what lies below `LEFT4ME_ROOT`: one directory beneath the other, by descriptor, links refused.
//!
//! The tree belongs to a user who may be hostile and may change it at any instant, so root reaches nothing there by
//! a path.

use rustix::fs::{Mode, OFlags, ResolveFlags, openat2};
use rustix::io::Errno;
use std::os::fd::{AsFd, OwnedFd};
use std::path::Path;

/// Nothing outside, no symbolic link, no /proc link on the way.
pub const CONFINED: ResolveFlags =
    ResolveFlags::BENEATH.union(ResolveFlags::NO_SYMLINKS).union(ResolveFlags::NO_MAGICLINKS);
/// A directory to be handed on; opening it this way neither reads it nor blocks.
pub const HANDLE: OFlags =
    OFlags::PATH.union(OFlags::DIRECTORY).union(OFlags::NOFOLLOW).union(OFlags::CLOEXEC);

/// Opens a directory by its absolute path, across mounts, through no link.
pub fn from_slash(path: &Path) -> Result<OwnedFd, Errno> {
    from(Path::new("/"), path)
}

/// The same, seen from another directory that is root's own, such as PID 1's `/`.
pub fn from(slash: &Path, path: &Path) -> Result<OwnedFd, Errno> {
    // Without NOFOLLOW: PID 1's is a link of the kernel's.
    let slash = rustix::fs::open(slash, HANDLE.difference(OFlags::NOFOLLOW), Mode::empty())?;
    match path.strip_prefix("/") {
        Ok(below) if !below.as_os_str().is_empty() => anchor(slash, below),
        _ => Ok(slash),
    }
}

/// Opens a directory beneath `directory`, which may be a mount of its own.
pub fn anchor(directory: impl AsFd, relative: impl AsRef<Path>) -> Result<OwnedFd, Errno> {
    openat2(directory, relative.as_ref(), HANDLE, Mode::empty(), CONFINED)
}

/// Opens a directory beneath `directory`, on the same mount: a FUSE mount of the user's is refused.
pub fn inside(directory: impl AsFd, relative: &str) -> Result<OwnedFd, Errno> {
    openat2(directory, relative, HANDLE, Mode::empty(), CONFINED | ResolveFlags::NO_XDEV)
}

/// Opens whatever `name` is in `directory`, on the same mount, without reading it; of a link, the link.
pub fn handle(directory: impl AsFd, name: impl rustix::path::Arg) -> Result<OwnedFd, Errno> {
    let flags = OFlags::PATH | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    openat2(directory, name, flags, Mode::empty(), CONFINED | ResolveFlags::NO_XDEV)
}
