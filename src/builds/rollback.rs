//! Using another build: the list of layers in use becomes that build's.

use super::kept::{KeptBuild, KeptBuilds};
use super::squash;
use left4me::game_layers::{LayerName, to_list};
use left4me::host::Host;
use left4me::report::Reporter;
use left4me::{Error, Result, atomic};
use left4me_steam::file_list::{self, WatchedTree};
use left4me_steam::install::lock_game;
use left4me_steam::verify;

/// What a rollback came to.
#[derive(Debug)]
pub struct RolledBack {
    /// The build that starts get from now on.
    pub to: KeptBuild,
    /// It was the current build before.
    pub unchanged: bool,
}

/// Uses `wanted`, by default the build that the one in use was made over. Servers get it when they are restarted.
pub fn rollback(
    host: &Host,
    reporter: &dyn Reporter,
    wait: bool,
    wanted: Option<&LayerName>,
) -> Result<RolledBack> {
    let _lock = lock_game(host, reporter, wait)?;
    squash::finish(host)?;
    let kept = KeptBuilds::load(host)?;
    let to = match wanted {
        Some(name) => kept.require(name)?,
        None => kept.before()?,
    };
    let to = to.clone();
    let unchanged = to.build.layers == kept.layers.names();
    if !unchanged {
        use_build(host, &kept, &to)?;
    }
    Ok(RolledBack { to, unchanged })
}

fn use_build(host: &Host, kept: &KeptBuilds, to: &KeptBuild) -> Result<()> {
    let name = &to.build.name;
    let layers = kept.layers.with(to.build.layers.clone());
    // As a server will see them.
    let seen =
        if host.can_own() { host.with_merged_game(&layers, verify::game)? } else { Ok(to.game.clone()) };
    let why = match seen {
        Ok(game) if game.build == name.build() => None,
        Ok(game) => Some(format!("its layers hold build {}", game.build)),
        Err(missing) => Some(missing.to_string()),
    };
    if let Some(why) = why {
        return Err(Error::new(format!("build {name} can no longer be used: {why}"))
            .hint("sudo left4me-setup game list shows the builds that are kept"));
    }
    let list = to_list(&to.build.layers);
    host.as_runtime_user(|| atomic::write(&host.path(&kept.layers.current()), list.as_bytes(), 0o644, None))?;
    // Of another build; if this fails, `apply` writes it.
    file_list::write_list(host, WatchedTree::Game)
}
