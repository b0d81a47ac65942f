//! The marks of fuse-overlayfs, with which the predecessor mounted once, in an instance's own layer.
//!
//! What it deleted or replaced it noted in attributes that mean nothing to the kernel: deleted files would be back, and
//! files of layers below would show through, without a word.

use crate::runtime::Runtime;
use left4me::{Error, Result, beneath, printable};
use rustix::fd::BorrowedFd;
use rustix::fs::{Dir, FileType, Mode, OFlags};
use std::ffi::{CStr, OsStr};
use std::os::fd::{AsFd, AsRawFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;

const PREFIX: &[u8] = b"user.fuseoverlayfs.";
/// A help for whoever was there then, not a fence: whoever hides one behind more than this harms their own layer.
const MOST: usize = 100_000;
const DEEPEST: usize = 64;

/// Fails when a mark is found in `upper`.
pub fn refuse(upper: &OwnedFd, runtime: &Runtime) -> Result<()> {
    let mut search = Search { left: MOST, below: Vec::new() };
    let Some(mark) = search.look(upper.as_fd()) else { return Ok(()) };
    let place = runtime.path("upper").join(search.below.join("/"));
    let directory = runtime.path("");
    let directory = directory.to_string_lossy();
    let directory = directory.trim_end_matches('/');
    Err(Error::new(format!(
        "upperdir contains fuse-overlayfs xattr {mark}: {}",
        printable::line(&place.to_string_lossy())
    ))
    .hint(format!(
        "set it aside and copy back by hand what is needed: \
         sudo -u left4me sh -c 'cd {directory} && mv upper upper.old && mv work work.old && mkdir upper work'"
    )))
}

struct Search {
    left: usize,
    /// The names down to where it looks.
    below: Vec<String>,
}

impl Search {
    /// The first mark in a directory and below; `below` then ends at it.
    fn look(&mut self, directory: BorrowedFd<'_>) -> Option<String> {
        if let Some(mark) = mark(directory) {
            return Some(mark);
        }
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let opened = rustix::fs::openat(directory, ".", flags, Mode::empty()).ok()?;
        // What cannot be read is the kernel's to complain of.
        for entry in Dir::read_from(&opened).ok()?.flatten() {
            let name = entry.file_name();
            if matches!(name.to_bytes(), b"." | b"..") || entry.file_type() == FileType::Symlink {
                continue;
            }
            self.left = self.left.checked_sub(1)?;
            self.below.push(name.to_string_lossy().into_owned());
            let found = self.enter(opened.as_fd(), name);
            if found.is_some() {
                return found;
            }
            self.below.pop();
        }
        None
    }

    fn enter(&mut self, parent: BorrowedFd<'_>, name: &CStr) -> Option<String> {
        // Never into a mount of the runtime user's, whose server may not answer.
        let entry = beneath::entry(parent, OsStr::from_bytes(name.to_bytes())).ok()?;
        let is_directory =
            FileType::from_raw_mode(rustix::fs::fstat(&entry).ok()?.st_mode) == FileType::Directory;
        match is_directory && self.below.len() < DEEPEST {
            true => self.look(entry.as_fd()),
            false => mark(entry.as_fd()),
        }
    }
}

/// The mark on what is open, if it has one.
fn mark(entry: BorrowedFd<'_>) -> Option<String> {
    let mut names = [0u8; 4096];
    // A descriptor that only names a file is good for nothing else; more names than that are not fuse-overlayfs's.
    let length = rustix::fs::listxattr(format!("/proc/self/fd/{}", entry.as_raw_fd()), &mut names).ok()?;
    let mut names = names.get(..length)?.split(|byte| *byte == 0);
    names.find(|name| name.starts_with(PREFIX)).map(|name| printable::line_of_bytes(name).into_owned())
}
