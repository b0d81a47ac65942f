//! Makes a tree ready for the files of an archive: removes what the archive lacks, makes directories and links, and
//! finds out which files are there already.

use super::check::MAX_ENTRIES;
use super::manifest::{Directory, File, Link, Manifest};
use super::pool::{self, Worker};
use super::tree::Tree;
use left4me::report::{Progress, Reporter};
use left4me::walk::{self, Entry, Next, Stat, Visitor};
use left4me::{Error, Result, printable, shell};
use rustix::fs::FileType;
use rustix::io::Errno;
use std::collections::{HashMap, HashSet};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

/// What is still to be done, and what was.
#[derive(Debug, Default)]
pub struct Todo<'m> {
    /// Files to be written, in the order in which the archive has them.
    pub files: Vec<&'m File>,
    /// How many files were there already.
    pub kept: usize,
    /// How many entries were removed that the archive lacks.
    pub removed: usize,
}

impl Todo<'_> {
    /// Bytes of the files to be written.
    pub fn bytes(&self) -> u64 {
        self.files.iter().map(|file| file.size).sum()
    }
}

/// Compares `tree` with `manifest`. Afterwards it holds nothing else, and lacks only files.
pub fn reconcile<'m>(tree: &Tree, manifest: &'m Manifest, reporter: &dyn Reporter) -> Result<Todo<'m>> {
    let mut expected: HashMap<&str, Expected<'m>> = HashMap::new();
    expected.extend(manifest.directories.iter().map(|each| (each.path.as_str(), Expected::Directory(each))));
    expected.extend(manifest.links.iter().map(|each| (each.path.as_str(), Expected::Link(each))));
    expected.extend(manifest.files.iter().map(|each| (each.path.as_str(), Expected::File(each))));
    let mut found = Found {
        expected,
        present: HashSet::new(),
        same: Vec::new(),
        modes: Vec::new(),
        remove: Vec::new(),
        result: Ok(()),
    };
    walk::walk(tree.list()?, (), &mut found);
    found.result?;
    if found.remove.len() > MAX_ENTRIES {
        let place = tree.path();
        return Err(Error::new(format!(
            "{} holds more than {MAX_ENTRIES} entries that are not in the archive",
            place.display()
        ))
        .hint(format!("sudo du --inodes -d 2 {} shows where they are", shell::quote(place))));
    }
    for path in &found.remove {
        tree.remove(path)?;
    }
    for (path, mode) in found.modes {
        tree.set_mode(path, mode)?;
    }
    for directory in manifest.directories.iter().filter(|each| !found.present.contains(each.path.as_str())) {
        tree.make_directory(&directory.path, directory.mode)?;
    }
    for link in manifest.links.iter().filter(|each| !found.present.contains(each.path.as_str())) {
        tree.make_link(&link.path, &link.target)?;
    }
    let kept = compare(tree, &found.same, reporter)?;
    let files = manifest.files.iter().filter(|file| !kept.contains(file.path.as_str()));
    Ok(Todo { files: files.collect(), kept: kept.len(), removed: found.remove.len() })
}

/// Which of these files have the right content; sets their modes.
fn compare<'m>(tree: &Tree, files: &[(&'m File, u32)], reporter: &dyn Reporter) -> Result<HashSet<&'m str>> {
    let kept = Mutex::new(HashSet::new());
    let (total, mut done) = (files.iter().map(|(file, _)| file.size).sum(), 0);
    let check = |&(file, mode): &(&'m File, u32), worker: &mut Worker| {
        let Worker { buffer, .. } = &mut *worker;
        let mut buffer = std::mem::take(buffer);
        let is_same = tree.has_digest(file, &mut buffer, |count| worker.moved(count));
        worker.buffer = buffer;
        if is_same? {
            if mode != file.mode {
                tree.set_mode(&file.path, file.mode)?;
            }
            if let Ok(mut kept) = kept.lock() {
                kept.insert(file.path.as_str());
            }
        }
        Ok(())
    };
    pool::each(files, check, |moved| {
        done += moved;
        reporter.progress(Progress { task: "game", phase: "comparing", done, total, is_download: false });
    })?;
    Ok(kept.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner))
}

#[derive(Clone, Copy)]
enum Expected<'m> {
    Directory(&'m Directory),
    Link(&'m Link),
    File(&'m File),
}

struct Found<'m> {
    expected: HashMap<&'m str, Expected<'m>>,
    /// Directories and links that stay.
    present: HashSet<&'m str>,
    /// Files of the right size, with their modes.
    same: Vec<(&'m File, u32)>,
    /// Directories of another mode, with the right one.
    modes: Vec<(&'m str, u32)>,
    remove: Vec<PathBuf>,
    result: Result<()>,
}

impl Found<'_> {
    fn judge(&mut self, entry: &Entry, stat: &Stat) -> Next<()> {
        let mode = stat.permissions();
        match (entry.path.to_str().and_then(|path| self.expected.get(path)), stat.kind()) {
            (Some(Expected::Directory(directory)), FileType::Directory) => {
                self.present.insert(&directory.path);
                if mode != directory.mode {
                    self.modes.push((&directory.path, directory.mode));
                }
                return Next::Enter(());
            }
            (Some(Expected::File(file)), FileType::RegularFile) if file.size == stat.length() => {
                self.same.push((file, mode));
            }
            // It is replaced when its content comes.
            (Some(Expected::File(_)), FileType::RegularFile) => {}
            (Some(Expected::Link(link)), FileType::Symlink) if leads_to(entry, &link.target) => {
                self.present.insert(&link.path);
            }
            _ => self.remove.push(entry.path.to_owned()),
        }
        // Its owner can make more than there is memory for.
        if self.remove.len() > MAX_ENTRIES { Next::Stop } else { Next::Skip }
    }
}

fn leads_to(entry: &Entry, target: &str) -> bool {
    rustix::fs::readlinkat(entry.directory, entry.name, Vec::new())
        .is_ok_and(|found| found.to_bytes() == target.as_bytes())
}

impl Visitor for Found<'_> {
    type Data = ();

    fn visit(&mut self, (): &(), entry: &Entry) -> Next<()> {
        match entry.stat() {
            Ok(stat) => self.judge(entry, &stat),
            Err(Errno::NOENT) => Next::Skip,
            Err(cause) => {
                let _ = self.failed("read", entry.path, cause);
                Next::Stop
            }
        }
    }

    fn failed(&mut self, verb: &str, path: &Path, cause: Errno) -> ControlFlow<()> {
        let shown = printable::line_of_bytes(path.as_os_str().as_encoded_bytes());
        let cause = std::io::Error::from(cause);
        self.result = Err(Error::new(format!("cannot {verb} {shown} of the game: {cause}")));
        ControlFlow::Break(())
    }
}
