//! What a server runs with, which is what its files said at its start: its port, its layers and its build, and whether
//! a restart would give it others.

use crate::{instances, server_cfg};
use left4me::game_layers::{BASE, GameLayers, LayerName, UPDATES};
use left4me::layout::Layout;
use left4me::manifest::{self, Manifest};
use left4me::mounted::{self, Mounted};
use left4me::mountinfo::{self, Layer, Mount};
use left4me::name::InstanceName;
use left4me::read::{self, Limit, Links};
use left4me::{Error, Result, instance_env};

/// Its specification says something else by now.
pub const SPECIFICATION: &str = "specification";
/// An overlay's directory was exchanged, or is gone.
pub const OVERLAY: &str = "overlay";
/// The game is of another build, or repaired.
pub const BUILD: &str = "build";

/// Reads the table of mounts and the list of the game's layers once, for any number of instances.
pub struct Running {
    mounts: Vec<Mount>,
    game: GameLayers,
    next_build: Option<String>,
}

/// The port of an instance's server: that which it was started with, or its specification's, where the former cannot be
/// known.
pub fn port(layout: &Layout, name: &InstanceName) -> Option<u16> {
    let runs = Mounted::read(name);
    runs.and_then(|runs| instance_env::port(&runs.environment)).or(instances::facts(layout, name).port)
}

/// What one server runs with.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Facts {
    /// The port it was started with; `None` where that cannot be known.
    pub port: Option<u16>,
    /// The game's build.
    pub build: Option<String>,
    /// Why a restart is pending; empty when it would change nothing.
    pub pending: Vec<&'static str>,
}

impl Running {
    /// The trees that are mounted now, and the game that would be.
    pub fn new(layout: &Layout) -> Result<Running> {
        Running::of(GameLayers::load(layout)?)
    }

    /// [`new`](Self::new) even if the list of the game's layers is damaged: then what a restart would mount is unknown,
    /// and the error says why.
    pub fn even_if_damaged(layout: &Layout) -> Result<(Running, Option<Error>)> {
        match GameLayers::load(layout) {
            Ok(game) => Ok((Running::of(game)?, None)),
            Err(error) => {
                let running = Running::of(GameLayers::base_alone(layout))?;
                Ok((Running { next_build: None, ..running }, Some(error)))
            }
        }
    }

    fn of(game: GameLayers) -> Result<Running> {
        let manifest =
            game.manifest().and_then(|file| read::file(&file, Links::Refuse, manifest::LIMIT).ok()?);
        let next_build = manifest.and_then(|text| Manifest::build_in(&text));
        Ok(Running { mounts: mountinfo::overlays()?, game, next_build })
    }

    /// The game's layers that a restart would mount.
    pub fn game(&self) -> &GameLayers {
        &self.game
    }

    /// The build that a server gets at its next start.
    pub fn next_build(&self) -> Option<&str> {
        self.next_build.as_deref()
    }

    /// What the server of this instance runs with; only of use while it runs.
    pub fn facts(&self, layout: &Layout, name: &InstanceName) -> Facts {
        let limit = Limit::Whole(instance_env::MAX_BYTES as u64);
        let wanted = read::text(&layout.instance_env(name), Links::Refuse, limit).unwrap_or_default();
        // 0.1 left root's copy to root alone; then little is known until the next start.
        let runs = Mounted::read(name);
        let is_other = |runs: &Mounted| {
            instance_env::unit_environment(&wanted).is_ok_and(|lines| lines != runs.environment)
        };
        let mounted = runs.as_ref().map(|runs| &runs.layers[..]).filter(|layers| !layers.is_empty());
        let next = instance_env::layers(&wanted, layout);
        let has_other_overlays = match mounted {
            Some(mounted) => !of_overlays(mounted).map(|layer| layer.path.as_str()).eq(without_game(&next)),
            None => self.has_other_layers(name, layout, &next),
        };
        let is_pending = runs.as_ref().is_some_and(is_other)
            || has_other_overlays
            || server_cfg::is_outdated(layout, name);
        let build = mounted::build(layout, name);
        let reasons = [
            (BUILD, self.has_other_game(build.as_deref(), mounted)),
            (SPECIFICATION, is_pending),
            (OVERLAY, !has_other_overlays && mounted.is_some_and(|mounted| is_exchanged(layout, mounted))),
        ];
        Facts {
            port: runs.as_ref().and_then(|runs| instance_env::port(&runs.environment)),
            build,
            pending: reasons.into_iter().filter(|(_, applies)| *applies).map(|(reason, _)| reason).collect(),
        }
    }

    /// The same build in other layers, as a squash makes them, is no other game; a repair of it is.
    fn has_other_game(&self, build: Option<&str>, mounted: Option<&[Layer]>) -> bool {
        let is_other = |build| self.next_build().is_some_and(|next| next != build);
        let lacks = |mounted: &[Layer], repair: &LayerName| {
            let path = format!("{UPDATES}/{repair}");
            !mounted.iter().any(|layer| layer.path == path)
        };
        let is_repair = |name: &&LayerName| Some(name.build()) == build && name.build() != name.as_str();
        build.is_some_and(is_other)
            || mounted.is_some_and(|mounted| {
                self.game.names().iter().filter(is_repair).any(|repair| lacks(mounted, repair))
            })
    }

    /// Of a mount of version 0.1, only the hash of its paths is known. There were no updates then.
    fn has_other_layers(&self, name: &InstanceName, layout: &Layout, next: &[&str]) -> bool {
        let prefix = mountinfo::source_prefix(name);
        // The predecessor's mounts have no such name.
        let ours = self.mounts.iter().filter(|mount| mount.source.starts_with(&prefix));
        let next: Option<Vec<Layer>> = next.iter().map(|path| on_disk(layout, path)).collect();
        let is_same = |mount: &Mount| {
            next.as_ref().is_some_and(|next| mountinfo::has_layers(&mount.source, name, next))
        };
        ours.into_iter().any(|mount| !is_same(mount))
    }
}

fn is_of_game(path: &str) -> bool {
    path == BASE || path.split_once('/').is_some_and(|(top, _)| top == UPDATES)
}

fn of_overlays(mounted: &[Layer]) -> impl Iterator<Item = &Layer> {
    mounted.iter().filter(|layer| !is_of_game(&layer.path))
}

fn without_game<'l>(layers: &'l [&str]) -> impl Iterator<Item = &'l str> {
    layers.iter().copied().filter(|path| !is_of_game(path))
}

/// The layer that lies there now.
fn on_disk(layout: &Layout, path: &str) -> Option<Layer> {
    let found = rustix::fs::lstat(layout.root().join(path)).ok()?;
    Some(Layer { path: path.to_owned(), device: found.st_dev, inode: found.st_ino })
}

/// Whether another directory took the place of a mounted overlay's, or none.
fn is_exchanged(layout: &Layout, mounted: &[Layer]) -> bool {
    of_overlays(mounted).any(|layer| on_disk(layout, &layer.path).as_ref() != Some(layer))
}
