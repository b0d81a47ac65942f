//! All layers in one new base: a tree of hard links takes the base's place in one step, and then the list of layers
//! is emptied.
//!
//! The layers over their own squash show the same tree, so whoever mounts between the two steps gets what was there
//! before. `updates/.squash/over` says which tree replaces the base, so that a run that was killed after the exchange
//! is finished by the next one. Whoever has the old base mounted keeps it; `updates/.old` holds it until nobody does.

mod link;

use super::kept::{KeptBuild, KeptBuilds};
use super::old_base::{self, Identity};
use left4me::game_layers::{GameLayers, LayerName, above, parse_list, to_list};
use left4me::host::Host;
use left4me::read::{self, Limit, Links as Symlinks};
use left4me::report::Reporter;
use left4me::{Context, Error, Result, atomic, beneath, remove};
use left4me_steam::install::{lock_game, lock_steam};
use left4me_steam::verify;
use rustix::fs::{CWD, RenameFlags};
use std::fs;
use std::path::PathBuf;

const PLACE: &str = ".squash";
const MAX_BYTES: u64 = 8192;

/// What a squash came to.
#[derive(Debug, Default)]
pub struct Squashed {
    /// How many updates are in the base now.
    pub updates: usize,
    /// Builds that need the old base and can no longer be used.
    pub dropped: Vec<LayerName>,
}

/// Merges the updates in use into the base.
pub fn squash(host: &Host, reporter: &dyn Reporter, wait: bool) -> Result<Squashed> {
    let _steam = lock_steam(host, reporter, wait)?;
    let _lock = lock_game(host, reporter, wait)?;
    let mut done = finish(host)?;
    let game = host.game_layers()?;
    if game.names().is_empty() {
        return Ok(done);
    }
    let needs_the_base = |kept: &KeptBuild| above(&kept.build.layers, game.names()).is_none();
    let lost = KeptBuilds::load(host)?.builds.into_iter().filter(needs_the_base);
    done.dropped.extend(lost.map(|kept| kept.build.name));
    build(host, &game)?;
    host.as_runtime_user(|| exchange(host, &game))?;
    let after = finish(host)?;
    done.updates += after.updates;
    done.dropped.extend(after.dropped);
    done.dropped.sort();
    done.dropped.dedup();
    Ok(done)
}

fn place(game: &GameLayers) -> PathBuf {
    game.updates().join(PLACE)
}

fn tree(game: &GameLayers) -> PathBuf {
    place(game).join("tree")
}

/// Makes the new tree, whole and on disk, with the note that says so.
fn build(host: &Host, game: &GameLayers) -> Result<()> {
    let (place, tree) = (place(game), tree(game));
    let links = host.as_runtime_user(|| {
        remove::tree(&place)?;
        fs::create_dir(&place).context(|| format!("cannot make {}", place.display()))?;
        fs::create_dir(&tree).context(|| format!("cannot make {}", tree.display()))?;
        let open = |path: PathBuf| {
            let opened = beneath::open_to_list(&path).map_err(std::io::Error::from);
            opened.context(|| format!("cannot open {}", path.display()))
        };
        let layers = game.topmost_first().map(open).collect::<Result<Vec<_>>>()?;
        Ok(link::Links { layers, tree: open(tree.clone())? })
    })?;
    let base = game.base().to_owned();
    let links = host.with_merged_game(game, |host| {
        if let Err(missing) = verify::game(host)? {
            return Err(Error::new(format!("the game is not complete: {missing}"))
                .hint("sudo left4me-setup game verify"));
        }
        host.as_runtime_user(|| links.make(&base).map(|()| links))
    })?;
    rustix::fs::syncfs(&links.tree).context(|| format!("cannot sync {}", tree.display()))?;
    host.as_runtime_user(|| {
        let note = format!("{}\n{}", Identity::of(&tree)?, to_list(game.names()));
        atomic::write(&place.join("over"), note.as_bytes(), 0o644, None)
    })
}

fn exchange(host: &Host, game: &GameLayers) -> Result<()> {
    let (tree, base) = (host.path(&tree(game)), host.path(game.base()));
    rustix::fs::renameat_with(CWD, &tree, CWD, &base, RenameFlags::EXCHANGE)
        .context(|| format!("cannot replace {}", base.display()))?;
    atomic::sync_parent(&base)?;
    atomic::sync_parent(&tree)
}

/// Finishes a squash that had exchanged the base, and removes one that had not. For whoever holds the lock.
pub fn finish(host: &Host) -> Result<Squashed> {
    let game = host.game_layers()?;
    host.as_runtime_user(|| {
        let mut done = Squashed::default();
        // Without a tree it is all done.
        let squashed = exchanged(&game)?.filter(|_| fs::symlink_metadata(tree(&game)).is_ok());
        if let Some(squashed) = squashed {
            done.updates = squashed.len();
            done.dropped = lists_over(&game, &squashed)?;
            if let Some(left) = above(game.names(), &squashed) {
                atomic::write(&game.current(), to_list(&left).as_bytes(), 0o644, None)?;
            }
            old_base::keep(&game, &tree(&game))?;
        }
        remove::tree(&place(&game)).map(|()| done)
    })
}

/// Whether a squash was killed before it had finished.
pub fn is_unfinished(game: &GameLayers) -> bool {
    fs::symlink_metadata(place(game)).is_ok()
}

/// The updates that the base holds by now; nothing where it was not exchanged.
fn exchanged(game: &GameLayers) -> Result<Option<Vec<LayerName>>> {
    let path = place(game).join("over");
    let Some(note) = read::file(&path, Symlinks::Refuse, Limit::Whole(MAX_BYTES))? else { return Ok(None) };
    let text = String::from_utf8_lossy(&note);
    let Some((identity, list)) = text.split_once('\n') else { return Ok(None) };
    let is_base = Identity::of(game.base())?.to_string() == identity;
    is_base.then(|| parse_list(list.as_bytes(), &path)).transpose()
}

/// Rewrites the lists of the builds that are kept; returns those that are not any more. From the copies of all lists
/// as they were, so that it can be repeated.
fn lists_over(game: &GameLayers, squashed: &[LayerName]) -> Result<Vec<LayerName>> {
    let mut dropped = Vec::new();
    for build in old_base::keep_lists(game, &tree(game))? {
        let list = game.list_of(&build.name);
        match above(&build.layers, squashed) {
            Some(left) => atomic::write(&list, to_list(&left).as_bytes(), 0o644, None)?,
            None => {
                match fs::remove_file(&list) {
                    Err(e) if e.kind() != std::io::ErrorKind::NotFound => {
                        return Err(e).context(|| format!("cannot remove {}", list.display()));
                    }
                    _ => atomic::sync_parent(&list)?,
                }
                dropped.push(build.name);
            }
        }
    }
    dropped.sort();
    Ok(dropped)
}
