//! Bases that a squash replaced, `updates/.old/INODE/base`, with the lists of the builds that were kept then, by which
//! it is known later what a mount of that time consists of.

use super::kept;
use left4me::game_layers::{Build, GameLayers, to_list};
use left4me::{Context, Result, atomic};
use std::fmt;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

/// Which directory something is, whatever its path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Identity {
    /// The file system.
    pub device: u64,
    /// Its number there.
    pub inode: u64,
}

impl Identity {
    /// Of what lies at `path`; of a link, the link.
    pub fn of(path: &Path) -> Result<Identity> {
        let found = fs::symlink_metadata(path).context(|| format!("cannot examine {}", path.display()))?;
        Ok(Identity { device: found.dev(), inode: found.ino() })
    }
}

impl fmt::Display for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.device, self.inode)
    }
}

/// Where all of them lie.
pub fn all(game: &GameLayers) -> PathBuf {
    game.updates().join(".old")
}

fn place(game: &GameLayers, base: &Path) -> Result<PathBuf> {
    Ok(all(game).join(Identity::of(base)?.inode.to_string()))
}

/// Copies the lists of all builds to where `base` will be kept; a copy that is there stays as it is. Returns the
/// copies.
pub fn keep_lists(game: &GameLayers, base: &Path) -> Result<Vec<Build>> {
    let lists = place(game, base)?.join("lists");
    fs::create_dir_all(&lists).context(|| format!("cannot make {}", lists.display()))?;
    for build in kept::lists_in(&game.lists())? {
        atomic::write_new(&lists.join(build.name.as_str()), to_list(&build.layers).as_bytes(), 0o644, None)?;
    }
    kept::lists_in(&lists)
}

/// Moves `base` to where it is kept until nobody has it mounted.
pub fn keep(game: &GameLayers, base: &Path) -> Result<()> {
    let kept = place(game, base)?.join("base");
    fs::rename(base, &kept).context(|| format!("cannot move {} to {}", base.display(), kept.display()))?;
    atomic::sync_parent(&kept)
}

/// The places of all of them.
pub fn places(game: &GameLayers) -> Vec<PathBuf> {
    let entries = fs::read_dir(all(game)).into_iter().flatten().flatten();
    entries.take(1000).map(|entry| entry.path()).collect()
}
