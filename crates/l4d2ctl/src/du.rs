//! `du`: what an instance's own layer contains: new files, files copied up from lower layers, and deletions.

use crate::layers::{self, Found};
use crate::{instances, table};
use left4me::layout::Layout;
use left4me::name::InstanceName;
use left4me::output::{answer, document, note};
use left4me::walk::{self, Entry, Stat};
use left4me::{Result, beneath};
use rustix::fs::Dir;
use rustix::io::Errno;
use serde::Serialize;
use std::ffi::OsStr;
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

#[derive(Debug, Serialize)]
struct Report {
    schema: u32,
    instances: Vec<Usage>,
}

/// One instance's own layer.
#[derive(Debug, Default, Serialize)]
struct Usage {
    name: String,
    /// Its size on disk: `new` and `copied_up` together.
    disk_bytes: u64,
    /// Files that no lower layer has.
    new: Share,
    /// Files that a lower layer has too: changed or replaced.
    copied_up: Share,
    /// Deleted files and directories of lower layers.
    deleted: u64,
    /// Directories that were deleted and made again, which hides their content in lower layers. Only root can read
    /// the kernel's mark, so the mounted tree is compared; null while it is not mounted.
    replaced_directories: Option<u64>,
    /// Entries that could not be read.
    unreadable: u64,
    /// The largest files, if asked for.
    largest: Vec<File>,
}

#[derive(Debug, Default, PartialEq, Eq, Serialize)]
struct Share {
    files: u64,
    disk_bytes: u64,
}

#[derive(Debug, Serialize)]
struct File {
    path: String,
    copied_up: bool,
    disk_bytes: u64,
}

/// `du`: a table or JSON, with up to `largest` files of each instance.
pub fn du(layout: &Layout, names: &[String], largest: usize, json: bool) -> Result<()> {
    let selected = instances::select(layout, names, names.is_empty())?;
    let measured = selected.iter().map(|name| measure(layout, name, largest)).collect::<Result<Vec<_>>>()?;
    for usage in measured.iter().filter(|usage| usage.unreadable > 0) {
        let entries = if usage.unreadable == 1 { "entry" } else { "entries" };
        note(&format!("{} {entries} of '{}' could not be read", usage.unreadable, usage.name));
    }
    if json {
        return answer(&document(&Report { schema: 1, instances: measured })?);
    }
    answer(&render(&measured, largest))
}

fn render(measured: &[Usage], largest: usize) -> String {
    const HEADER: [&str; 7] = ["NAME", "TOTAL", "NEW", "FILES", "COPIED UP", "FILES", "DELETED"];
    let mut rows = vec![HEADER.map(str::to_owned).to_vec()];
    rows.extend(measured.iter().map(|usage| {
        vec![
            usage.name.clone(),
            table::bytes(usage.disk_bytes),
            table::bytes(usage.new.disk_bytes),
            usage.new.files.to_string(),
            table::bytes(usage.copied_up.disk_bytes),
            usage.copied_up.files.to_string(),
            (usage.deleted + usage.replaced_directories.unwrap_or_default()).to_string(),
        ]
    }));
    let mut text = table::plain(&rows);
    if largest > 0 {
        let mut rows = vec![["NAME", "DISK", "", "FILE"].map(str::to_owned).to_vec()];
        rows.extend(measured.iter().flat_map(|usage| {
            usage.largest.iter().map(|file| {
                let kind = if file.copied_up { "copied up" } else { "new" };
                vec![usage.name.clone(), table::bytes(file.disk_bytes), kind.to_owned(), file.path.clone()]
            })
        }));
        text += &format!("\n{}", table::plain(&rows));
    }
    text
}

fn measure(layout: &Layout, name: &InstanceName, largest: usize) -> Result<Usage> {
    let paths: Vec<PathBuf> = layers::list(layout, name)?.into_iter().map(|(_, path)| path).collect();
    let mut walk = Walk { largest, ..Walk::default() };
    walk.usage.name = name.to_string();
    let Some((_, lower)) = paths.split_first() else { return Ok(walk.usage) };
    // A missing layer has no files.
    walk.lower = lower.iter().filter_map(|path| beneath::open_directory(path).ok()).collect();
    if instances::is_mounted(&layout.merged(name))? {
        walk.merged = beneath::open_directory(&layout.merged(name)).ok();
        walk.usage.replaced_directories = walk.merged.as_ref().map(|_| 0);
    }
    match layers::open_own(layout, name) {
        Ok(upper) => walk.run(upper),
        Err(Errno::NOENT) => {}
        Err(_) => walk.usage.unreadable += 1,
    }
    Ok(walk.finish())
}

