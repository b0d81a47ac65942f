//! Facts about what was installed, for people and tools. Nothing relies on them: what is
//! there is found by inspecting it.

use crate::download::steamcmd::Fetched;
use crate::install::Installed;
use serde::{Deserialize, Serialize};
use std::time::{SystemTime, UNIX_EPOCH};

/// Which SteamCMD was unpacked. It has updated itself since.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct SteamCmdFacts {
    /// Where it came from.
    pub url: String,
    /// Digest of its tarball.
    pub sha256: String,
    /// Seconds since 1970.
    pub installed_at: u64,
}

/// Which game was installed, and by which attempts.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct GameFacts {
    /// Steam's build id.
    pub build: String,
    /// The game's own version.
    pub version: Option<String>,
    /// Every attempt, in order.
    pub attempts: Vec<String>,
    /// The Steam account that it was installed with; none: anonymously.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<String>,
    /// Seconds since 1970.
    pub installed_at: u64,
}

impl From<Fetched> for SteamCmdFacts {
    fn from(fetched: Fetched) -> SteamCmdFacts {
        SteamCmdFacts { url: fetched.url, sha256: fetched.sha256, installed_at: now() }
    }
}

impl From<Installed> for GameFacts {
    fn from(installed: Installed) -> GameFacts {
        GameFacts {
            build: installed.game.build,
            version: installed.game.version,
            attempts: installed.attempts,
            account: installed.account,
            installed_at: now(),
        }
    }
}

fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |d| d.as_secs())
}
