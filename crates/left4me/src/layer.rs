//! What one layer of an overlay has at a path.
//!
//! Layers belong to the runtime user, who may be hostile, so no link is followed: nothing outside the layer is
//! looked at.

use crate::beneath;
use rustix::fs::{FileType, Stat};
use rustix::io::{Errno, Result};
use std::os::fd::AsFd;
use std::path::Path;

/// What a layer has at a path.
#[derive(Debug)]
pub enum Found {
    /// A file, a link, or anything else but a directory.
    File(Stat),
    /// A directory, which is merged with those of lower layers.
    Directory,
    /// Deleted, or a file took the place of a parent directory: lower layers are hidden.
    Hidden,
}

/// What a layer has at `path`; `None` when the layers below decide.
///
/// Only root can see that a directory is opaque, which hides those of lower layers.
pub fn lookup(layer: impl AsFd, path: &Path) -> Result<Option<Found>> {
    let layer = layer.as_fd();
    let found = match beneath::entry(layer, path) {
        Ok(found) => rustix::fs::fstat(found)?,
        Err(Errno::NOENT) => return Ok(None),
        Err(Errno::NOTDIR | Errno::LOOP) => return Ok(Some(Found::Hidden)),
        Err(cause) => return Err(cause),
    };
    Ok(Some(match FileType::from_raw_mode(found.st_mode) {
        FileType::Directory => Found::Directory,
        // The kernel's mark for "deleted": a character device 0:0.
        FileType::CharacterDevice if found.st_rdev == 0 => Found::Hidden,
        _ => Found::File(found),
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn layers_speak_or_are_silent() {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir_all(dir.path().join("left4dead2/cfg")).unwrap();
        fs::write(dir.path().join("left4dead2/cfg/server.cfg"), "x").unwrap();
        std::os::unix::fs::symlink("/etc", dir.path().join("link")).unwrap();
        let layer = beneath::open_directory(dir.path()).unwrap();
        let at = |path: &str| match lookup(&layer, Path::new(path)) {
            Ok(None) => "silent",
            Ok(Some(Found::File(_))) => "file",
            Ok(Some(Found::Directory)) => "directory",
            Ok(Some(Found::Hidden)) => "hidden",
            Err(_) => "error",
        };
        let table = [
            ("left4dead2", "directory"),
            ("left4dead2/cfg/server.cfg", "file"),
            ("left4dead2/addons", "silent"),
            ("left4dead2/addons/x", "silent"),
            ("left4dead2/cfg/server.cfg/x", "hidden"),
            ("link", "file"),
            ("link/passwd", "hidden"),
            ("../", "error"),
            ("/etc", "error"),
        ];
        for (path, expected) in table {
            assert_eq!(at(path), expected, "{path}");
        }
    }
}
