//! A tree's files by name and size: collected for a list, and compared with one.
//!
//! The tree belongs to the runtime user, who may be hostile: it is walked as that user, no link in it
//! is followed, and what is kept of it is bounded.

use super::format::{Files, for_each};
use left4me::walk::{self, Entry, Next, Visitor};
use left4me::{beneath, printable};
use rustix::fs::{AtFlags, FileType, Stat};
use rustix::io::Errno;
use std::fmt;
use std::ops::ControlFlow;
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};

/// Each file costs a microsecond at every inspection; files beyond this number are not watched.
const MAX_FILES: usize = 20_000;
/// Most entries that a walk examines.
const MAX_ENTRIES: usize = 100_000;
const MAX_PATH: usize = 512;
const MAX_DEPTH: usize = 32;
/// How many damaged files are named, and how much of each name is shown.
const NAMED: usize = 3;
const SHOWN: usize = 60;

/// All plain files below `top` whose path passes `watched`, which is asked of directories too.
/// What cannot be read is left out.
pub fn walk(top: &Path, watched: impl Fn(&str) -> bool) -> Files {
    let mut listing = Listing { files: Files::new(), left: MAX_ENTRIES, watched };
    if let Ok(top) = beneath::open_to_list(top) {
        walk::walk(top, (), &mut listing);
    }
    listing.files
}

struct Listing<F> {
    files: Files,
    /// How many entries are still looked at.
    left: usize,
    watched: F,
}

impl<F: Fn(&str) -> bool> Visitor for Listing<F> {
    type Data = ();

    fn visit(&mut self, (): &(), entry: &Entry) -> Next<()> {
        let Some(left) = self.left.checked_sub(1) else { return Next::Stop };
        self.left = left;
        let Some(path) = entry.path.to_str() else { return Next::Skip };
        if path.len() > MAX_PATH || path.chars().any(char::is_control) || !(self.watched)(path) {
            return Next::Skip;
        }
        let Ok(stat) = entry.stat() else { return Next::Skip };
        match stat.kind() {
            FileType::RegularFile if self.files.len() < MAX_FILES => {
                self.files.insert(path.to_owned(), stat.length());
                Next::Skip
            }
            FileType::Directory if entry.depth <= MAX_DEPTH => Next::Enter(()),
            _ => Next::Skip,
        }
    }

    fn failed(&mut self, _verb: &str, _path: &Path, _cause: Errno) -> ControlFlow<()> {
        ControlFlow::Continue(())
    }
}

/// What a comparison found.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Damage {
    missing: usize,
    resized: usize,
    named: Vec<String>,
}

impl Damage {
    /// Whether nothing is damaged.
    pub fn is_none(&self) -> bool {
        self.missing + self.resized == 0
    }

    fn name(&mut self, directory: &str, name: &str) {
        if self.named.len() < NAMED {
            let path = if directory == "." { name.to_owned() } else { format!("{directory}/{name}") };
            self.named.push(printable::bounded(&path, SHOWN).into_owned());
        }
    }
}

/// `2 missing, 1 of another size (bin/a.so, bin/b.so, …)`
impl fmt::Display for Damage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let counted = [(self.missing, "missing"), (self.resized, "of another size")];
        let counts: Vec<String> =
            counted.iter().filter(|(n, _)| *n > 0).map(|(n, what)| format!("{n} {what}")).collect();
        let more = if self.missing + self.resized > self.named.len() { ", …" } else { "" };
        write!(f, "{} ({}{more})", counts.join(", "), self.named.join(", "))
    }
}

/// Compares a tree of these layers, topmost first, with a list; files that the list does not name do not matter.
pub fn compare(text: &str, layers: &[PathBuf]) -> Damage {
    let mut damage = Damage::default();
    let layers: Vec<OwnedFd> =
        layers.iter().filter_map(|layer| beneath::open_directory(layer).ok()).collect();
    let mut open: Option<(&str, Vec<OwnedFd>)> = None;
    for_each(text, |directory, name, size| {
        let directories = match &mut open {
            Some((path, directories)) if *path == directory => directories,
            other => &mut other.insert((directory, open_in_each(&layers, directory))).1,
        };
        match find(directories, name) {
            None => {
                damage.missing += 1;
                damage.name(directory, name);
            }
            Some(found) if found.st_size.unsigned_abs() != size => {
                damage.resized += 1;
                damage.name(directory, name);
            }
            Some(_) => {}
        }
    });
    damage
}

/// A directory in each layer that has it, down to one that hides what lies below.
fn open_in_each(layers: &[OwnedFd], path: &str) -> Vec<OwnedFd> {
    let mut directories = Vec::new();
    for layer in layers {
        match beneath::directory(layer, path) {
            Ok(directory) => directories.push(directory),
            Err(Errno::NOENT) => {}
            // Deleted, or something else took its place.
            Err(_) => break,
        }
    }
    directories
}

/// A plain file, in the topmost layer that has something of this name.
fn find(directories: &[OwnedFd], name: &str) -> Option<Stat> {
    let found =
        directories.iter().find_map(|dir| rustix::fs::statat(dir, name, AtFlags::SYMLINK_NOFOLLOW).ok())?;
    (FileType::from_raw_mode(found.st_mode) == FileType::RegularFile).then_some(found)
}

#[cfg(test)]
mod tests;
