//! What SteamCMD's tree and the game consist of, as root wrote it down when each was proven: the
//! one way to see that a file is lost, for SteamCMD looks at that only when it is asked to.

use super::proof;
use left4me::file_list::{self, Damage, Files};
use left4me::host::Host;
use left4me::{Context, Result, atomic, layout, read};
use sha2::{Digest, Sha256};
use std::path::{Path, PathBuf};

/// A tree that is watched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Watched {
    /// SteamCMD's own tree.
    SteamCmd,
    /// The game.
    Game,
}

/// How a tree compares with its list.
#[derive(Debug, PartialEq, Eq)]
pub enum Look {
    /// All files of the list are there.
    Whole,
    /// Some are not.
    Damaged(Damage),
    /// There is no list, or it is that of another build.
    Unlisted,
}

/// Of SteamCMD's tree, what the client and the engine load; the rest is caches.
const CLIENT: [&str; 5] = ["steamcmd.sh", "linux32", "linux64", "public", "siteserverui"];
/// What the client keeps of its own update: both change with every update.
const VERSION: [&str; 2] = ["package/steam_cmd_linux.manifest", "package/steam_cmd_linux.installed"];
const MAX_VERSION: u64 = 1 << 20;

impl Watched {
    fn top(self, host: &Host) -> PathBuf {
        host.path(&match self {
            Watched::SteamCmd => host.layout.steam(),
            Watched::Game => host.game().base().to_path_buf(),
        })
    }

    fn list(self, host: &Host) -> PathBuf {
        let name = match self {
            Watched::SteamCmd => "steamcmd.files",
            Watched::Game => "game.files",
        };
        host.path(&Path::new(layout::STATE_DIRECTORY).join(name))
    }

    fn walk(self, host: &Host) -> Files {
        file_list::walk(&self.top(host), |path| match self {
            Watched::SteamCmd => CLIENT.contains(&path.split('/').next().unwrap_or_default()),
            // Steam's own notes, which change without the game.
            Watched::Game => path != "steamapps",
        })
    }

    /// What a list is of: equal as long as nobody but us changed the tree on purpose.
    fn build(self, host: &Host) -> Option<String> {
        match self {
            Watched::Game => {
                let proof = proof::look(&self.top(host)).ok()?;
                Some(format!("build {}, {} bytes", proof.build, proof.size.unwrap_or(0)))
            }
            Watched::SteamCmd => {
                let mut digest = Sha256::new();
                for version in VERSION {
                    digest
                        .update(read::bytes(&self.top(host).join(version), MAX_VERSION).unwrap_or_default());
                }
                let hex: String =
                    digest.finalize().iter().take(8).map(|byte| format!("{byte:02x}")).collect();
                Some(format!("client {hex}"))
            }
        }
    }
}

/// Reads the tree by `stat` alone. Where no owner can be set nothing is kept, so nothing is compared.
pub fn look(host: &Host, watched: Watched) -> Result<Look> {
    if !host.can_own() {
        return Ok(Look::Whole);
    }
    let list = std::fs::read_to_string(watched.list(host)).unwrap_or_default();
    host.as_runtime_user(|| {
        if file_list::of(&list).is_none() || file_list::of(&list) != watched.build(host).as_deref() {
            return Ok(Look::Unlisted);
        }
        let damage = file_list::compare(&list, &watched.top(host));
        Ok(if damage.is_none() { Look::Whole } else { Look::Damaged(damage) })
    })
}

/// A proven build and the files that were there with it.
pub type Listed = Option<(String, Files)>;

/// What lies there before Steam is let at it: [`game`] tells by it whose a file is.
pub fn before(host: &Host) -> Result<Listed> {
    state_of(host, Watched::Game)
}

/// Lists the game after Steam was at work on it; returns how many files are not listed any more because
/// Steam does not bring them back.
pub fn game(host: &Host, before: Listed, validated: bool) -> Result<usize> {
    let Some((build, mut files)) = state_of(host, Watched::Game)? else { return Ok(0) };
    let list = std::fs::read_to_string(Watched::Game.list(host)).unwrap_or_default();
    let mut given_up = 0;
    if let Some((was, before)) = before.filter(|(was, _)| file_list::of(&list) == Some(was)) {
        let old = file_list::parse(&list);
        files = file_list::merge(&old, &before, files, validated);
        given_up = old.keys().filter(|path| was == build && !files.contains_key(*path)).count();
    }
    save(host, Watched::Game, &build, &files)?;
    Ok(given_up)
}

/// Lists a tree as it lies.
pub fn as_it_lies(host: &Host, watched: Watched) -> Result<()> {
    match state_of(host, watched)? {
        Some((build, files)) => save(host, watched, &build, &files),
        None => Ok(()),
    }
}

/// Lists SteamCMD's tree if the client has updated itself since. A list of the same client is kept: by it is
/// seen what was lost.
pub fn after_session(host: &Host) -> Result<()> {
    match look(host, Watched::SteamCmd)? {
        Look::Unlisted => as_it_lies(host, Watched::SteamCmd),
        Look::Whole | Look::Damaged(_) => Ok(()),
    }
}

/// Whether SteamCMD's tree, when it was listed, had what the client's own update brings.
pub fn has_updated_client(host: &Host) -> bool {
    std::fs::read_to_string(Watched::SteamCmd.list(host)).is_ok_and(|list| list.contains(" steamclient.so\n"))
}

/// Removes the lists.
pub fn remove(host: &Host) -> Result<()> {
    for watched in [Watched::SteamCmd, Watched::Game] {
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

fn state_of(host: &Host, watched: Watched) -> Result<Listed> {
    if !host.can_own() {
        return Ok(None);
    }
    host.as_runtime_user(|| Ok(watched.build(host).map(|build| (build, watched.walk(host)))))
}

fn save(host: &Host, watched: Watched, build: &str, files: &Files) -> Result<()> {
    atomic::write(&watched.list(host), file_list::to_text(build, files).as_bytes(), 0o644, Some((0, 0)))
}
