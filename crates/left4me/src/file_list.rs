//! The files of a tree by name and size: listed once when the tree is known to be right, compared on
//! every inspection, so that a lost or truncated file is seen without reading 10 GB.
//!
//! The tree belongs to the runtime user, who may be hostile: it is walked as that user, no link in it
//! is followed, and what is kept of it is bounded. The list is root's.

use crate::{beneath, printable};
use rustix::fs::{AtFlags, Dir, FileType};
use std::collections::BTreeMap;
use std::fmt::Write;
use std::os::fd::OwnedFd;
use std::path::Path;

/// Size by path, relative to the top.
pub type Files = BTreeMap<String, u64>;

/// Each costs a microsecond at every inspection; of a tree stuffed with more, the rest is not watched.
const MAX_FILES: usize = 20_000;
/// How much is looked at in search of them.
const MAX_ENTRIES: usize = 100_000;
const MAX_PATH: usize = 512;
const MAX_DEPTH: usize = 32;
/// How many damaged files are named, and how much of each name is shown.
const NAMED: usize = 3;
const SHOWN: usize = 60;

/// First line of a list; the number is its schema.
const HEAD: &str = "left4me-setup files 1";

/// All plain files below `top` whose path passes `watched`, which is asked of directories too.
/// What cannot be read is left out.
pub fn walk(top: &Path, watched: impl Fn(&str) -> bool) -> Files {
    let mut files = Files::new();
    let Ok(top) = beneath::open_directory(top) else { return files };
    let mut left = MAX_ENTRIES;
    // Paths and not descriptors, which are few.
    let mut todo = vec![String::new()];
    while let Some(path) = todo.pop() {
        let Ok(dir) = beneath::directory_to_list(&top, &path) else { continue };
        let Ok(entries) = Dir::read_from(&dir) else { continue };
        for entry in entries.flatten() {
            let Ok(name) = entry.file_name().to_str() else { continue };
            if name == "." || name == ".." {
                continue;
            }
            let Some(rest) = left.checked_sub(1) else { return files };
            left = rest;
            let below = match path.as_str() {
                "" => name.to_owned(),
                path => format!("{path}/{name}"),
            };
            let plain = !name.chars().any(char::is_control) && below.len() <= MAX_PATH;
            if !plain || !watched(&below) {
                continue;
            }
            let Ok(found) = rustix::fs::statat(&dir, name, AtFlags::SYMLINK_NOFOLLOW) else { continue };
            match FileType::from_raw_mode(found.st_mode) {
                FileType::RegularFile if files.len() < MAX_FILES => {
                    files.insert(below, found.st_size.unsigned_abs());
                }
                FileType::Directory if todo.len() < MAX_FILES && below.matches('/').count() < MAX_DEPTH => {
                    todo.push(below);
                }
                _ => {}
            }
        }
    }
    files
}

/// The list as it is kept: of what it is a list, then each directory and below it size and name of its
/// files. Comparing reads it as it lies.
pub fn to_text(of: &str, files: &Files) -> String {
    let mut text = format!("{HEAD}\nof {of}\n");
    let mut by_directory: BTreeMap<&str, Vec<(&str, u64)>> = BTreeMap::new();
    for (path, size) in files {
        let (directory, name) = path.rsplit_once('/').unwrap_or((".", path));
        by_directory.entry(directory).or_default().push((name, *size));
    }
    for (directory, files) in by_directory {
        let _ = writeln!(text, "in {directory}");
        for (name, size) in files {
            let _ = writeln!(text, "{size} {name}");
        }
    }
    text
}

/// Of what `text` is the list; nothing when it is no list that we can read.
pub fn of(text: &str) -> Option<&str> {
    let mut lines = text.lines();
    (lines.next() == Some(HEAD)).then(|| lines.next()?.strip_prefix("of ")).flatten()
}

/// Back from text.
pub fn parse(text: &str) -> Files {
    let mut files = Files::new();
    for_each(text, |directory, name, size| {
        let path = if directory == "." { name.to_owned() } else { format!("{directory}/{name}") };
        files.insert(path, size);
    });
    files
}

fn for_each<'t>(text: &'t str, mut found: impl FnMut(&'t str, &'t str, u64)) {
    let mut directory = ".";
    for line in text.lines().skip(2) {
        match line.split_once(' ') {
            Some(("in", path)) => directory = path,
            Some((size, name)) => found(directory, name, size.parse().unwrap_or(0)),
            None => {}
        }
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

    /// `2 missing, 1 of another size (bin/a.so, bin/b.so, …)`
    pub fn words(&self) -> String {
        let counted = [(self.missing, "missing"), (self.resized, "of another size")];
        let counts: Vec<String> =
            counted.iter().filter(|(n, _)| *n > 0).map(|(n, what)| format!("{n} {what}")).collect();
        let more = if self.missing + self.resized > self.named.len() { ", …" } else { "" };
        format!("{} ({}{more})", counts.join(", "), self.named.join(", "))
    }

    fn name(&mut self, directory: &str, name: &str) {
        if self.named.len() < NAMED {
            let path = if directory == "." { name.to_owned() } else { format!("{directory}/{name}") };
            self.named.push(printable::bounded(&path, SHOWN).into_owned());
        }
    }
}

/// Holds the tree at `top` against a list; what the list does not name is nobody's business.
pub fn compare(text: &str, top: &Path) -> Damage {
    let mut damage = Damage::default();
    let top = beneath::open_directory(top).ok();
    let mut open: Option<(&str, Option<OwnedFd>)> = None;
    for_each(text, |directory, name, size| {
        let dir = match &mut open {
            Some((path, dir)) if *path == directory => dir,
            other => {
                let dir = top.as_ref().and_then(|top| beneath::directory(top, directory).ok());
                &mut other.insert((directory, dir)).1
            }
        };
        let found =
            dir.as_ref().and_then(|dir| rustix::fs::statat(dir, name, AtFlags::SYMLINK_NOFOLLOW).ok());
        match found.filter(|found| FileType::from_raw_mode(found.st_mode) == FileType::RegularFile) {
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

/// The list after Steam was at work on a tree that had one: `old` is that, `before` and `after` are
/// what lay there. `validated`: Steam looked at every file.
///
/// A file that was there before unlisted is somebody's own. A listed one that Steam left as it was
/// although it is damaged is not Steam's if it looked at everything, and still damaged if it did not.
pub fn merge(old: &Files, before: &Files, mut after: Files, validated: bool) -> Files {
    after.retain(|path, size| old.contains_key(path) || before.get(path) != Some(size));
    for (path, listed) in old {
        let (was, is) = (before.get(path), after.get(path));
        if was == Some(listed) || was != is {
            continue;
        }
        match validated {
            true => after.remove(path),
            false => after.insert(path.clone(), *listed),
        };
    }
    after
}

#[cfg(test)]
mod tests;
