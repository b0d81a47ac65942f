//! Root's lists of the files of SteamCMD and of the game, written when each was verified.
//!
//! They are the only way to see that a file is lost or cut short without reading 10 GB: SteamCMD checks the files
//! only when it is asked to.

mod format;
mod tree;

pub use tree::Damage;

use crate::verify;
use format::Files;
use left4me::host::Host;
use left4me::read::{self, Limit, Links};
use left4me::{Context, Result, atomic, layout};
use sha2::{Digest, Sha256};
use std::path::{Path, PathBuf};

/// A tree that is watched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WatchedTree {
    /// SteamCMD's own tree.
    SteamCmd,
    /// The game.
    Game,
}

/// How a tree compares with its list.
#[derive(Debug, PartialEq, Eq)]
pub enum Comparison {
    /// All files of the list are there.
    Complete,
    /// Some are not.
    Damaged(Damage),
    /// There is no list, or it is that of another build.
    Unlisted,
}

/// The parts of SteamCMD's tree that the client and the engine load; the rest is caches.
const CLIENT: [&str; 5] = ["steamcmd.sh", "linux32", "linux64", "public", "siteserverui"];
/// What the client keeps of its own update: both change with every update.
const VERSION: [&str; 2] = ["package/steam_cmd_linux.manifest", "package/steam_cmd_linux.installed"];
const MAX_VERSION: u64 = 1 << 20;

impl WatchedTree {
    fn top(self, host: &Host) -> PathBuf {
        host.path(&match self {
            WatchedTree::SteamCmd => host.layout.steam(),
            WatchedTree::Game => host.game().base().to_path_buf(),
        })
    }

    /// What the tree consists of, topmost first.
    fn layers(self, host: &Host) -> Result<Vec<PathBuf>> {
        Ok(match self {
            WatchedTree::SteamCmd => vec![self.top(host)],
            WatchedTree::Game => host.game_layers()?.topmost_first().map(|layer| host.path(&layer)).collect(),
        })
    }

    fn list(self, host: &Host) -> PathBuf {
        let name = match self {
            WatchedTree::SteamCmd => "steamcmd.files",
            WatchedTree::Game => "game.files",
        };
        host.path(&Path::new(layout::STATE_DIRECTORY).join(name))
    }

    fn walk(self, host: &Host) -> Files {
        tree::walk(&self.top(host), |path| match self {
            WatchedTree::SteamCmd => CLIENT.contains(&path.split('/').next().unwrap_or_default()),
            // Steam's own notes, which change without the game.
            WatchedTree::Game => path != "steamapps",
        })
    }

    /// What a list is the list of: the same as long as nobody but us changed the tree on purpose.
    fn subject(self, host: &Host) -> Option<String> {
        match self {
            WatchedTree::Game => {
                let game = verify::game(host).ok()?.ok()?;
                Some(format!("build {}, {} bytes", game.build, game.size.unwrap_or(0)))
            }
            WatchedTree::SteamCmd => {
                let mut digest = Sha256::new();
                for version in VERSION {
                    digest.update(
                        read::file(&self.top(host).join(version), Links::Refuse, Limit::Head(MAX_VERSION))
                            .ok()
                            .flatten()
                            .unwrap_or_default(),
                    );
                }
                let hex: String =
                    digest.finalize().iter().take(8).map(|byte| format!("{byte:02x}")).collect();
                Some(format!("client {hex}"))
            }
        }
    }
}

/// Compares a tree with its list, by `stat` alone. Where we cannot set owners there is no list to compare with.
pub fn compare(host: &Host, watched: WatchedTree) -> Result<Comparison> {
    if host.can_own() { compare_listed(host, watched) } else { Ok(Comparison::Complete) }
}

