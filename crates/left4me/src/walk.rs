//! Looking at all that a tree holds. Its owner may be hostile: it is as deep as it likes, and changes meanwhile.
//!
//! Nothing recurses, no link is followed, no other mount is entered, and a bounded number of directories is open.

use crate::beneath;
use rustix::fs::{AtFlags, Dir, FileType, Statx, StatxAttributes, StatxFlags, statx};
use rustix::io::Result;
use std::ffi::OsStr;
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

/// How many directories are open at once.
const OPEN: usize = 64;
/// How much of a path the kernel takes at once.
const LONGEST_PATH: usize = 4000;

/// Something in the tree.
pub struct Entry<'a> {
    /// Its path below the top.
    pub path: &'a Path,
    /// What it is and how large.
    pub stat: &'a Statx,
}

impl Entry<'_> {
    /// Whether it is a directory.
    pub fn is_directory(&self) -> bool {
        self.kind() == FileType::Directory
    }

    /// The kernel's mark for "deleted": a character device 0:0.
    pub fn is_whiteout(&self) -> bool {
        self.kind() == FileType::CharacterDevice
            && self.stat.stx_rdev_major == 0
            && self.stat.stx_rdev_minor == 0
    }

    /// What it takes on disk.
    pub fn disk_bytes(&self) -> u64 {
        self.stat.stx_blocks.saturating_mul(512)
    }

    fn kind(&self) -> FileType {
        FileType::from_raw_mode(self.stat.stx_mode.into())
    }
}

/// Shows `visit` everything below the directory `top`, each with what `visit` returned for its parent, which for
/// `top` is `data`. Returns how many entries could not be looked at.
pub fn all<T>(top: OwnedFd, data: T, visit: impl FnMut(&T, &Entry) -> Option<T>) -> u64 {
    let mut walk = Walk { path: PathBuf::new(), levels: Vec::new(), unreadable: 0, visit };
    walk.list(top, &data);
    while let Some(level) = walk.levels.last_mut() {
        let Some((name, data)) = level.todo.pop() else {
            walk.levels.pop();
            walk.path.pop();
            continue;
        };
        match walk.open(&name) {
            Ok(directory) => {
                walk.path.push(&name);
                walk.list(directory, &data);
            }
            // Gone meanwhile.
            Err(rustix::io::Errno::NOENT) => {}
            Err(_) => walk.unreadable += 1,
        }
    }
    walk.unreadable
}

struct Walk<T, V> {
    /// The directory of the last level.
    path: PathBuf,
    levels: Vec<Level<T>>,
    unreadable: u64,
    visit: V,
}

/// A directory on the way down, and the directories in it that are still to be listed.
struct Level<T> {
    directory: Option<OwnedFd>,
    todo: Vec<(PathBuf, T)>,
}

impl<T, V: FnMut(&T, &Entry) -> Option<T>> Walk<T, V> {
    /// Visits what is in a directory, which becomes the last level.
    fn list(&mut self, directory: OwnedFd, data: &T) {
        let mut todo = Vec::new();
        if self.each(&directory, data, &mut todo).is_err() {
            self.unreadable += 1;
        }
        // The top is kept: it is where a way begins.
        if self.levels.len() > OPEN {
            let closed = self.levels.len() - OPEN;
            self.levels[closed].directory = None;
        }
        let is_needed = self.levels.is_empty() || !todo.is_empty();
        self.levels.push(Level { directory: is_needed.then_some(directory), todo });
    }

