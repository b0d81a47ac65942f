//! What a server runs with, which is what its files said at its start: its port, and whether they say something
//! else by now.

use crate::server_cfg;
use left4me::game_layers::GameLayers;
use left4me::layout::{Layout, environment_copy};
use left4me::mountinfo::{self, Layer, Mount};
use left4me::name::InstanceName;
use left4me::read::{self, Limit, Links};
use left4me::{Result, instance_env};
use std::path::PathBuf;

/// Why a restart would change something.
pub const SPECIFICATION: &str = "specification";

/// Reads the table of mounts once, for any number of instances.
pub struct Running {
    mounts: Vec<Mount>,
    game: GameLayers,
}

/// What one server runs with.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Facts {
    /// The port it was started with; `None` where that cannot be known.
    pub port: Option<u16>,
    /// Why a restart is pending; empty when it would change nothing.
    pub pending: Vec<&'static str>,
}

impl Running {
    /// The trees that are mounted now, and the game that would be.
    pub fn new(layout: &Layout) -> Result<Running> {
        Ok(Running { mounts: mountinfo::overlays()?, game: GameLayers::load(layout)? })
    }

    /// What the server of this instance runs with; only of use while it runs.
    pub fn facts(&self, layout: &Layout, name: &InstanceName) -> Facts {
        let limit = instance_env::MAX_BYTES as u64;
        let text = |path: PathBuf| {
            Some(
                String::from_utf8_lossy(&read::file(&path, Links::Refuse, Limit::Whole(limit)).ok()??)
                    .into_owned(),
            )
        };
        // Root's copy. 0.1 left it to root alone; then nothing is known until the next start.
        let runs = text(environment_copy(name));
        let wanted = text(layout.instance_env(name)).unwrap_or_default();
        let is_other =
            |runs: &String| instance_env::unit_environment(&wanted).is_ok_and(|lines| lines != *runs);
        let is_pending = runs.as_ref().is_some_and(is_other)
            || self.has_other_layers(layout, name, &wanted)
            || server_cfg::is_outdated(layout, name);
        Facts {
            port: runs.as_deref().and_then(instance_env::port),
            pending: if is_pending { vec![SPECIFICATION] } else { Vec::new() },
        }
    }

    fn has_other_layers(&self, layout: &Layout, name: &InstanceName, wanted: &str) -> bool {
        let prefix = mountinfo::source_prefix(name);
        // One that is not there would not be mounted either.
        let Some(layers) = self.would_be_mounted(layout, wanted) else { return true };
        // The predecessor's mounts have no such name.
        self.mounts.iter().any(|mount| {
            mount.source.starts_with(&prefix) && !mountinfo::has_layers(&mount.source, name, &layers)
        })
    }

    /// The layers that a restart would mount.
    fn would_be_mounted(&self, layout: &Layout, wanted: &str) -> Option<Vec<Layer>> {
        let layer = |path: String| {
            let found = rustix::fs::lstat(layout.root().join(&path)).ok()?;
            Some(Layer { path, device: found.st_dev, inode: found.st_ino })
        };
        self.game.expand(instance_env::layers(wanted, layout)).into_iter().map(layer).collect()
    }
}
