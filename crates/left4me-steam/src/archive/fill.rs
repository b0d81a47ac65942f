//! Brings the files that a tree lacks, and verifies each while it comes.

use super::manifest;
use super::pool::{self, Worker};
use super::source::{Archive, Data, cut};
use super::tree::Tree;
use left4me::report::{Progress, Reporter};
use left4me::{Context, Result};
use std::fs::File;
use std::os::unix::fs::FileExt;

/// How far all of it is, for the reporter.
pub(super) struct Moved<'a> {
    done: u64,
    total: u64,
    is_download: bool,
    reporter: &'a dyn Reporter,
}

impl Moved<'_> {
    /// So many bytes more are done.
    pub(super) fn add(&mut self, bytes: u64) {
        self.done += bytes;
        let (phase, is_download) =
            if self.is_download { ("downloading", true) } else { ("importing", false) };
        let (done, total) = (self.done, self.total);
        self.reporter.progress(Progress { task: "game", phase, done, total, is_download });
    }
}

/// Writes `files`, which are sorted by their offsets, into `tree`.
pub fn fill(
    tree: &Tree,
    archive: &mut Archive,
    files: &[&manifest::File],
    reporter: &dyn Reporter,
) -> Result<()> {
    let total = files.iter().map(|file| file.size).sum();
    let is_download = matches!(archive.data, Data::Http(_));
    let mut moved = Moved { done: 0, total, is_download, reporter };
    match &mut archive.data {
        Data::Http(http) => http.fill(tree, files, archive.start, &mut moved),
        Data::File(from) => {
            let mut jobs = files.to_vec();
            // The largest first, so that no processor is left with one at the end.
            jobs.sort_by_key(|file| std::cmp::Reverse(file.size));
            let (from, start, name) = (&*from, archive.start, &archive.name);
            let copy =
                |file: &&manifest::File, worker: &mut Worker| copy(tree, from, start, file, name, worker);
            pool::each(&jobs, copy, |bytes| moved.add(bytes))
        }
    }
}

fn copy(
    tree: &Tree,
    from: &File,
    start: u64,
    file: &manifest::File,
    name: &str,
    worker: &mut Worker,
) -> Result<()> {
    let mut new = tree.create(file)?;
    while new.left() > 0 {
        let most = usize::try_from(new.left()).unwrap_or(usize::MAX).min(worker.buffer.len());
        let buffer = &mut worker.buffer[..most];
        let count = from.read_at(buffer, start + new.offset()).context(|| format!("cannot read {name}"))?;
        if count == 0 {
            return Err(cut(name));
        }
        new.write(&buffer[..count])?;
        worker.moved(count);
    }
    new.finish()
}
