//! Whether a layer changes what lies below it.

use left4me::walk::{self, Entry, Next, Visitor};
use left4me::{beneath, layer};
use rustix::fs::{FileType, Stat};
use rustix::io::Errno;
use std::fs::File;
use std::io::Read;
use std::ops::ControlFlow;
use std::os::fd::{AsRawFd, OwnedFd};
use std::path::Path;

/// Most bytes that are compared; the game has 10 GB. A sparse file can have more than is read in years.
const MOST: u64 = 64 << 30;

/// Whether `upper` has a file, a deletion or an own mode that the layers below have not. Steam's own notes do not
/// count, and neither does a file that was written again with the same contents.
/// `layers` are those below, topmost first.
pub fn are_in(upper: OwnedFd, layers: Vec<OwnedFd>) -> bool {
    let mut search = Search { layers, left: MOST, found: false };
    walk::walk(upper, (), &mut search);
    search.found
}

struct Search {
    layers: Vec<OwnedFd>,
    /// How many bytes are still compared.
    left: u64,
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
            .and_then(|opened| Ok((rustix::fs::fstat(&opened)?, opened)))
            .ok()
            .and_then(|(stat, opened)| match (FileType::from_raw_mode(stat.st_mode), below) {
                (FileType::Directory, Some(layer::Found::Directory)) if !is_opaque(&opened) => {
                    Some(Next::Enter(()))
                }
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
    fn is_same(&mut self, entry: &Entry, stat: &Stat, below: &Stat) -> bool {
        if stat.st_mode != below.st_mode || stat.st_size != below.st_size {
            return false;
        }
        let size = stat.st_size.unsigned_abs();
        let Some(left) = self.left.checked_sub(size) else { return false };
        self.left = left;
        beneath::file(entry.directory, entry.file_name(), beneath::SAME_MOUNT).is_ok_and(|new| {
            let old = self
                .layers
                .iter()
                .find_map(|layer| beneath::file(layer, entry.path, beneath::SAME_MOUNT).ok());
            old.is_some_and(|old| have_same_content(old, new, size))
        })
    }
}

/// Whether it hides what lower layers have in this directory. Only root sees that.
fn is_opaque(directory: &OwnedFd) -> bool {
    let path = format!("/proc/self/fd/{}", directory.as_raw_fd());
    rustix::fs::getxattr(path, "trusted.overlay.opaque", &mut [0u8; 8]).is_ok()
}

/// Whether two files of this size have the same bytes; what cannot be read has not. They may grow meanwhile.
fn have_same_content(one: OwnedFd, other: OwnedFd, size: u64) -> bool {
    let mut files = [one, other].map(|file| File::from(file).take(size));
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

fn fill(file: &mut impl Read, buffer: &mut [u8]) -> std::io::Result<usize> {
    let mut filled = 0;
    while filled < buffer.len() {
        match file.read(&mut buffer[filled..])? {
            0 => break,
            count => filled += count,
        }
    }
    Ok(filled)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use std::os::unix::fs::{PermissionsExt, symlink};

    /// Whether what `make` puts into the upper layer changes the two layers below.
    fn changes(make: impl FnOnce(&Path)) -> bool {
        let dir = tempfile::tempdir().unwrap();
        for (file, content) in
            [("installation/d/a", "old"), ("updates/20/d/a", "new"), ("installation/b", "x")]
        {
            let path = dir.path().join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, content).unwrap();
        }
        let upper = dir.path().join("upper");
        fs::create_dir(&upper).unwrap();
        make(&upper);
        let layers = ["updates/20", "installation"];
        let layers = layers.map(|layer| beneath::open_directory(&dir.path().join(layer)).unwrap());
        are_in(beneath::open_to_list(&upper).unwrap(), layers.into())
    }

    fn put(upper: &Path, file: &str, content: &str) {
        fs::create_dir_all(upper.join(file).parent().unwrap()).unwrap();
        fs::write(upper.join(file), content).unwrap();
    }

    #[test]
    fn what_is_there_already_is_no_change() {
        assert!(!changes(|_| ()));
        assert!(!changes(|upper| put(upper, "steamapps/appmanifest_222860.acf", "x")));
        assert!(!changes(|upper| put(upper, "d/a", "new")));
        assert!(!changes(|upper| put(upper, "b", "x")));
        assert!(!changes(|upper| fs::create_dir(upper.join("d")).unwrap()));
    }

    /// Whether the same sparse file of this size in both is a change.
    fn sparse(size: u64) -> bool {
        changes(|upper| {
            for file in [upper.join("b"), upper.with_file_name("installation/b")] {
                File::create(file).unwrap().set_len(size).unwrap();
            }
        })
    }

    #[test]
    fn files_without_end_are_not_read() {
        assert!(!sparse(1 << 20));
        assert!(sparse(8 << 40), "that would take hours");
    }

    #[test]
    fn all_else_is_a_change() {
        assert!(changes(|upper| put(upper, "d/a", "old")), "the topmost layer decides");
        assert!(changes(|upper| put(upper, "b", "y")));
        assert!(changes(|upper| put(upper, "b", "")));
        assert!(changes(|upper| put(upper, "d/new", "x")));
        assert!(changes(|upper| fs::create_dir(upper.join("new")).unwrap()));
        assert!(changes(|upper| fs::create_dir(upper.join("b")).unwrap()), "a directory for a file");
        assert!(changes(|upper| symlink("x", upper.join("b")).unwrap()));
        assert!(changes(|upper| {
            put(upper, "b", "x");
            fs::set_permissions(upper.join("b"), fs::Permissions::from_mode(0o755)).unwrap();
        }));
    }
}
