//! Facts: what was downloaded and installed, when. A record for people and tools, never the truth:
//! what is there is found by looking.

use crate::host::Host;
use crate::resource::Removal;
use crate::steam::download::Fetched;
use crate::steam::install::Installed;
use crate::steam::record;
use left4me_setup::{Context, Result, atomic};
use serde::{Deserialize, Serialize};
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

const PATH: &str = "/var/lib/left4me-setup/state.json";
const SCHEMA: u32 = 1;

/// `state.json`.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct State {
    pub schema: u32,
    #[serde(default)]
    pub steamcmd: Option<SteamCmdFacts>,
    #[serde(default)]
    pub game: Option<GameFacts>,
}

/// Which SteamCMD was unpacked. It has updated itself since.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct SteamCmdFacts {
    pub url: String,
    pub sha256: String,
    /// Seconds since 1970.
    pub installed_at: u64,
}

/// Which game was installed, and by which attempts.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct GameFacts {
    pub build: String,
    pub version: Option<String>,
    pub attempts: Vec<String>,
    /// The Steam account that it was installed with; none: anonymously.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<String>,
    /// Seconds since 1970.
    pub installed_at: u64,
}

impl State {
    /// Root's directory for the record.
    pub const DIRECTORY: &str = "/var/lib/left4me-setup";

    /// Removes the record.
    pub fn remove(host: &Host) -> Result<Removal> {
        record::remove(host)?;
        match std::fs::remove_file(host.path(Path::new(PATH))) {
            Ok(()) => Ok(Removal::Removed),
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(Removal::Absent),
            Err(e) => Err(e).context(|| format!("cannot remove {PATH}")),
        }
    }

    /// The record, or an empty one; a damaged record is no reason to refuse work.
    pub fn load(host: &Host) -> State {
        std::fs::read(host.path(Path::new(PATH)))
            .ok()
            .and_then(|text| serde_json::from_slice(&text).ok())
            .unwrap_or(State { schema: SCHEMA, steamcmd: None, game: None })
    }

    pub fn steamcmd_installed(&mut self, fetched: Fetched) {
        self.steamcmd = Some(SteamCmdFacts { url: fetched.url, sha256: fetched.sha256, installed_at: now() });
    }

    pub fn game_installed(&mut self, installed: Installed) {
        self.game = Some(GameFacts {
            build: installed.proof.build,
            version: installed.proof.version,
            attempts: installed.rungs,
            account: installed.account,
            installed_at: now(),
        });
    }

    /// Writes the record; only root keeps one.
    pub fn save(&self, host: &Host) -> Result<()> {
        if !host.can_own() {
            return Ok(());
        }
        let mut text = serde_json::to_string_pretty(self).context(|| format!("cannot write {PATH}"))?;
        text.push('\n');
        atomic::write(&host.path(Path::new(PATH)), text.as_bytes(), 0o644, Some((0, 0)))
    }
}

fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |d| d.as_secs())
}