    fn each(&mut self, directory: &OwnedFd, data: &T, todo: &mut Vec<(PathBuf, T)>) -> Result<()> {
        for entry in Dir::read_from(directory)? {
            let entry = entry?;
            let name = entry.file_name();
            if matches!(name.to_bytes(), b"." | b"..") {
                continue;
            }
            // Of a mount, a file system of the runtime user's own would be asked, and could be silent.
            let flags = AtFlags::SYMLINK_NOFOLLOW | AtFlags::NO_AUTOMOUNT | AtFlags::STATX_DONT_SYNC;
            let stat = match statx(directory, name, flags, StatxFlags::BASIC_STATS) {
                Ok(stat) if !stat.stx_attributes.contains(StatxAttributes::MOUNT_ROOT) => stat,
                Err(rustix::io::Errno::NOENT) => continue,
                _ => {
                    self.unreadable += 1;
                    continue;
                }
            };
            let name = Path::new(OsStr::from_bytes(name.to_bytes()));
            self.path.push(name);
            let below = (self.visit)(data, &Entry { path: &self.path, stat: &stat });
            self.path.pop();
            if let Some(data) = below {
                todo.push((name.to_owned(), data));
            }
        }
        Ok(())
    }

    /// Opens a directory in the last level; that and those above it are opened again where they had to be closed.
    fn open(&mut self, name: &Path) -> Result<OwnedFd> {
        let last = self.levels.len() - 1;
        if self.levels[last].directory.is_none() {
            let names: Vec<&OsStr> = self.path.iter().collect();
            let first = last.saturating_sub(OPEN - 1).max(1);
            let mut directory = open_far(&self.levels[0], &names[..first])?;
            for (level, name) in self.levels[first..last].iter_mut().zip(&names[first..]) {
                let next = beneath::directory_to_list(&directory, Path::new(name))?;
                level.directory = Some(directory);
                directory = next;
            }
            self.levels[last].directory = Some(directory);
        }
        match &self.levels[last].directory {
            Some(directory) => beneath::directory_to_list(directory, name),
            None => Err(rustix::io::Errno::NOENT),
        }
    }
}

/// Opens what may be further away than a path can be long.
fn open_far<T>(top: &Level<T>, names: &[&OsStr]) -> Result<OwnedFd> {
    let (mut reached, mut path) = (None, PathBuf::new());
    for (at, name) in names.iter().enumerate() {
        path.push(name);
        let next = names.get(at + 1).map_or(usize::MAX / 2, |next| next.len());
        if path.as_os_str().len() + 1 + next > LONGEST_PATH {
            let from = reached.as_ref().or(top.directory.as_ref());
            let directory = from.ok_or(rustix::io::Errno::NOENT)?;
            reached = Some(beneath::directory_to_list(directory, &path)?);
            path.clear();
        }
    }
    reached.ok_or(rustix::io::Errno::NOENT)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rustix::fs::{Mode, OFlags};

    /// `branches` directories in each, of which the last one goes on.
    fn comb(depth: usize, branches: usize) -> tempfile::TempDir {
        let dir = tempfile::tempdir_in("/dev/shm").unwrap();
        let flags = OFlags::DIRECTORY | OFlags::RDONLY;
        let mut here = rustix::fs::open(dir.path(), flags, Mode::empty()).unwrap();
        for _ in 0..depth {
            for branch in 0..branches {
                rustix::fs::mkdirat(&here, format!("d{branch}"), Mode::RWXU).unwrap();
            }
            here = rustix::fs::openat(&here, format!("d{}", depth % branches), flags, Mode::empty()).unwrap();
        }
        dir
    }

    #[test]
    fn everything_is_seen_once_at_any_depth() {
        for (depth, branches) in [(3, 2), (OPEN, 3), (3 * OPEN, 3), (3000, 3)] {
            let dir = comb(depth, branches);
            let top = rustix::fs::open(dir.path(), OFlags::RDONLY, Mode::empty()).unwrap();
            let (mut seen, mut deepest) = (0, 0);
            let unreadable = all(top, 1, |level, entry| {
                assert_eq!(entry.path.iter().count(), *level);
                seen += 1;
                deepest = deepest.max(*level);
                Some(level + 1)
            });
            assert_eq!((unreadable, seen, deepest), (0, depth * branches, depth));
            crate::remove::tree(dir.path()).unwrap();
        }
    }
}
