//! Which layers of the game the mounted trees consist of.
//!
//! A mount's source holds a hash of its layers, and which directory each of them is. So it is known what a mount has
//! below when one of the lists that there are, over one of the bases that there are, has that hash. Where none has,
//! anything could be below.

use super::kept::lists_in;
use super::old_base::{self, Identity};
use left4me::game_layers::{BASE, GameLayers, LayerName};
use left4me::host::Host;
use left4me::mountinfo::{self, Layer, Mount};
use left4me::name::InstanceName;
use left4me::read::{self, Limit, Links};
use left4me::{Result, instance_env};
use left4me_steam::install::users_of_the_game;
use std::path::{Path, PathBuf};

/// More lists and bases are not tried, so that whoever plants them without end keeps nobody at work, or waiting for
/// the locks. What a mount consists of is not known then.
const MOST_LISTS: usize = 1000;
const MOST_LAYERS_TRIED: usize = 1_000_000;

/// Layers that somebody has mounted.
#[derive(Debug, Default)]
pub struct Mounted {
    /// Who, and which: the base, and the updates over it.
    pub known: Vec<(InstanceName, Identity, Vec<LayerName>)>,
    /// Who has mounted something that cannot be known.
    pub unknown: Vec<String>,
}

/// Looks at every mounted tree of an instance. As the runtime user.
pub fn look(host: &Host, game: &GameLayers) -> Result<Mounted> {
    let mounts = mountinfo::overlays()?;
    let (bases, lists) = (bases(game), lists(game)?);
    let mut found = Mounted::default();
    let mut left = MOST_LAYERS_TRIED;
    for name in users_of_the_game(&mounts, &host.layout.runtimes()) {
        let prefix = mountinfo::source_prefix(&name);
        let mut is_known = false;
        for mount in mounts.iter().filter(|mount| mount.source.starts_with(&prefix)) {
            let Some((base, list)) = match_one(host, game, &name, mount, &bases, &lists, &mut left) else {
                is_known = false;
                break;
            };
            is_known = true;
            found.known.push((name.clone(), base, list));
        }
        if !is_known {
            found.unknown.push(name.to_string());
        }
    }
    Ok(found)
}

fn match_one(
    host: &Host,
    game: &GameLayers,
    name: &InstanceName,
    mount: &Mount,
    bases: &[Identity],
    lists: &[Vec<LayerName>],
    left: &mut usize,
) -> Option<(Identity, Vec<LayerName>)> {
    let limit = Limit::Whole(instance_env::MAX_BYTES as u64);
    let env = read::text(&host.layout.instance_env(name), Links::Refuse, limit)?;
    let named = instance_env::layers(&env, &host.layout);
    for list in lists {
        for base in bases {
            let layers = game.with(list.clone()).expand(named.iter().copied());
            *left = left.checked_sub(1 + layers.len())?;
            let layers: Option<Vec<Layer>> =
                layers.into_iter().map(|path| layer(host, path, *base)).collect();
            if layers.is_some_and(|layers| mountinfo::source(name, &layers) == mount.source) {
                return Some((*base, list.clone()));
            }
        }
    }
    None
}

fn layer(host: &Host, path: String, base: Identity) -> Option<Layer> {
    let found = if path == BASE { base } else { Identity::of(&host.layout.root().join(&path)).ok()? };
    Some(Layer { path, device: found.device, inode: found.inode })
}

fn bases(game: &GameLayers) -> Vec<Identity> {
    let old = old_base::places(game).into_iter().map(|place| place.join("base"));
    std::iter::once(game.base().to_owned()).chain(old).filter_map(|base| Identity::of(&base).ok()).collect()
}

/// Every list that there is or was.
fn lists(game: &GameLayers) -> Result<Vec<Vec<LayerName>>> {
    let mut lists = vec![game.names().to_vec(), Vec::new()];
    let old = old_base::places(game).into_iter().map(|place| place.join("lists"));
    let places: Vec<PathBuf> = std::iter::once(game.lists()).chain(old).collect();
    for place in &places {
        if lists.len() > MOST_LISTS {
            break;
        }
        lists.extend(lists_in(Path::new(place))?.into_iter().map(|build| build.layers));
    }
    Ok(lists)
}
