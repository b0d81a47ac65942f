//! Writes an archive in one pass: the manifest's length is known before its digests are, so it is written last.

use super::contents::{self, Contents};
use super::header::{self, Kind, padded};
use super::manifest::{self, Manifest};
use super::pool::{self, Worker};
use crate::download::hash::hex;
use crate::verify::{self, VerifiedGame};
use left4me::report::{Progress, Reporter};
use left4me::{Context, Error, Result, beneath};
use rustix::fs::{AtFlags, statat};
use sha2::{Digest, Sha256};
use std::fs::File;
use std::os::fd::OwnedFd;
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::sync::Mutex;

/// What came of it.
#[derive(Debug)]
pub struct Exported {
    /// The archive's manifest.
    pub manifest: Manifest,
    /// Digest of the manifest, by which an importing host knows the whole archive.
    pub sha256: String,
    /// What was left out, and why.
    pub left_out: Vec<String>,
}

const TASK: &str = "game";
const PLACEHOLDER: &str = "0000000000000000000000000000000000000000000000000000000000000000";

/// A tree that is to become an archive: all is known but the digests.
pub struct Plan {
    manifest: Manifest,
    left_out: Vec<String>,
    /// Headers of all directories and links.
    head: Vec<u8>,
    /// Those of each file, which end where its content begins.
    headers: Vec<Vec<u8>>,
    /// Where the manifest's entry ends.
    start: u64,
    /// Bytes of the whole archive.
    pub size: u64,
}

/// Lists the opened directory `tree`, which holds `game`.
pub fn plan(tree: &OwnedFd, game: &VerifiedGame) -> Result<Plan> {
    let date = statat(tree, verify::MANIFEST, AtFlags::SYMLINK_NOFOLLOW).map_or(0, |found| found.st_mtime);
    let mut manifest = Manifest::new(game, date.try_into().unwrap_or(0));
    let Contents { directories, links, files, left_out } = contents::list(tree)?;
    manifest.directories = directories;
    manifest.links = links;
    manifest.files = files;
    let cannot = || "cannot make the headers of the archive".to_owned();
    let date = manifest.date;
    let mut head = Vec::new();
    for directory in &manifest.directories {
        head.extend(header::of(&directory.path, &Kind::Directory, directory.mode, date).context(cannot)?);
    }
    for link in &manifest.links {
        head.extend(header::of(&link.path, &Kind::Link(&link.target), 0o777, date).context(cannot)?);
    }
    let (mut headers, mut at) = (Vec::new(), head.len() as u64);
    for file in &mut manifest.files {
        let header = header::of(&file.path, &Kind::File(file.size), file.mode, date).context(cannot)?;
        file.offset = at + header.len() as u64;
        file.sha256 = PLACEHOLDER.to_owned();
        at = file.offset + padded(file.size);
        headers.push(header);
    }
    let text = manifest.to_text()?;
    // What is written here must be readable elsewhere.
    Manifest::parse(&text)?;
    let start = header::BLOCK + padded(text.len() as u64);
    Ok(Plan { manifest, left_out, head, headers, start, size: start + at + header::END })
}

impl Plan {
    /// Reads and hashes the files of `tree` and writes the archive into the new file `to`. `shown` names it in errors.
    pub fn write(
        mut self,
        tree: &OwnedFd,
        to: &File,
        shown: &Path,
        reporter: &dyn Reporter,
    ) -> Result<Exported> {
        let cannot_write = || format!("cannot write {}", shown.display());
        to.set_len(self.size).context(cannot_write)?;
        to.write_all_at(&self.head, self.start).context(cannot_write)?;
        let (total, mut done) = (self.manifest.bytes(), 0);
        let digests = Mutex::new(vec![String::new(); self.manifest.files.len()]);
        // The largest first, so that no processor is left with one at the end.
        let mut jobs: Vec<usize> = (0..self.manifest.files.len()).collect();
        jobs.sort_by_key(|&number| std::cmp::Reverse(self.manifest.files[number].size));
        let copy = |&number: &usize, worker: &mut Worker| {
            let (file, header) = (&self.manifest.files[number], &self.headers[number]);
            let at = self.start + file.offset;
            to.write_all_at(header, at - header.len() as u64).context(cannot_write)?;
            let digest = copy(tree, file, worker, |bytes, done| {
                to.write_all_at(bytes, at + done).context(cannot_write)
            })?;
            if let Ok(mut digests) = digests.lock() {
                digests[number] = digest;
            }
            Ok(())
        };
        pool::each(&jobs, copy, |moved| {
            done += moved;
            reporter.progress(Progress { task: TASK, phase: "exporting", done, total, is_download: false });
        })?;
        let digests = digests.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
        for (file, digest) in self.manifest.files.iter_mut().zip(digests) {
            file.sha256 = digest;
        }
        let text = self.manifest.to_text()?;
        let size = text.len() as u64;
        let header = header::of(manifest::NAME, &Kind::File(size), 0o644, self.manifest.date);
        to.write_all_at(&header.context(cannot_write)?, 0).context(cannot_write)?;
        to.write_all_at(&text, header::BLOCK).context(cannot_write)?;
        to.sync_all().context(cannot_write)?;
        Ok(Exported { manifest: self.manifest, sha256: hex(&Sha256::digest(&text)), left_out: self.left_out })
    }
}

/// Passes the content of a file on, piece by piece with how much came before; returns its digest.
fn copy(
    top: &OwnedFd,
    file: &manifest::File,
    worker: &mut Worker,
    mut take: impl FnMut(&[u8], u64) -> Result<()>,
) -> Result<String> {
    let cannot_read = || format!("cannot read {}", file.path);
    let opened = beneath::file(top, &file.path, beneath::SAME_MOUNT).context(cannot_read)?;
    let opened = File::from(opened);
    let changed = || Error::new(format!("{} changed while it was read", file.path)).hint("run it again");
    if !opened.metadata().context(cannot_read)?.is_file() {
        return Err(changed());
    }
    let (mut sha256, mut done) = (Sha256::new(), 0);
    loop {
        let count = opened.read_at(&mut worker.buffer, done).context(cannot_read)?;
        if count == 0 && done == file.size {
            return Ok(hex(&sha256.finalize()));
        }
        if count == 0 || done + count as u64 > file.size {
            return Err(changed());
        }
        take(&worker.buffer[..count], done)?;
        sha256.update(&worker.buffer[..count]);
        done += count as u64;
        worker.moved(count);
    }
}