/// A walk through an instance's own layer.
#[derive(Default)]
struct Walk {
    lower: Vec<OwnedFd>,
    merged: Option<OwnedFd>,
    largest: usize,
    usage: Usage,
}

/// What lower layers have at a path of ours.
enum Below {
    Nothing,
    File,
    /// Directories, in these layers.
    Directories(Vec<usize>),
}

impl Walk {
    fn run(&mut self, upper: OwnedFd) {
        let everywhere: Vec<usize> = (0..self.lower.len()).collect();
        let Ok(top) = upper.try_clone() else { return self.usage.unreadable += 1 };
        let unreadable =
            walk::each(top, everywhere, |layers, entry, stat| self.one(&upper, entry, stat, layers));
        self.usage.unreadable += unreadable;
    }

    /// Counts one entry; for a directory, returns the lower layers that have it too.
    fn one(&mut self, upper: &OwnedFd, entry: &Entry, stat: &Stat, layers: &[usize]) -> Option<Vec<usize>> {
        if stat.is_whiteout() {
            self.usage.deleted += 1;
            return None;
        }
        let below = self.below(entry.path, layers);
        if !stat.is_directory() {
            let copied_up = matches!(below, Below::File);
            let disk_bytes = self.count(copied_up, 1, stat);
            if self.largest > 0 {
                self.remember(File {
                    path: entry.path.to_string_lossy().into_owned(),
                    copied_up,
                    disk_bytes,
                });
            }
            return None;
        }
        self.count(matches!(below, Below::Directories(_)), 0, stat);
        let Below::Directories(below) = below else { return Some(Vec::new()) };
        if self.is_replaced(upper, entry.path, &below) {
            self.usage.replaced_directories = self.usage.replaced_directories.map(|n| n + 1);
            return Some(Vec::new());
        }
        Some(below)
    }

    fn count(&mut self, copied_up: bool, files: u64, stat: &Stat) -> u64 {
        let share = if copied_up { &mut self.usage.copied_up } else { &mut self.usage.new };
        share.files += files;
        share.disk_bytes = share.disk_bytes.saturating_add(stat.disk_bytes());
        stat.disk_bytes()
    }

    fn remember(&mut self, file: File) {
        self.usage.largest.push(file);
        if self.usage.largest.len() > self.largest.saturating_mul(2) + 100 {
            self.keep_largest();
        }
    }

    fn keep_largest(&mut self) {
        self.usage.largest.sort_by(|a, b| b.disk_bytes.cmp(&a.disk_bytes).then_with(|| a.path.cmp(&b.path)));
        self.usage.largest.truncate(self.largest);
    }

    fn below(&self, path: &Path, layers: &[usize]) -> Below {
        let mut directories = Vec::new();
        for &layer in layers {
            match layers::lookup(&self.lower[layer], path) {
                Ok(None) => {}
                Ok(Some(Found::Directory)) => directories.push(layer),
                Ok(Some(Found::File(_))) if directories.is_empty() => return Below::File,
                // This hides the layers below it.
                Ok(Some(Found::File(_) | Found::Hidden)) | Err(_) => break,
            }
        }
        if directories.is_empty() { Below::Nothing } else { Below::Directories(directories) }
    }

    /// Whether the mounted tree lacks what a lower layer has in this directory.
    fn is_replaced(&self, upper: &OwnedFd, path: &Path, below: &[usize]) -> bool {
        let Some(merged) = &self.merged else { return false };
        for &layer in below {
            for name in names(&self.lower[layer], path).unwrap_or_default() {
                let path = path.join(name);
                let is_there =
                    |layer: &OwnedFd| layers::lookup(layer, &path).is_ok_and(|found| found.is_some());
                if !is_there(upper)
                    && !matches!(layers::lookup(&self.lower[layer], &path), Ok(Some(Found::Hidden)))
                {
                    // One name is enough: a directory hides all lower content or none.
                    return !is_there(merged);
                }
            }
        }
        false
    }

    fn finish(mut self) -> Usage {
        self.keep_largest();
        self.usage.disk_bytes = self.usage.new.disk_bytes.saturating_add(self.usage.copied_up.disk_bytes);
        self.usage
    }
}

fn names(layer: &OwnedFd, path: &Path) -> rustix::io::Result<Vec<PathBuf>> {
    let directory = beneath::directory_to_list(layer, path)?;
    let mut names = Vec::new();
    for entry in Dir::read_from(&directory)? {
        let entry = entry?;
        let name = entry.file_name().to_bytes();
        if !matches!(name, b"." | b"..") {
            names.push(PathBuf::from(OsStr::from_bytes(name)));
        }
    }
    Ok(names)
}
