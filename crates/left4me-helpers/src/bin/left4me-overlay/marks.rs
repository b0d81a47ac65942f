//! The marks of fuse-overlayfs, with which the predecessor mounted once, in an instance's own layer.
//!
//! What it deleted or replaced it noted in attributes that mean nothing to the kernel: deleted files would be back, and
//! files of layers below would show through, without a word.

use crate::runtime::Runtime;
use left4me::walk::{self, Entry, Next, Visitor};
use left4me::{Error, Result, beneath, printable};
use rustix::fd::BorrowedFd;
use rustix::fs::FileType;
use rustix::io::Errno;
use std::ops::ControlFlow;
use std::os::fd::{AsFd, AsRawFd, OwnedFd};
use std::path::{Path, PathBuf};

const PREFIX: &[u8] = b"user.fuseoverlayfs.";
/// A help for whoever was there then, not a fence: whoever hides one behind more than this harms their own layer.
const MOST: usize = 100_000;
const DEEPEST: usize = 64;

/// Fails when a mark is found in `upper`.
pub fn refuse(upper: &OwnedFd, runtime: &Runtime) -> Result<()> {
    let Some((below, mark)) = find(upper) else { return Ok(()) };
    let place = runtime.path("upper").join(below);
    let directory = runtime.path("");
    let directory = directory.to_string_lossy();
    let directory = directory.trim_end_matches('/');
    Err(Error::new(format!("upperdir contains fuse-overlayfs xattr {mark}: {}", printable::path(&place))).hint(
        format!(
            "set it aside and copy back by hand what is needed: \
             sudo -u left4me sh -c 'cd {directory} && mv upper upper.old && mv work work.old && mkdir upper work'"
        ),
    ))
}

/// The first mark, and what bears it.
fn find(upper: &OwnedFd) -> Option<(PathBuf, String)> {
    if let Some(mark) = mark(upper.as_fd()) {
        return Some((PathBuf::new(), mark));
    }
    let mut search = Search { left: MOST, found: None };
    // What cannot be read is the kernel's to complain of.
    walk::walk(beneath::directory_to_list(upper, "").ok()?, (), &mut search);
    search.found
}

struct Search {
    left: usize,
    found: Option<(PathBuf, String)>,
}

impl Visitor for Search {
    type Data = ();

    fn visit(&mut self, (): &(), entry: &Entry) -> Next<()> {
        let Some(left) = self.left.checked_sub(1) else { return Next::Stop };
        self.left = left;
        // Never in a mount of the runtime user's, whose server may not answer.
        let Ok(opened) = beneath::entry(entry.directory, entry.file_name()) else { return Next::Skip };
        if let Some(mark) = mark(opened.as_fd()) {
            self.found = Some((entry.path.to_owned(), mark));
            return Next::Stop;
        }
        let kind = rustix::fs::fstat(&opened).map(|stat| FileType::from_raw_mode(stat.st_mode));
        if kind == Ok(FileType::Directory) && entry.depth < DEEPEST { Next::Enter(()) } else { Next::Skip }
    }

    fn failed(&mut self, _verb: &str, _path: &Path, _cause: Errno) -> ControlFlow<()> {
        ControlFlow::Continue(())
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
