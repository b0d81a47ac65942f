//! Walking a tree whose owner may be hostile: as deep as they like, full of links, changed meanwhile.
//!
//! Nothing recurses, no link is followed, no other mount is entered, and a bounded number of directories is open.
//! The way back to a directory that had to be closed is `..`, which must lead to that very directory.

mod entry;

use crate::beneath;
pub use entry::{Entry, Stat};
use rustix::fs::{Dir, DirEntry};
use rustix::io::{Errno, Result};
use std::ffi::{CStr, CString};
use std::ops::ControlFlow;
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

/// How many directories are open at once.
pub(crate) const OPEN: usize = 64;
/// How many names are remembered of a directory that is listed again anyway.
pub(crate) const LISTED: usize = 10_000;

/// What to do after an entry.
pub enum Next<T> {
    /// Go on with the next one.
    Skip,
    /// Walk what lies below it too; it is a directory.
    Enter(T),
    /// End the walk.
    Stop,
}

/// Whom a walk shows what it comes across.
pub trait Visitor {
    /// What a directory's entries are shown with.
    type Data;
    /// Whether every entry is gone after its visit: then a large directory is listed a part at a time. Entries that
    /// somebody adds meanwhile are not waited for.
    const REMOVES: bool = false;

    /// An entry, with what was returned for the directory that it is in.
    fn visit(&mut self, data: &Self::Data, entry: &Entry) -> Next<Self::Data>;

    /// Opens a directory that is to be entered.
    fn open(&mut self, entry: &Entry) -> Result<OwnedFd> {
        beneath::directory_to_list(entry.directory, entry.file_name())
    }

    /// A directory was walked to its end.
    fn leave(&mut self, _entry: &Entry) -> ControlFlow<()> {
        ControlFlow::Continue(())
    }

    /// A directory cannot be opened, listed or returned to, as `verb` says.
    fn failed(&mut self, verb: &str, path: &Path, cause: Errno) -> ControlFlow<()>;
}

/// Shows `visitor` everything below the directory `top`, which must be open for reading.
pub fn walk<V: Visitor>(top: OwnedFd, data: V::Data, visitor: &mut V) {
    // Whoever ends it early has kept the reason.
    let _ = Walk { path: PathBuf::new(), levels: Vec::new(), visitor }.run(top, data);
}

/// Shows `visit` everything below `top` that is no mount point, each with what `visit` returned for the directory
/// that it is in, which for `top` is `data`. Returns how many entries could not be read.
pub fn each<T>(top: OwnedFd, data: T, visit: impl FnMut(&T, &Entry, &Stat) -> Option<T>) -> u64 {
    let mut each = Each { unreadable: 0, visit, data: std::marker::PhantomData };
    walk(top, data, &mut each);
    each.unreadable
}

/// What everything below `top` takes on disk; what cannot be read counts nothing.
pub fn disk_bytes(top: OwnedFd) -> u64 {
    let mut sum: u64 = 0;
    each(top, (), |(), _, stat| {
        sum = sum.saturating_add(stat.disk_bytes());
        stat.is_directory().then_some(())
    });
    sum
}

struct Each<T, F> {
    unreadable: u64,
    visit: F,
    data: std::marker::PhantomData<T>,
}

impl<T, F: FnMut(&T, &Entry, &Stat) -> Option<T>> Visitor for Each<T, F> {
    type Data = T;

    fn visit(&mut self, data: &T, entry: &Entry) -> Next<T> {
        match entry.stat() {
            Ok(stat) if !stat.is_mount_point() => {
                (self.visit)(data, entry, &stat).map_or(Next::Skip, Next::Enter)
            }
            // Gone meanwhile.
            Err(Errno::NOENT) => Next::Skip,
            Ok(_) | Err(_) => {
                self.unreadable += 1;
                Next::Skip
            }
        }
    }

    fn failed(&mut self, _verb: &str, _path: &Path, _cause: Errno) -> ControlFlow<()> {
        self.unreadable += 1;
        ControlFlow::Continue(())
    }
}

struct Walk<'v, V: Visitor> {
    /// The directory of the last level.
    path: PathBuf,
    levels: Vec<Level<V::Data>>,
    visitor: &'v mut V,
}

/// A directory on the way down, and the directories in it that are still to be entered.
struct Level<T> {
    directory: Directory,
    data: T,
    todo: Vec<(CString, T)>,
    /// Whether there is nothing in it but `todo`.
    is_listed: bool,
}

enum Directory {
    Open(OwnedFd),
    /// Device and inode.
    Closed(u64, u64),
}

impl Directory {
    fn close(&mut self) -> Result<()> {
        if let Directory::Open(open) = self {
            let stat = rustix::fs::fstat(open)?;
            *self = Directory::Closed(stat.st_dev, stat.st_ino);
        }
        Ok(())
    }