/// [`compare`], also as the runtime user, who may read the lists.
pub fn compare_listed(host: &Host, watched: WatchedTree) -> Result<Comparison> {
    let list = std::fs::read_to_string(watched.list(host)).unwrap_or_default();
    host.as_runtime_user(|| {
        let listed = format::subject(&list);
        if listed.is_none() || listed != watched.subject(host).as_deref() {
            return Ok(Comparison::Unlisted);
        }
        let damage = tree::compare(&list, &watched.layers(host)?);
        Ok(if damage.is_none() { Comparison::Complete } else { Comparison::Damaged(damage) })
    })
}

/// A verified build and the files that were there with it.
pub type Snapshot = Option<(String, Files)>;

/// The game's files before Steam changes them; [`next_game_list`] tells by them which files are Steam's.
pub fn snapshot(host: &Host) -> Result<Snapshot> {
    take_snapshot(host, WatchedTree::Game)
}

/// The list of the game after Steam changed it, which is not written yet.
pub struct NewList {
    build: String,
    files: Files,
    /// How many files are no longer listed because Steam does not restore them.
    pub given_up: usize,
}

/// What the list of the game becomes after Steam changed it.
pub fn next_game_list(host: &Host, before: Snapshot, validated: bool) -> Result<Option<NewList>> {
    let Some((build, mut files)) = take_snapshot(host, WatchedTree::Game)? else { return Ok(None) };
    let list = std::fs::read_to_string(WatchedTree::Game.list(host)).unwrap_or_default();
    let mut given_up = 0;
    if let Some((was, before)) = before.filter(|(was, _)| format::subject(&list) == Some(was)) {
        let old = format::parse(&list);
        files = format::merge(&old, &before, files, validated);
        given_up = old.keys().filter(|path| was == build && !files.contains_key(*path)).count();
    }
    Ok(Some(NewList { build, files, given_up }))
}

/// Writes a new list of the game.
pub fn save_game_list(host: &Host, list: Option<NewList>) -> Result<()> {
    list.map_or(Ok(()), |list| save(host, WatchedTree::Game, &list.build, &list.files))
}

/// Writes the list of a tree.
pub fn write_list(host: &Host, watched: WatchedTree) -> Result<()> {
    match take_snapshot(host, watched)? {
        Some((build, files)) => save(host, watched, &build, &files),
        None => Ok(()),
    }
}

/// Writes a new list of SteamCMD's tree if the client has updated itself. A list of the same client is kept, because
/// it shows what was lost.
pub fn update_client_list(host: &Host) -> Result<()> {
    match compare(host, WatchedTree::SteamCmd)? {
        Comparison::Unlisted => write_list(host, WatchedTree::SteamCmd),
        Comparison::Complete | Comparison::Damaged(_) => Ok(()),
    }
}

/// Whether the client had already updated itself when its list was written.
pub fn was_client_updated(host: &Host) -> bool {
    std::fs::read_to_string(WatchedTree::SteamCmd.list(host))
        .is_ok_and(|list| list.contains(" steamclient.so\n"))
}

/// Removes the lists.
pub fn remove_lists(host: &Host) -> Result<()> {
    for watched in [WatchedTree::SteamCmd, WatchedTree::Game] {
        let list = watched.list(host);
        match std::fs::remove_file(&list) {
            Err(e) if e.kind() != std::io::ErrorKind::NotFound => {
                return Err(e).context(|| format!("cannot remove {}", list.display()));
            }
            _ => {}
        }
    }
    Ok(())
}

fn take_snapshot(host: &Host, watched: WatchedTree) -> Result<Snapshot> {
    if !host.can_own() {
        return Ok(None);
    }
    let snapshot = |host: &Host| {
        host.as_runtime_user(|| Ok(watched.subject(host).map(|build| (build, watched.walk(host)))))
    };
    match watched {
        WatchedTree::SteamCmd => snapshot(host),
        // Only root sees which directories hide those of lower layers.
        WatchedTree::Game => host.with_merged_game(&host.game_layers()?, snapshot),
    }
}

fn save(host: &Host, watched: WatchedTree, build: &str, files: &Files) -> Result<()> {
    atomic::write(&watched.list(host), format::to_text(build, files).as_bytes(), 0o644, Some((0, 0)))
}
