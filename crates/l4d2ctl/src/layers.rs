//! An instance's layers as directories.
//!
//! They belong to the runtime user and may be hostile, so no link is followed: nothing outside the layer is
//! looked at.

use crate::instances;
use left4me::game_layers::GameLayers;
pub use left4me::layer::{Found, lookup};
use left4me::layout::Layout;
use left4me::name::InstanceName;
use left4me::read::{self, Limit, Links};
use left4me::{Result, beneath, env_file, instance_env};
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};

/// An instance's layers, highest precedence first, each with a name for people.
pub fn list(layout: &Layout, name: &InstanceName) -> Result<Vec<(String, PathBuf)>> {
    list_over(layout, name, || GameLayers::load(layout))
}

/// [`list`], with the base as the whole game where the list of updates is damaged.
pub fn list_even_if_damaged(layout: &Layout, name: &InstanceName) -> Result<Vec<(String, PathBuf)>> {
    list_over(layout, name, || GameLayers::load(layout).or_else(|_| Ok(GameLayers::base_alone(layout))))
}

fn list_over(
    layout: &Layout,
    name: &InstanceName,
    game: impl FnOnce() -> Result<GameLayers>,
) -> Result<Vec<(String, PathBuf)>> {
    instances::require(layout, name)?;
    let file = layout.instance_env(name);
    let text =
        read::file(&file, Links::Refuse, Limit::Whole(instance_env::MAX_BYTES as u64))?.unwrap_or_default();
    let text = String::from_utf8_lossy(&text);
    instance_env::require_single(&text, &file)?;
    let game = game()?;
    let mut layers = vec![("the instance's own layer".to_owned(), layout.upper(name))];
    for layer in env_file::value(&text, "L4D2_LOWERDIRS").unwrap_or_default().split(':') {
        let path = PathBuf::from(layer);
        if path == game.base() {
            // It stands for the whole game.
            let parts = game.topmost_first().filter_map(|part| Some((game.describe(&part)?, part)));
            layers.extend(parts);
            continue;
        }
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
