//! Removing what no list, no mount and no update uses.
//!
//! Each thing is renamed before it is removed, so that nobody comes across one that is half there.

use super::mounted::{self, Mounted};
use super::old_base::{self, Identity};
use super::{kept, squash};
use left4me::game_layers::{GameLayers, LayerName};
use left4me::host::Host;
use left4me::report::Reporter;
use left4me::{Context, Result, atomic, beneath, remove, walk};
use left4me_steam::install::{lock_game, lock_steam};
use left4me_steam::staging;
use std::collections::BTreeSet;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

const GOING: &str = ".going";

/// What was removed, and what was not although no list names it.
#[derive(Debug, Default)]
pub struct Pruned {
    /// What, and what it took on disk.
    pub removed: Vec<(String, u64)>,
    /// What, and who has it mounted.
    pub refused: Vec<(String, Vec<String>)>,
    /// Whose mounts cannot be told, so that everything that they could use was kept.
    pub unknown: Vec<String>,
}

/// Something that no list names.
struct Unused {
    what: String,
    path: PathBuf,
    users: Vec<String>,
}

/// Removes what nobody uses.
pub fn prune(host: &Host, reporter: &dyn Reporter, wait: bool) -> Result<Pruned> {
    // No update is running, so that its staging is nobody's either.
    let _steam = lock_steam(host, reporter, wait)?;
    let _lock = lock_game(host, reporter, wait)?;
    squash::finish(host)?;
    let game = host.game_layers()?;
    let mut done = Pruned::default();
    done.removed.extend(discard_staging(host, &game)?);
    host.as_runtime_user(|| {
        remove::tree(&game.updates().join(GOING))?;
        drop_broken_lists(&game)?;
        let mounted = mounted::look(host, &game)?;
        for unused in unused(&game, &mounted)? {
            if !unused.users.is_empty() {
                done.refused.push((unused.what, unused.users));
            } else if mounted.unknown.is_empty() {
                let bytes = beneath::open_to_list(&unused.path).map_or(0, walk::disk_bytes);
                take_away(&game, &unused.path)?;
                done.removed.push((unused.what, bytes));
            } else {
                done.refused.push((unused.what, mounted.unknown.clone()));
            }
        }
        // Only where it is empty.
        let _ = fs::remove_dir(old_base::all(&game));
        done.unknown = mounted.unknown;
        Ok(done)
    })
}

/// Layers and old bases that no list names.
fn unused(game: &GameLayers, mounted: &Mounted) -> Result<Vec<Unused>> {
    let mut listed: BTreeSet<LayerName> = game.names().iter().cloned().collect();
    listed.extend(kept::lists_in(&game.lists())?.into_iter().flat_map(|build| build.layers));
    let users = |uses: &dyn Fn(Identity, &[LayerName]) -> bool| {
        let known = mounted.known.iter().filter(|(_, base, layers)| uses(*base, layers));
        known.map(|(name, ..)| name.to_string()).collect::<Vec<_>>()
    };
    let mut found = Vec::new();
    for name in layers(game).into_iter().filter(|name| !listed.contains(name)) {
        let users = users(&|_, layers| layers.contains(&name));
        found.push(Unused { what: format!("update {name}"), path: game.layer(&name), users });
    }
    for place in old_base::places(game) {
        let base = Identity::of(&place.join("base")).ok();
        let users = users(&|mounted, _| base == Some(mounted));
        found.push(Unused { what: "an old base".to_owned(), path: place, users });
    }
    Ok(found)
}

fn layers(game: &GameLayers) -> Vec<LayerName> {
    let entries = fs::read_dir(game.updates()).into_iter().flatten().flatten();
    let mut names: Vec<LayerName> =
        entries.filter_map(|entry| LayerName::parse(entry.file_name().to_str()?).ok()).collect();
    names.sort();
    names
}

/// A list of which a layer is gone is good for nothing. Other damage may be repaired.
fn drop_broken_lists(game: &GameLayers) -> Result<()> {
    let is_gone = |name: &LayerName| {
        fs::symlink_metadata(game.layer(name)).is_err_and(|e| e.kind() == ErrorKind::NotFound)
    };
    for build in kept::lists_in(&game.lists())? {
        if build.layers.iter().any(is_gone) {
            let list = game.list_of(&build.name);
            fs::remove_file(&list).context(|| format!("cannot remove {}", list.display()))?;
        }
    }
    Ok(())
}

fn take_away(game: &GameLayers, path: &Path) -> Result<()> {
    let going = game.updates().join(GOING);
    fs::rename(path, &going).context(|| format!("cannot move {}", path.display()))?;
    atomic::sync_parent(path)?;
    remove::tree(&going)
}

/// An unfinished update.
fn discard_staging(host: &Host, game: &GameLayers) -> Result<Option<(String, u64)>> {
    let found = host.as_runtime_user(|| {
        let staging = game.staging();
        let is_there = fs::read_dir(&staging).is_ok_and(|mut entries| entries.next().is_some());
        Ok(is_there.then(|| beneath::open_to_list(&staging).map_or(0, walk::disk_bytes)))
    })?;
    staging::discard(host)?;
    Ok(found.map(|bytes| ("an unfinished update".to_owned(), bytes)))
}
