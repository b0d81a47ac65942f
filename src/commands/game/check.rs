//! `game check`: whether Steam offers another build. Nothing is downloaded, and no server is concerned.

use crate::commands::session::Session;
use crate::report;
use crate::say;
use crate::state::State;
use left4me::host::Host;
use left4me::{Error, Result};
use left4me_steam::{install, verify};
use std::process::ExitCode;

/// Of `plan`, too: something would change.
const PENDING: u8 = 3;

pub(super) fn check(host: &Host, session: &Session, json: bool) -> Result<ExitCode> {
    let script = host.layout.steamcmd_sh();
    if host.as_runtime_user(|| Ok(std::fs::symlink_metadata(&script).is_err()))? {
        return Err(Error::new("SteamCMD is not installed").hint("sudo left4me-setup apply"));
    }
    let installed = verify::game(host)?.ok().map(|game| game.build);
    let reporter = report::reporter(session.progress);
    let offered = install::build_on_offer(host, &session.steam, &*reporter)?;
    let is_new = offered.as_ref().map(|offered| installed.as_ref() != Some(offered));
    if json {
        let pinned = State::load(host).pinned;
        let document = serde_json::json!({
            "schema": 1, "installed": installed, "offered": offered, "update": is_new, "pinned": pinned,
        });
        say::answer(&say::document(&document))?;
    }
    let is = installed
        .as_ref()
        .map_or("nothing is installed".into(), |build| format!("build {build} is installed"));
    match (offered, is_new) {
        (Some(build), Some(true)) => {
            if !json {
                say::line(&format!("Steam offers build {build}; {is}"));
                say::line("hint: sudo left4me-setup game update");
            }
            Ok(ExitCode::from(PENDING))
        }
        (Some(build), _) => {
            if !json {
                say::line(&format!("the game is up to date: build {build}"));
            }
            Ok(ExitCode::SUCCESS)
        }
        (None, _) if json => Ok(ExitCode::FAILURE),
        (None, _) => Err(Error::new(format!("Steam did not say which build it offers; {is}"))
            .hint("try again later: sudo left4me-setup game check")),
    }
}
