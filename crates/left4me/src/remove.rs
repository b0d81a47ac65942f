//! Removing a tree whose owner may be hostile: a [`walk`](crate::walk) that leaves nothing behind.

use crate::walk::{self, Entry, Next, Visitor};
use crate::{Context, Error, Result, beneath, printable};
use rustix::fs::{AtFlags, Mode};
use rustix::io::Errno;
use std::ffi::{CString, OsStr};
use std::ops::ControlFlow;
use std::os::fd::{AsFd, AsRawFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

/// What is too much for whoever removes as root what another may go on making.
#[derive(Debug, Clone, Copy)]
pub struct Bounds {
    /// Directories one below the other.
    pub depth: usize,
    /// Entries in all.
    pub entries: u64,
}

impl Bounds {
    const NONE: Bounds = Bounds { depth: usize::MAX, entries: u64::MAX };
}

/// Removes `path`, whatever it is, with all that is in it; nothing to do when there is nothing.
pub fn tree(path: &Path) -> Result<()> {
    let (Some(parent), Some(name)) = (path.parent(), path.file_name()) else {
        return Err(Error::new(format!("cannot remove {}", path.display())));
    };
    let parent = match beneath::open_directory(parent) {
        Ok(parent) => parent,
        Err(Errno::NOENT) => return Ok(()),
        Err(e) => return Err(e).context(|| format!("cannot open {}", parent.display())),
    };
    entry(&parent, name, path, Bounds::NONE)
}

/// Removes `name` in `parent`, with all that is in it, within bounds; `shown` names it in errors.
pub fn entry(parent: &OwnedFd, name: &OsStr, shown: &Path, bounds: Bounds) -> Result<()> {
    let mut removal = Removal { shown, bounds, visited: 0, result: Ok(()) };
    let c_name = CString::new(name.as_bytes()).context(|| format!("cannot remove {}", shown.display()))?;
    let entry = Entry { path: Path::new(""), depth: 0, directory: parent, name: &c_name };
    if let Next::Enter(()) = removal.visit(&(), &entry) {
        match removal.open(&entry) {
            Ok(top) => {
                walk::walk(top, (), &mut removal);
                if removal.result.is_ok() {
                    let _ = removal.leave(&entry);
                }
            }
            Err(cause) => removal.fail("open", entry.path, cause),
        }
    }
    removal.result
}

/// Removes all that is in the directory `top`, which must be open for reading; `shown` names it in errors.
pub fn contents(top: OwnedFd, shown: &Path) -> Result<()> {
    let mut removal = Removal { shown, bounds: Bounds::NONE, visited: 0, result: Ok(()) };
    make_accessible(&top);
    walk::walk(top, (), &mut removal);
    removal.result
}

struct Removal<'a> {
    shown: &'a Path,
    bounds: Bounds,
    /// How many entries were visited.
    visited: u64,
    /// The first error, which ends it.
    result: Result<()>,
}

impl Visitor for Removal<'_> {
    type Data = ();
    const REMOVES: bool = true;

    fn visit(&mut self, (): &(), entry: &Entry) -> Next<()> {
        self.visited += 1;
        if self.visited > self.bounds.entries {
            let (most, shown) = (self.bounds.entries, self.shown.display());
            self.result = Err(Error::new(format!("{shown} has more than {most} entries")));
            return Next::Stop;
        }
        let unlinked = match rustix::fs::unlinkat(entry.directory, entry.name, AtFlags::empty()) {
            Ok(()) | Err(Errno::NOENT) => return Next::Skip,
            Err(cause) => cause,
        };
        match rustix::fs::unlinkat(entry.directory, entry.name, AtFlags::REMOVEDIR) {
            // An empty directory goes, too, when it belongs to somebody else and could not be opened.
            Ok(()) | Err(Errno::NOENT) => return Next::Skip,
            Err(Errno::NOTDIR) => self.fail("remove", entry.path, unlinked),
            Err(cause) if cause == Errno::BUSY || entry.depth > self.bounds.depth => {
                self.fail("remove", entry.path, cause);
            }
            Err(_) => return Next::Enter(()),
        }
        Next::Stop
    }

    fn open(&mut self, entry: &Entry) -> rustix::io::Result<OwnedFd> {
        let for_reading = || beneath::directory_to_list(entry.directory, entry.file_name());
        let opened = match for_reading() {
            Err(Errno::ACCESS) => {
                make_accessible(beneath::directory(entry.directory, entry.file_name())?);
                for_reading()?
            }
            opened => opened?,
        };
        make_accessible(&opened);
        Ok(opened)
    }

    fn leave(&mut self, entry: &Entry) -> ControlFlow<()> {
        match rustix::fs::unlinkat(entry.directory, entry.name, AtFlags::REMOVEDIR) {
            Ok(()) | Err(Errno::NOENT) => ControlFlow::Continue(()),
            Err(cause) => self.failed("remove", entry.path, cause),
        }
    }

    fn failed(&mut self, verb: &str, path: &Path, cause: Errno) -> ControlFlow<()> {
        self.fail(verb, path, cause);
        ControlFlow::Break(())
    }
}

impl Removal<'_> {
    fn fail(&mut self, verb: &str, path: &Path, cause: Errno) {
        let place = match path.file_name() {
            None => self.shown.display().to_string(),
            // Its owner chose the name: it must not steer a terminal.
            Some(name) => {
                format!("'{}' below {}", printable::line_of_bytes(name.as_bytes()), self.shown.display())
            }
        };
        self.result = Err(match cause {
            Errno::BUSY | Errno::XDEV => Error::new(format!("{place} is a mount point, it was left alone"))
                .hint(format!(
                    "grep {} /proc/mounts shows it; sudo umount unmounts it",
                    self.shown.display()
                )),
            cause => Error::new(format!("cannot {verb} {place}: {}", std::io::Error::from(cause))),
        });
    }
}

/// Makes a directory of our own accessible to us: a game makes some that are not. By its descriptor, because its
/// name may be a link's by now.
fn make_accessible(directory: impl AsFd) {
    let directory = directory.as_fd();
    if rustix::fs::fstat(directory).is_ok_and(|stat| stat.st_mode & 0o700 != 0o700) {
        // Somebody else's stays closed, and what is in it tells so.
        let _ = rustix::fs::chmod(format!("/proc/self/fd/{}", directory.as_raw_fd()), Mode::RWXU);
    }
}

#[cfg(test)]
mod tests;
