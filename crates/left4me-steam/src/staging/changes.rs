//! Whether a layer changes what lies below it.

use left4me::game_layers::GameLayers;
use left4me::walk::{self, Entry, Next, Visitor};
use left4me::{beneath, layer};
use rustix::fs::{FileType, Stat};
use rustix::io::Errno;
use std::fs::File;
use std::io::Read;
use std::ops::ControlFlow;
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};

/// Whether `upper` has a file, a deletion or an own mode that the layers below have not. Steam's own notes do not
/// count, and neither does a file that was written again with the same contents.
pub fn are_in(upper: OwnedFd, below: &GameLayers, at: impl Fn(&Path) -> PathBuf) -> bool {
    let layers =
        below.topmost_first().filter_map(|layer| beneath::open_directory(&at(&layer)).ok()).collect();
    let mut search = Search { layers, found: false };
    walk::walk(upper, (), &mut search);
    search.found
}

struct Search {
    layers: Vec<OwnedFd>,
    found: bool,
}

impl Visitor for Search {
    type Data = ();

    fn visit(&mut self, (): &(), entry: &Entry) -> Next<()> {
        if entry.path == Path::new("steamapps") {
            return Next::Skip;
        }
        let below = self.layers.iter().find_map(|layer| layer::lookup(layer, entry.path).ok().flatten());
        let next = beneath::entry(entry.directory, entry.file_name())
            .and_then(rustix::fs::fstat)
            .ok()
            .and_then(|stat| match (FileType::from_raw_mode(stat.st_mode), below) {
                (FileType::Directory, Some(layer::Found::Directory)) => Some(Next::Enter(())),
                (FileType::RegularFile, Some(layer::Found::File(below)))
                    if self.is_same(entry, &stat, &below) =>
                {
                    Some(Next::Skip)
                }
                _ => None,
            });
        next.unwrap_or_else(|| {
            self.found = true;
            Next::Stop
        })
    }

    fn failed(&mut self, _verb: &str, _path: &Path, _cause: Errno) -> ControlFlow<()> {
        // What cannot be read may be a change.
        self.found = true;
        ControlFlow::Break(())
    }
}

impl Search {
    fn is_same(&self, entry: &Entry, stat: &Stat, below: &Stat) -> bool {
        stat.st_mode == below.st_mode
            && stat.st_size == below.st_size
            && beneath::file(entry.directory, entry.file_name(), beneath::SAME_MOUNT).is_ok_and(|new| {
                let old = self
                    .layers
                    .iter()
                    .find_map(|layer| beneath::file(layer, entry.path, beneath::SAME_MOUNT).ok());
                old.is_some_and(|old| have_same_content(old, new))
            })
    }
}

/// Whether two files have the same bytes; what cannot be read has not.
fn have_same_content(one: OwnedFd, other: OwnedFd) -> bool {
    let mut files = [File::from(one), File::from(other)];
    let mut buffers = [vec![0; 1 << 16], vec![0; 1 << 16]];
    loop {
        let mut counts = [0; 2];
        for ((file, buffer), count) in files.iter_mut().zip(&mut buffers).zip(&mut counts) {
            match fill(file, buffer) {
                Ok(read) => *count = read,
                Err(_) => return false,
            }
        }
        if counts[0] != counts[1] || buffers[0][..counts[0]] != buffers[1][..counts[1]] {
            return false;
        }
        if counts[0] == 0 {
            return true;
        }
    }
}

fn fill(file: &mut File, buffer: &mut [u8]) -> std::io::Result<usize> {
    let mut filled = 0;
    while filled < buffer.len() {
        match file.read(&mut buffer[filled..])? {
            0 => break,
            count => filled += count,
        }
    }
    Ok(filled)
}
