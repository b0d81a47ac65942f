//! Opening what lies below the root: one directory beneath the other, by descriptor, links refused.

use left4me::layout::Layout;
use left4me::{Error, Result, beneath, printable};
use rustix::fs::{AtFlags, Dir};
use rustix::io::Errno;
use std::os::fd::{AsFd, OwnedFd};
use std::path::{Path, PathBuf};

/// Deeper scratch than the kernel ever makes was planted, and its owner can remove it.
const DEEPEST: usize = 128;

/// `LEFT4ME_ROOT`, opened.
pub struct Tree {
    root: OwnedFd,
    path: PathBuf,
    owner: u32,
    group: u32,
}

impl Tree {
    /// Opens the root; `None` when it does not exist.
    pub fn open(layout: &Layout) -> Result<Option<Tree>> {
        let path = layout.root().to_owned();
        match beneath::open_absolute(&path) {
            Ok(root) => {
                let stat = rustix::fs::fstat(&root).map_err(|cause| refusal(&path, cause))?;
                Ok(Some(Tree { root, path, owner: stat.st_uid, group: stat.st_gid }))
            }
            Err(Errno::NOENT) => Ok(None),
            Err(cause) => Err(refusal(&path, cause)
                .hint("LEFT4ME_ROOT in /etc/left4me/host.env must be the real path, without links")),
        }
    }

    /// Opens one of the root's own directories, which may be a mount of its own.
    pub fn anchor(&self, name: &str) -> std::result::Result<OwnedFd, Errno> {
        beneath::directory_on_any_mount(&self.root, name)
    }

    /// The absolute path of something below the root, for messages.
    pub fn path(&self, relative: impl AsRef<Path>) -> PathBuf {
        self.path.join(relative)
    }

    /// The runtime user's uid: the owner of the root.
    pub fn owner(&self) -> u32 {
        self.owner
    }

    /// The runtime user's gid: the group of the root.
    pub fn group(&self) -> u32 {
        self.group
    }
}

/// Says why something below the root could not be opened.
pub fn refusal(path: &Path, cause: Errno) -> Error {
    let path = printable::path(path);
    match cause {
        Errno::NOENT => Error::new(format!("path does not exist: {path}")),
        Errno::LOOP | Errno::NOTDIR => Error::new(format!("path is a symbolic link or not a directory: {path}"))
            .hint("links are refused because their owner could change them meanwhile; use a directory or a bind mount"),
        Errno::XDEV => Error::new(format!("path lies on another mount than its parent directory: {path}"))
            .hint("only the directories directly below LEFT4ME_ROOT may be mounts of their own"),
        Errno::NOSYS => Error::new(format!("cannot open {path}: openat2 is not available"))
            .hint("it needs Linux 5.6 and a unit without RestrictSUIDSGID=, which blocks it"),
        cause => Error::new(format!("cannot open {path}: {cause}")),
    }
}

/// Removes the directory `name` in `parent` and what is in it, on the same mount, following no link.
///
/// Absent, or not a directory, is fine: then it is not the kernel's.
pub fn remove(parent: impl AsFd, name: &str) -> std::result::Result<(), Errno> {
    remove_below(parent.as_fd(), Path::new(name), 0)
}

fn remove_below(
    parent: rustix::fd::BorrowedFd<'_>,
    name: &Path,
    depth: usize,
) -> std::result::Result<(), Errno> {
    match rustix::fs::unlinkat(parent, name, AtFlags::REMOVEDIR) {
        Err(Errno::NOTEMPTY) if depth < DEEPEST => {}
        Err(Errno::NOENT) => return Ok(()),
        Err(Errno::NOTDIR) if depth == 0 => return Ok(()),
        done => return done,
    }
    let directory = beneath::directory_to_list(parent, name)?;
    for entry in Dir::read_from(&directory)? {
        let entry = entry?;
        if matches!(entry.file_name().to_bytes(), b"." | b"..") {
            continue;
        }
        match rustix::fs::unlinkat(&directory, entry.file_name(), AtFlags::empty()) {
            Err(Errno::ISDIR) => {
                use std::os::unix::ffi::OsStrExt;
                let name = Path::new(std::ffi::OsStr::from_bytes(entry.file_name().to_bytes()));
                remove_below(directory.as_fd(), name, depth + 1)?;
            }
            Err(Errno::NOENT) | Ok(()) => {}
            Err(cause) => return Err(cause),
        }
    }
    rustix::fs::unlinkat(parent, name, AtFlags::REMOVEDIR)
}
