//! An instance's layers as directories, and what one of them has at a path.
//!
//! They belong to the runtime user and may be hostile, so no link is followed: nothing outside the layer is
//! looked at.

use crate::instances;
use left4me::game_layers::GameLayers;
use left4me::layout::Layout;
use left4me::name::InstanceName;
use left4me::read::{self, Limit, Links};
use left4me::{Result, beneath, env_file, instance_env};
use rustix::fs::{FileType, Stat};
use rustix::io::Errno;
use std::os::fd::{AsFd, OwnedFd};
use std::path::{Path, PathBuf};

/// An instance's layers, highest precedence first, each with a name for people.
pub fn list(layout: &Layout, name: &InstanceName) -> Result<Vec<(String, PathBuf)>> {
    instances::require(layout, name)?;
    let file = layout.instance_env(name);
    let text =
        read::file(&file, Links::Refuse, Limit::Whole(instance_env::MAX_BYTES as u64))?.unwrap_or_default();
    let text = String::from_utf8_lossy(&text);
    instance_env::require_single(&text, &file)?;
    let game = GameLayers::new(layout);
    let mut layers = vec![("the instance's own layer".to_owned(), layout.upper(name))];
    for layer in env_file::value(&text, "L4D2_LOWERDIRS").unwrap_or_default().split(':') {
        // Exactly these are mounted: being in `updates` does not make a directory a layer.
        let path = PathBuf::from(layer);
        let label = if let Some(name) = game.describe(&path) {
            name
        } else if let Ok(overlay) = path.strip_prefix(layout.overlays()) {
            format!("overlay {}", overlay.display())
        } else {
            layer.to_owned()
        };
        layers.push((label, path));
    }
    Ok(layers)
}

/// Opens an instance's own layer to list it.
pub fn open_own(layout: &Layout, name: &InstanceName) -> rustix::io::Result<OwnedFd> {
    beneath::directory_to_list(
        beneath::open_directory(&layout.runtimes())?,
        Path::new(name.as_str()).join("upper"),
    )
}

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
pub fn lookup(layer: impl AsFd, path: &Path) -> rustix::io::Result<Option<Found>> {
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
