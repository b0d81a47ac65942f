//! Opening what lies below the root: one directory beneath the other, by descriptor, links refused.

use left4me::layout::Layout;
use left4me::{Error, Result, beneath, printable};
use rustix::io::Errno;
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};

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