    /// Opens the directory again from one that was in it.
    fn open_again(&mut self, child: &Directory) -> Result<()> {
        if let (Directory::Closed(device, inode), Directory::Open(child)) = (&self, child) {
            let parent = beneath::parent(child)?;
            let stat = rustix::fs::fstat(&parent)?;
            if (stat.st_dev, stat.st_ino) != (*device, *inode) {
                // The child was moved, and the way leads elsewhere.
                return Err(Errno::STALE);
            }
            *self = Directory::Open(parent);
        }
        Ok(())
    }
}

impl<V: Visitor> Walk<'_, V> {
    fn run(&mut self, top: OwnedFd, data: V::Data) -> ControlFlow<()> {
        self.push(top, data)?;
        while let Some(level) = self.levels.last_mut() {
            if let Some((name, data)) = level.todo.pop() {
                self.enter(&name, data)?;
            } else if level.is_listed {
                self.pop()?;
            } else {
                self.list()?;
            }
        }
        ControlFlow::Continue(())
    }

    fn enter(&mut self, name: &CStr, data: V::Data) -> ControlFlow<()> {
        let depth = self.levels.len();
        let Some(Level { directory: Directory::Open(directory), .. }) = self.levels.last() else {
            return ControlFlow::Continue(());
        };
        self.path.push(entry::as_path(name));
        match self.visitor.open(&Entry { path: &self.path, depth, directory, name }) {
            Ok(opened) => return self.push(opened, data),
            // Gone meanwhile.
            Err(Errno::NOENT) => {}
            Err(cause) => self.visitor.failed("open", &self.path, cause)?,
        }
        self.path.pop();
        ControlFlow::Continue(())
    }

    /// Goes into a directory, whose path `self.path` is by now.
    fn push(&mut self, directory: OwnedFd, data: V::Data) -> ControlFlow<()> {
        if let Some(far) = self.levels.len().checked_sub(OPEN)
            && let Err(cause) = self.levels[far].directory.close()
        {
            self.visitor.failed("leave", &self.path, cause)?;
        }
        let directory = Directory::Open(directory);
        self.levels.push(Level { directory, data, todo: Vec::new(), is_listed: false });
        self.list()
    }

    /// Back to the directory that the last level is in.
    fn pop(&mut self) -> ControlFlow<()> {
        let (done, depth) = (self.levels.pop(), self.levels.len());
        let (Some(done), Some(level)) = (done, self.levels.last_mut()) else {
            return ControlFlow::Continue(());
        };
        if let Err(cause) = level.directory.open_again(&done.directory) {
            self.visitor.failed("return from", &self.path, cause)?;
            // Nothing above can be reached any more either.
            return ControlFlow::Break(());
        }
        if let (Directory::Open(directory), Some(name)) = (&level.directory, self.path.file_name()) {
            let name = CString::new(name.as_bytes()).unwrap_or_default();
            self.visitor.leave(&Entry { path: &self.path, depth, directory, name: &name })?;
        }
        self.path.pop();
        ControlFlow::Continue(())
    }

    /// Visits what is in the last level's directory.
    fn list(&mut self) -> ControlFlow<()> {
        let depth = self.levels.len();
        let Some(level) = self.levels.last_mut() else { return ControlFlow::Break(()) };
        let Directory::Open(directory) = &level.directory else { return ControlFlow::Continue(()) };
        let listing = match Dir::read_from(directory) {
            Ok(listing) => listing,
            Err(cause) => return self.visitor.failed("read", &self.path, cause),
        };
        let is_dot = |entry: &DirEntry| matches!(entry.file_name().to_bytes(), b"." | b"..");
        let mut entries = listing.filter(|entry| !entry.as_ref().is_ok_and(is_dot));
        // Before the first of them is removed, which may upset a listing.
        let part: Vec<_> = if V::REMOVES { entries.by_ref().take(LISTED).collect() } else { Vec::new() };
        level.is_listed = part.len() < LISTED;
        for entry in part.into_iter().chain(entries.take(if V::REMOVES { 0 } else { usize::MAX })) {
            let entry = match entry {
                Ok(entry) => entry,
                Err(cause) => return self.visitor.failed("read", &self.path, cause),
            };
            let name = entry.file_name();
            self.path.push(entry::as_path(name));
            let next = self.visitor.visit(&level.data, &Entry { path: &self.path, depth, directory, name });
            self.path.pop();
            match next {
                Next::Skip => {}
                Next::Enter(data) => level.todo.push((name.to_owned(), data)),
                Next::Stop => return ControlFlow::Break(()),
            }
        }
        ControlFlow::Continue(())
    }
}

#[cfg(test)]
mod tests;
