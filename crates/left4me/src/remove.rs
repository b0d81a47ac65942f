//! Removing a tree whose owner may be hostile: as deep as it likes, full of links, changed meanwhile.
//!
//! Every step goes through a descriptor that was reached without a link and without crossing a mount.
//! Nothing recurses, and a bounded number of directories is open: what lies deeper is first moved up.

use crate::{Context, Error, Result, beneath, printable};
use rustix::fs::{AtFlags, Dir, Mode, OFlags, RenameFlags};
use rustix::io::Errno;
use std::ffi::{CStr, CString, OsStr};
use std::os::fd::{AsFd, AsRawFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

const DIRECTORY: OFlags = OFlags::DIRECTORY.union(OFlags::NOFOLLOW).union(OFlags::CLOEXEC);
/// How many directories are open at once.
const OPEN: usize = 64;
/// How many names of one directory are held at once.
const LISTED: usize = 10_000;

/// Removes `path`, whatever it is, with all that is in it; nothing to do when there is nothing.
pub fn tree(path: &Path) -> Result<()> {
    let (Some(parent), Some(name)) = (path.parent(), path.file_name()) else {
        return Err(Error::new(format!("cannot remove {}", path.display())));
    };
    let parent = match rustix::fs::open(parent, DIRECTORY | OFlags::PATH, Mode::empty()) {
        Ok(parent) => parent,
        Err(Errno::NOENT) => return Ok(()),
        Err(e) => return Err(e).context(|| format!("cannot open {}", parent.display())),
    };
    let name = CString::new(name.as_bytes()).context(|| format!("cannot remove {}", path.display()))?;
    let here = Level { name: c"".to_owned(), dir: parent, todo: Vec::new(), is_whole: true };
    let Some(top) = here.remove_or_open(&name, path)? else { return Ok(()) };
    contents(top, path)?;
    here.remove_empty(&name).context(|| format!("cannot remove {}", path.display()))
}

/// Removes all that is in the directory `top`, which must be open for reading; `shown` names it in errors.
pub fn contents(top: OwnedFd, shown: &Path) -> Result<()> {
    let mut levels = vec![Level::new(c"".to_owned(), top, shown)?];
    let mut moved = 0;
    while let Some(here) = levels.last_mut() {
        if let Some(name) = here.todo.pop() {
            let Some(dir) = here.remove_or_open(&name, shown)? else { continue };
            if levels.len() < OPEN {
                levels.push(Level::new(name, dir, shown)?);
            } else {
                let name = move_up(&levels, &name, &dir, &mut moved, shown)?;
                levels[0].todo.push(name);
            }
        } else if !here.is_whole {
            here.list(shown)?;
        } else {
            let name = levels.pop().map(|done| done.name).unwrap_or_default();
            if let Some(parent) = levels.last() {
                parent.remove_empty(&name).context(|| format!("cannot remove {}", path(shown, &name)))?;
            }
        }
    }
    Ok(())
}

/// A directory on the way down, and which of its entries are still to go.
struct Level {
    name: CString,
    dir: OwnedFd,
    todo: Vec<CString>,
    /// Whether `todo` was all there is.
    is_whole: bool,
}

impl Level {
    fn new(name: CString, dir: OwnedFd, shown: &Path) -> Result<Level> {
        let mut level = Level { name, dir, todo: Vec::new(), is_whole: false };
        level.list(shown)?;
        Ok(level)
    }

    fn list(&mut self, shown: &Path) -> Result<()> {
        let listed = self.with_rights(names);
        let read = |e| Error::new(format!("cannot read {}: {}", path(shown, &self.name), words(e)));
        let (todo, is_whole) = listed.map_err(read)?;
        (self.todo, self.is_whole) = (todo, is_whole);
        Ok(())
    }

    /// A directory that holds something is opened, all else is gone.
    fn remove_or_open(&self, name: &CStr, shown: &Path) -> Result<Option<OwnedFd>> {
        let mount_point = || {
            Error::new(format!("{} is a mount point, it was left alone", path(shown, name)))
                .hint(format!("grep {} /proc/mounts shows it; sudo umount unmounts it", shown.display()))
        };
        let failed = |what: &str, e: Errno| {
            Err(Error::new(format!("cannot {what} {}: {}", path(shown, name), words(e))))
        };
        match self.with_rights(|dir| rustix::fs::unlinkat(dir, name, AtFlags::empty())) {
            Ok(()) | Err(Errno::NOENT) => return Ok(None),
            Err(Errno::BUSY) => return Err(mount_point()),
            Err(unlink) => {
                match self.with_rights(|dir| rustix::fs::unlinkat(dir, name, AtFlags::REMOVEDIR)) {
                    // It goes, too, when it belongs to somebody else and could not be opened.
                    Ok(()) | Err(Errno::NOENT) => return Ok(None),
                    Err(Errno::BUSY) => return Err(mount_point()),
                    Err(Errno::NOTDIR) => return failed("remove", unlink),
                    Err(_) => {}
                }
            }
        }
        match open(&self.dir, name) {
            Ok(inner) => Ok(Some(inner)),
            Err(Errno::XDEV) => Err(mount_point()),
            Err(e) => failed("open", e),
        }
    }

    fn remove_empty(&self, name: &CStr) -> rustix::io::Result<()> {
        match self.with_rights(|dir| rustix::fs::unlinkat(dir, name, AtFlags::REMOVEDIR)) {
            Err(Errno::NOENT) => Ok(()),
            done => done,
        }
    }

    /// Tries it again after making the directory accessible, if it is ours: a game makes some that are not.
    fn with_rights<T>(&self, work: impl Fn(&OwnedFd) -> rustix::io::Result<T>) -> rustix::io::Result<T> {
        match work(&self.dir) {
            Err(Errno::ACCESS) if open_up(&self.dir) => work(&self.dir),
            done => done,
        }
    }
}

/// Moves the directory `name` of the last level, open as `dir`, to the first one; returns its name there.
fn move_up(levels: &[Level], name: &CStr, dir: &OwnedFd, moved: &mut u64, shown: &Path) -> Result<CString> {
    let (top, here) = (&levels[0].dir, &levels[levels.len() - 1].dir);
    loop {
        *moved += 1;
        let new = CString::new(format!(".left4me-removing-{moved}")).unwrap_or_default();
        match rustix::fs::renameat_with(here, name, top, &new, RenameFlags::NOREPLACE) {
            Ok(()) => return Ok(new),
            Err(Errno::EXIST) => {}
            // Its entry ".." changes, for which it must be writable.
            Err(Errno::ACCESS) if rights(dir).is_some_and(|mode| mode & 0o700 != 0o700) && open_up(dir) => {}
            Err(e) => return Err(e).context(|| format!("cannot remove {}", path(shown, name))),
        }
    }
}

fn open(parent: &OwnedFd, name: &CStr) -> rustix::io::Result<OwnedFd> {
    let path = OsStr::from_bytes(name.to_bytes());
    let for_reading = || beneath::directory_to_list(parent, path);
    match for_reading() {
        Err(Errno::ACCESS) => {
            let closed = beneath::directory(parent, path)?;
            if open_up(&closed) { for_reading() } else { Err(Errno::ACCESS) }
        }
        opened => opened,
    }
}

/// Makes a directory of our own accessible to us. By its descriptor: its name may be a link's by now.
fn open_up(dir: impl AsFd) -> bool {
    let itself = format!("/proc/self/fd/{}", dir.as_fd().as_raw_fd());
    rustix::fs::chmod(itself, Mode::RWXU).is_ok()
}

fn rights(dir: &OwnedFd) -> Option<u32> {
    rustix::fs::fstat(dir).ok().map(|stat| stat.st_mode & 0o777)
}

/// Names in a directory, and whether these are all.
fn names(dir: &OwnedFd) -> rustix::io::Result<(Vec<CString>, bool)> {
    let mut names = Vec::new();
    for entry in Dir::read_from(dir)? {
        let entry = entry?;
        let name: &CStr = entry.file_name();
        if name == c"." || name == c".." {
            continue;
        }
        if names.len() == LISTED {
            return Ok((names, false));
        }
        names.push(name.to_owned());
    }
    Ok((names, true))
}

/// A name somewhere in the tree, whose owner chose it: it must not steer a terminal.
fn path(shown: &Path, name: &CStr) -> String {
    let is_top = name.is_empty() || shown.file_name() == Some(OsStr::from_bytes(name.to_bytes()));
    match is_top {
        true => shown.display().to_string(),
        false => format!("'{}' below {}", printable::line_of_bytes(name.to_bytes()), shown.display()),
    }
}

fn words(cause: Errno) -> std::io::Error {
    cause.into()
}

#[cfg(test)]
mod tests;
