//! What a manifest may say. Whoever wrote it may be hostile: it must not lead out of the tree, fill the disk or
//! leave anything to the order in which its entries are written.

use super::manifest::{Manifest, NAME};
use crate::verify;
use left4me::{Error, Result, game_layers::LayerName, printable};
use std::collections::HashSet;

/// Directories, links and files together; the game has 10,000.
pub const MAX_ENTRIES: usize = 200_000;
/// Bytes of all files; the game has 9.8 GB.
pub const MAX_TOTAL: u64 = 64 << 30;
/// Bytes of a path; the kernel takes 4095 in all.
const MAX_PATH: usize = 1024;
const MAX_NAME: usize = 255;
const MAX_DEPTH: usize = 32;
/// What the headers of one entry take at most in the archive: two long names with their headers, and padding.
const HEADERS: u64 = 8192;

/// An error about an archive as a whole.
pub fn refused(why: &str) -> Error {
    Error::new(format!("the archive is refused: {why}"))
        .hint("make a new one on the host that it came from: sudo left4me-setup game export FILE")
}

/// Checks all that a manifest says. Its files must be sorted by their offsets.
pub fn manifest(manifest: &Manifest) -> Result<()> {
    let Manifest { directories, links, files, .. } = manifest;
    if LayerName::parse(&manifest.build).ok().is_none_or(|name| name.as_str() != name.build()) {
        return Err(refused(&format!("'{}' is not a build", printable::bounded(&manifest.build, 40))));
    }
    if directories.len() + links.len() + files.len() > MAX_ENTRIES {
        return Err(refused(&format!("it has more than {MAX_ENTRIES} entries")));
    }
    let mut seen = HashSet::new();
    let paths = directories.iter().map(|directory| &directory.path);
    let parents: HashSet<&str> = paths.clone().map(String::as_str).collect();
    for each in paths.chain(links.iter().map(|link| &link.path)).chain(files.iter().map(|file| &file.path)) {
        path(each).map_err(|why| entry(each, why))?;
        if !seen.insert(each.as_str()) {
            return Err(entry(each, "is there twice"));
        }
        if each.rsplit_once('/').is_some_and(|(parent, _)| !parents.contains(parent)) {
            return Err(entry(each, "does not lie in a directory of the archive"));
        }
    }
    for directory in directories {
        mode(directory.mode, 0o700).map_err(|why| entry(&directory.path, why))?;
    }
    for link in links {
        target(&link.path, &link.target).map_err(|why| entry(&link.path, why))?;
    }
    contents(manifest)?;
    if !files.iter().any(|file| file.path == verify::MANIFEST && file.size <= verify::MAX_MANIFEST) {
        return Err(refused(&format!("it lacks {}", verify::MANIFEST)));
    }
    Ok(())
}

/// Checks modes, digests, and that the contents of the files lie one behind the other.
fn contents(manifest: &Manifest) -> Result<()> {
    let (mut end, mut total) = (0_u64, 0_u64);
    for file in &manifest.files {
        mode(file.mode, 0o400).map_err(|why| entry(&file.path, why))?;
        if file.sha256.len() != 64 || !file.sha256.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f')) {
            return Err(entry(&file.path, "has no SHA-256"));
        }
        if file.offset < end {
            return Err(entry(&file.path, "overlaps another file"));
        }
        end = file.end();
        total = total.saturating_add(file.size);
        if total > MAX_TOTAL {
            return Err(refused(&format!("it holds more than {} GiB", MAX_TOTAL >> 30)));
        }
    }
    let entries = manifest.directories.len() + manifest.links.len() + manifest.files.len();
    if end > total + HEADERS * (entries as u64 + 1) {
        return Err(refused(&format!("{NAME} counts {total} bytes of files in {end} bytes of archive")));
    }
    Ok(())
}

fn entry(path: &str, why: &str) -> Error {
    refused(&format!("{} {why}", printable::bounded(path, 200)))
}

/// Why a path is none that may be written.
pub fn path(path: &str) -> Result<(), &'static str> {
    if path.len() > MAX_PATH || path.split('/').count() > MAX_DEPTH {
        return Err("is too long a path");
    }
    if path.starts_with('/') {
        return Err("is an absolute path");
    }
    for name in path.split('/') {
        match name {
            "" | "." => return Err("is not a plain path"),
            ".." => return Err("leads out of the game"),
            name if name.len() > MAX_NAME => return Err("has too long a name"),
            name if name.chars().any(printable::is_steering) => return Err("has control characters"),
            _ => {}
        }
    }
    Ok(())
}

/// Why a link may not lead to `target`.
///
/// `..` may stand only at its beginning, and leads no higher than the top: behind another link's name it would climb
/// from where that link leads. The link's own directory is no link, so it cannot.
pub fn target(link: &str, target: &str) -> Result<(), &'static str> {
    if target.is_empty() || target.len() > MAX_PATH || target.chars().any(printable::is_steering) {
        return Err("has no usable target");
    }
    if target.starts_with('/') {
        return Err("leads out of the game");
    }
    let mut left = link.split('/').count() - 1;
    let mut is_climbing = true;
    for name in target.split('/') {
        match name {
            "" | "." => {}
            ".." if is_climbing && left > 0 => left -= 1,
            ".." => return Err("leads out of the game"),
            _ => is_climbing = false,
        }
    }
    Ok(())
}

fn mode(mode: u32, needed: u32) -> Result<(), &'static str> {
    match mode {
        mode if mode & !0o777 != 0 => Err("is setuid, setgid or sticky"),
        mode if mode & needed != needed => Err("could not be read by its owner"),
        _ => Ok(()),
    }
}
