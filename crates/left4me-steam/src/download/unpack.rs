//! Unpacks a tar archive that is not trusted yet: its digest is known only at its end.

use super::read_ahead::BLOCK;
use left4me::printable;
use std::cell::Cell;
use std::collections::HashSet;
use std::fmt;
use std::io::{self, Read, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Component, Path, PathBuf};
use tar::{Archive, Entry, EntryType};

/// What is too much.
#[derive(Debug, Clone, Copy)]
pub struct Bounds {
    /// Bytes of all files in the archive.
    pub unpacked: u64,
    /// Entries of the archive.
    pub entries: usize,
}

/// What lies between the contents of two files. The tar reader takes long names and extended headers into
/// memory, of any size, before it shows an entry.
const MAX_HEADERS: u64 = 64 << 10;

/// Why an archive was not unpacked.
#[derive(Debug)]
pub enum UnpackError {
    /// An entry is refused.
    Entry {
        /// The entry, as the archive has it.
        name: String,
        /// Ends the sentence "refused to unpack NAME: it ...".
        why: &'static str,
    },
    /// It has more entries than this.
    TooManyEntries(usize),
    /// It unpacks to more bytes than this.
    TooLarge(u64),
    /// A header in it is larger than this.
    LargeHeader(u64),
    /// It cannot be read as an archive.
    Format(io::Error),
    /// A file of it cannot be written.
    Write {
        /// The file or directory.
        name: String,
        /// Why not.
        cause: io::Error,
    },
}

impl UnpackError {
    /// Whether the archive ends too early.
    pub fn is_incomplete(&self) -> bool {
        matches!(self, UnpackError::Format(cause) if cause.kind() == io::ErrorKind::UnexpectedEof)
    }
}

impl fmt::Display for UnpackError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            UnpackError::Entry { name, why } => {
                write!(f, "refused to unpack {}: it {why}", printable::line(name))
            }
            UnpackError::TooManyEntries(most) => {
                write!(f, "refused to unpack the archive: it has more than {most} entries")
            }
            UnpackError::TooLarge(most) => {
                write!(f, "refused to unpack the archive: it unpacks to more than {} MiB", most >> 20)
            }
            UnpackError::LargeHeader(most) => {
                write!(f, "refused to unpack the archive: a header in it is larger than {} KiB", most >> 10)
            }
            UnpackError::Format(cause) => write!(f, "the download is not a tar archive: {cause}"),
            UnpackError::Write { name, cause } => {
                write!(f, "cannot unpack {}: {cause}", printable::line(name))
            }
        }
    }
}

/// Unpacks `archive` into the empty directory `into`, as the calling user.
///
/// Refuses, by name, every entry that is absolute, climbs out, is not a plain file or directory, or would be
/// setuid or setgid. SteamCMD's own archive has no links, so links are refused altogether.
pub fn unpack(archive: impl Read, into: &Path, bounds: &Bounds) -> Result<(), UnpackError> {
    let mut unpacked = 0;
    let mut seen = HashSet::new();
    let allowed = Cell::new(MAX_HEADERS);
    let mut archive = Archive::new(Metered { inner: archive, allowed: &allowed });
    let mut buffer = vec![0; BLOCK];
    for (number, entry) in archive.entries().map_err(UnpackError::Format)?.enumerate() {
        let mut entry = entry.map_err(|cause| match allowed.get() {
            0 => UnpackError::LargeHeader(MAX_HEADERS),
            _ => UnpackError::Format(cause),
        })?;
        if number >= bounds.entries {
            return Err(UnpackError::TooManyEntries(bounds.entries));
        }
        unpacked = entry.size().saturating_add(unpacked);
        if unpacked > bounds.unpacked {
            return Err(UnpackError::TooLarge(bounds.unpacked));
        }
        allowed.set(entry.size().saturating_add(MAX_HEADERS));
        let name = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
        let refused = |why| UnpackError::Entry { name: name.clone(), why };
        let Some(path) = validate(&entry, Path::new(&name)).map_err(refused)? else { continue };
        if !seen.insert(path.clone()) {
            return Err(refused("is there twice"));
        }
        write(&mut entry, &name, &into.join(&path), &mut buffer)?;
        // A sparse file has less in the archive than its size.
        allowed.set(MAX_HEADERS);
    }
    Ok(())
}

/// The path to write an entry to; `None` for an entry that needs nothing. An error is why it is refused.
fn validate<R: Read>(entry: &Entry<R>, name: &Path) -> Result<Option<PathBuf>, &'static str> {
    match entry.header().entry_type() {
        EntryType::Regular | EntryType::Continuous | EntryType::GNUSparse | EntryType::Directory => {}
        EntryType::XGlobalHeader => return Ok(None),
        EntryType::Symlink => return Err("is a symbolic link"),
        EntryType::Link => return Err("is a hard link"),
        EntryType::Char | EntryType::Block => return Err("is a device"),
        EntryType::Fifo => return Err("is a FIFO"),
        _ => return Err("is not a plain file"),
    }
    if entry.header().mode().unwrap_or(0) & 0o6000 != 0 {
        return Err("is setuid or setgid");
    }
    let mut path = PathBuf::new();
    for component in name.components() {
        match component {
            Component::Normal(part) => path.push(part),
            Component::CurDir => {}
            Component::ParentDir => return Err("climbs out with '..'"),
            Component::RootDir | Component::Prefix(_) => return Err("has an absolute path"),
        }
    }
    Ok((path != Path::new("")).then_some(path))
}

fn write<R: Read>(
    entry: &mut Entry<R>,
    name: &str,
    path: &Path,
    buffer: &mut [u8],
) -> Result<(), UnpackError> {
    let failed = |cause| UnpackError::Write { name: name.to_owned(), cause };
    if entry.header().entry_type() == EntryType::Directory {
        return create_directory(path).map_err(failed);
    }
    create_directory(path.parent().unwrap_or(Path::new("/"))).map_err(failed)?;
    // The runtime user needs to run and later to replace everything; nothing else of the mode counts.
    let executable = entry.header().mode().unwrap_or(0) & 0o111 != 0;
    let mode = if executable { 0o755 } else { 0o644 };
    let mut options = std::fs::OpenOptions::new();
    let mut file = options.write(true).create_new(true).mode(mode).open(path).map_err(failed)?;
    // std::io::copy would copy 8 KiB at a time.
    loop {
        match entry.read(buffer) {
            Ok(0) => break,
            Ok(count) => file.write_all(&buffer[..count]).map_err(failed)?,
            Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
            Err(e) => return Err(UnpackError::Format(e)),
        }
    }
    file.set_permissions(std::fs::Permissions::from_mode(mode)).map_err(failed)
}

fn create_directory(path: &Path) -> io::Result<()> {
    std::fs::DirBuilder::new().recursive(true).mode(0o755).create(path)
}

/// Gives no more than what is allowed from time to time.
struct Metered<'a, R> {
    inner: R,
    allowed: &'a Cell<u64>,
}

impl<R: Read> Read for Metered<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let allowed = usize::try_from(self.allowed.get()).unwrap_or(usize::MAX);
        if allowed == 0 && !buffer.is_empty() {
            return Err(io::Error::other("more than is allowed"));
        }
        let most = buffer.len().min(allowed);
        let count = self.inner.read(&mut buffer[..most])?;
        self.allowed.set((allowed - count) as u64);
        Ok(count)
    }
}

#[cfg(test)]
mod tests;
