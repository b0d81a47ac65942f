//! Facts: what was downloaded and installed, when. A record for people and tools, never the truth:
//! what is there is found by looking.

use left4me::host::Host;
use left4me::read::{self, Limit, Links};
use left4me::{Context, Result, atomic, layout};
use left4me_steam::download::steamcmd::Fetched;
use left4me_steam::facts::{GameFacts, SteamCmdFacts};
use left4me_steam::file_list;
use left4me_steam::install::Installed;
use serde::{Deserialize, Serialize};
use std::io::ErrorKind;
use std::path::Path;

const SCHEMA: u32 = 1;
/// Where one that cannot be read is kept.
const DAMAGED: &str = "/var/lib/left4me-setup/state.json.damaged";
/// Ours has a few hundred bytes.
const LONGEST: u64 = 1 << 20;

/// `state.json`.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct State {
    pub schema: u32,
    #[serde(default)]
    pub steamcmd: Option<SteamCmdFacts>,
    #[serde(default)]
    pub game: Option<GameFacts>,
    /// The build that no update moves away from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pinned: Option<String>,
}

impl State {
    /// Where it lies.
    pub const PATH: &str = "/var/lib/left4me-setup/state.json";
    /// Root's directory for the record.
    pub const DIRECTORY: &str = layout::STATE_DIRECTORY;

    /// Removes the record and says whether there was one.
    pub fn remove(host: &Host) -> Result<bool> {
        file_list::remove_lists(host)?;
        let mut was_there = false;
        for path in [State::PATH, DAMAGED] {
            match std::fs::remove_file(host.path(Path::new(path))) {
                Ok(()) => was_there = true,
                Err(e) if e.kind() == ErrorKind::NotFound => {}
                Err(e) => return Err(e).context(|| format!("cannot remove {path}")),
            }
        }
        Ok(was_there)
    }

    /// The record, or an empty one; a damaged record is no reason to refuse work.
    pub fn load(host: &Host) -> State {
        let empty = State { schema: SCHEMA, steamcmd: None, game: None, pinned: None };
        State::read(host).ok().and_then(std::result::Result::ok).unwrap_or(empty)
    }

    /// What is wrong with the record; nothing when it is good or absent.
    pub fn damage(host: &Host) -> Result<Option<String>> {
        Ok(State::read(host)?.err())
    }

    /// The record, or why it is none. An absent one is empty.
    fn read(host: &Host) -> Result<std::result::Result<State, String>> {
        let path = host.path(Path::new(State::PATH));
        match std::fs::symlink_metadata(&path) {
            Err(e) if e.kind() == ErrorKind::NotFound => {
                return Ok(Ok(State { schema: SCHEMA, steamcmd: None, game: None, pinned: None }));
            }
            Ok(found) if found.is_dir() => return Ok(Err("it is a directory".into())),
            _ => {}
        }
        let text = match read::file(&path, Links::Refuse, Limit::Whole(LONGEST)) {
            Ok(text) => text.unwrap_or_default(),
            Err(error) => return Ok(Err(error.message().to_owned())),
        };
        Ok(serde_json::from_slice(&text).map_err(|error| format!("damaged ({error})")))
    }

    /// The Steam account that the game was installed with, unless that was anonymous.
    pub fn account(&self) -> Option<&str> {
        self.game.as_ref()?.account.as_deref()
    }

    pub fn steamcmd_installed(&mut self, fetched: Fetched) {
        self.steamcmd = Some(fetched.into());
    }

    pub fn game_installed(&mut self, installed: Installed) {
        self.game = Some(installed.into());
    }

    /// Writes the record; only root keeps one.
    pub fn save(&self, host: &Host) -> Result<()> {
        if !host.can_own() {
            return Ok(());
        }
        let path = host.path(Path::new(State::PATH));
        if State::damage(host)?.is_some() {
            std::fs::rename(&path, host.path(Path::new(DAMAGED)))
                .context(|| format!("cannot set {} aside", State::PATH))?;
        }
        let mut text =
            serde_json::to_string_pretty(self).context(|| format!("cannot write {}", State::PATH))?;
        text.push('\n');
        atomic::write(&path, text.as_bytes(), 0o644, Some((0, 0)))
    }
}
