//! Headers of tar, as `tar` reads them.

use super::check::refused;
use super::manifest;
use left4me::Result;
use std::io;
use tar::{Builder, EntryType, Header};

/// tar's unit.
pub const BLOCK: u64 = 512;
/// What ends an archive.
pub const END: u64 = 2 * BLOCK;

/// What an entry is.
pub enum Kind<'a> {
    Directory,
    Link(&'a str),
    File(u64),
}

/// The header of an entry, with what comes before it for a long name.
pub fn of(path: &str, kind: &Kind, mode: u32, date: u64) -> io::Result<Vec<u8>> {
    let mut header = Header::new_gnu();
    header.set_mode(mode);
    header.set_mtime(date);
    header.set_size(0);
    let mut builder = Builder::new(Vec::new());
    match kind {
        Kind::Directory => {
            header.set_entry_type(EntryType::Directory);
            builder.append_data(&mut header, format!("{path}/"), io::empty())?;
        }
        Kind::Link(target) => {
            header.set_entry_type(EntryType::Symlink);
            builder.append_link(&mut header, path, target)?;
        }
        Kind::File(size) => {
            header.set_entry_type(EntryType::Regular);
            header.set_size(*size);
            builder.append_data(&mut header, path, io::empty())?;
        }
    }
    // Without `finish`: other entries follow.
    Ok(std::mem::take(builder.get_mut()))
}

/// `size` rounded up to whole blocks.
pub fn padded(size: u64) -> u64 {
    size.div_ceil(BLOCK).saturating_mul(BLOCK)
}

/// The size of the manifest that the first block of an archive announces; `what` names the archive.
pub fn manifest_size(block: &[u8; BLOCK as usize], what: &str) -> Result<u64> {
    let header = Header::from_byte_slice(block);
    let is_manifest =
        header.entry_type() == EntryType::Regular && *header.path_bytes() == *manifest::NAME.as_bytes();
    let size = header.entry_size().ok().filter(|_| is_manifest);
    match size {
        None => Err(refused(&format!("{what} is not an archive that `left4me-setup game export` made"))),
        Some(size) if size > manifest::MAX_BYTES => {
            Err(refused(&format!("its manifest is larger than {} MiB", manifest::MAX_BYTES >> 20)))
        }
        Some(size) => Ok(size),
    }
}
