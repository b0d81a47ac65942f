//! Where the game lies: a list of layers, of which the topmost that has a file decides. No other code knows.
//!
//! The base is the installation. Published updates lie above it, each a directory `updates/LAYER`, and
//! `updates/current` lists those in use: one name a line, topmost first. An `instance.env` names only the base, which
//! stands for the whole list; that is looked up when the instance is mounted.

mod build;
mod list;
mod name;

pub use build::{Build, above, before};
pub use list::{MAX_BYTES, MOST, parse_list, to_list};
pub use name::LayerName;

use crate::layer::{self, Found};
use crate::layout::Layout;
use crate::manifest::APP;
use crate::read::{self, Limit, Links};
use crate::{Result, beneath};
use std::path::{Path, PathBuf};

/// The base as a path below the root, in which an `instance.env` names it.
pub const BASE: &str = "installation";
/// Where updates lie, below the root.
pub const UPDATES: &str = "updates";
/// The list of layers in use, below [`UPDATES`].
pub const CURRENT: &str = "current";
/// The lists of the builds that are kept, below [`UPDATES`]: what [`CURRENT`] says while that build is in use.
pub const LISTS: &str = ".lists";
/// Where an update is made until it is published, below [`UPDATES`].
pub const STAGING: &str = ".staging";

/// The layers of a host's game, as paths that the host sees.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GameLayers {
    root: PathBuf,
    base: PathBuf,
    updates: PathBuf,
    /// The published updates in use, topmost first.
    names: Vec<LayerName>,
}

impl GameLayers {
    /// The base alone, whatever was published: for where things lie, and for who sees all layers merged there.
    pub fn base_alone(layout: &Layout) -> Self {
        let root = layout.root().to_owned();
        GameLayers { base: root.join(BASE), updates: root.join(UPDATES), root, names: Vec::new() }
    }

    /// The layers in use. Reads what the runtime user owns, so root calls it as that user.
    pub fn load(layout: &Layout) -> Result<Self> {
        GameLayers::load_as(layout, Path::to_owned)
    }

    /// [`load`](Self::load) on a host that lies elsewhere: `path` tells where.
    pub fn load_as(layout: &Layout, path: impl Fn(&Path) -> PathBuf) -> Result<Self> {
        let mut game = GameLayers::base_alone(layout);
        let current = game.current();
        if let Some(text) = read::file(&path(&current), Links::Refuse, Limit::Whole(MAX_BYTES))? {
            game.names = parse_list(&text, &current)?;
        }
        Ok(game)
    }

    /// The same place with these updates in use, topmost first.
    #[must_use]
    pub fn with(&self, names: Vec<LayerName>) -> Self {
        GameLayers { names, ..self.clone() }
    }

    /// The lowest layer: what SteamCMD installs into, and what an `instance.env` calls the game.
    pub fn base(&self) -> &Path {
        &self.base
    }

    /// Where published updates lie; [`topmost_first`](Self::topmost_first) tells which of them are in use.
    pub fn updates(&self) -> &Path {
        &self.updates
    }

    /// The list of layers in use.
    pub fn current(&self) -> PathBuf {
        self.updates.join(CURRENT)
    }

    /// The lists of the builds that are kept.
    pub fn lists(&self) -> PathBuf {
        self.updates.join(LISTS)
    }

    /// The list of layers of a build that is kept.
    pub fn list_of(&self, build: &LayerName) -> PathBuf {
        self.lists().join(build.as_str())
    }

    /// Where an update is made until it is published.
    pub fn staging(&self) -> PathBuf {
        self.updates.join(STAGING)
    }

    /// Where a layer of this name lies.
    pub fn layer(&self, name: &LayerName) -> PathBuf {
        self.updates.join(name.as_str())
    }

    /// The published updates in use, topmost first.
    pub fn names(&self) -> &[LayerName] {
        &self.names
    }

    /// All layers in use, the one that wins first.
    pub fn topmost_first(&self) -> impl Iterator<Item = PathBuf> + '_ {
        self.names.iter().map(|name| self.layer(name)).chain(std::iter::once(self.base.clone()))
    }

    /// The layers of an instance: those that it names, as paths below the root, with the base standing for the game.
    pub fn expand<'l>(&self, layers: impl IntoIterator<Item = &'l str>) -> Vec<String> {
        expand(layers, &self.names)
    }

    /// A file of the game, in the layer that decides.
    pub fn find(&self, file: &str) -> Option<PathBuf> {
        self.find_as(file, Path::to_owned)
    }

    /// [`find`](Self::find) on a host that lies elsewhere: `path` tells where.
    pub fn find_as(&self, file: &str, path: impl Fn(&Path) -> PathBuf) -> Option<PathBuf> {
        for layer in self.topmost_first() {
            let layer = path(&layer);
            match beneath::open_directory(&layer).and_then(|opened| layer::lookup(opened, Path::new(file))) {
                Ok(Some(Found::File(_))) => return Some(layer.join(file)),
                Ok(Some(Found::Hidden | Found::Directory)) => return None,
                Ok(None) | Err(_) => {}
            }
        }
        None
    }

    /// Steam's manifest: it names the build that a server gets at its next start.
    pub fn manifest(&self) -> Option<PathBuf> {
        self.find(&format!("steamapps/appmanifest_{APP}.acf"))
    }

    /// What people call a layer of the game: `the game`, or `game update BUILD`; `None` for other directories.
    pub fn describe(&self, layer: &Path) -> Option<String> {
        if layer == self.base {
            return Some("the game".to_owned());
        }
        let build = layer.strip_prefix(&self.updates).ok()?;
        Some(format!("game update {}", build.display()))
    }
}

/// [`GameLayers::expand`] with the published updates in use, topmost first.
pub fn expand<'l>(layers: impl IntoIterator<Item = &'l str>, updates: &[LayerName]) -> Vec<String> {
    let mut all = Vec::new();
    for layer in layers {
        if layer == BASE {
            all.extend(updates.iter().map(|name| format!("{UPDATES}/{name}")));
        }
        all.push(layer.to_owned());
    }
    all
}

#[cfg(test)]
mod tests;
