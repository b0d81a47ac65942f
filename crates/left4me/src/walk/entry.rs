//! What a walk shows: an entry of a directory, and what it is.

use rustix::fs::{AtFlags, FileType, Statx, StatxAttributes, StatxFlags};
use rustix::io::Result;
use std::ffi::{CStr, OsStr};
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

/// Of a mount, a file system of the runtime user's own would be asked, and could be silent.
const UNASKED: AtFlags = AtFlags::NO_AUTOMOUNT.union(AtFlags::STATX_DONT_SYNC);

/// Something in the tree.
pub struct Entry<'a> {
    /// Its path below the top.
    pub path: &'a Path,
    /// How many directories it lies below the top: 1 for what lies directly in it.
    pub depth: usize,
    /// The directory that it is in.
    pub directory: &'a OwnedFd,
    /// Its name there.
    pub name: &'a CStr,
}

impl Entry<'_> {
    /// What it is and how large; of a link, the link.
    pub fn stat(&self) -> Result<Stat> {
        let flags = AtFlags::SYMLINK_NOFOLLOW | UNASKED;
        rustix::fs::statx(self.directory, self.name, flags, StatxFlags::BASIC_STATS).map(Stat)
    }

    /// Its name as a path.
    pub fn file_name(&self) -> &Path {
        as_path(self.name)
    }
}

/// What an entry is and how large.
pub struct Stat(Statx);

impl Stat {
    /// A file, a directory, a link …
    pub fn kind(&self) -> FileType {
        FileType::from_raw_mode(self.0.stx_mode.into())
    }

    /// Who may do what with it: twelve bits.
    pub fn mode(&self) -> u32 {
        u32::from(self.0.stx_mode) & 0o7777
    }

    /// Whether it is a directory.
    pub fn is_directory(&self) -> bool {
        self.kind() == FileType::Directory
    }

    /// The kernel's mark for "deleted": a character device 0:0.
    pub fn is_whiteout(&self) -> bool {
        self.kind() == FileType::CharacterDevice && (self.0.stx_rdev_major, self.0.stx_rdev_minor) == (0, 0)
    }

    /// Whether something is mounted on it.
    pub fn is_mount_point(&self) -> bool {
        self.0.stx_attributes.contains(StatxAttributes::MOUNT_ROOT)
    }

    /// Its permissions, with setuid, setgid and sticky.
    pub fn permissions(&self) -> u32 {
        u32::from(self.0.stx_mode) & 0o7777
    }

    /// Its length in bytes.
    pub fn length(&self) -> u64 {
        self.0.stx_size
    }

    /// What it takes on disk.
    pub fn disk_bytes(&self) -> u64 {
        self.0.stx_blocks.saturating_mul(512)
    }
}

/// A name as a path.
pub(super) fn as_path(name: &CStr) -> &Path {
    Path::new(OsStr::from_bytes(name.to_bytes()))
}
