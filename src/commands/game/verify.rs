//! `game verify`: whether the game is there and complete.

use super::describe;
use crate::say;
use left4me::host::Host;
use left4me::{Error, Result};
use left4me_steam::file_list::{self, Comparison, WatchedTree};
use left4me_steam::steamclient;
use left4me_steam::verify;
use std::process::ExitCode;

pub(super) fn verify(host: &Host) -> Result<ExitCode> {
    let repair = "sudo left4me-setup game verify --repair";
    let incomplete = |why: String| Error::new(format!("the game is not complete: {why}")).hint(repair);
    let game = verify::game(host)?.map_err(|missing| incomplete(missing.to_string()))?;
    if let Comparison::Damaged(damage) = file_list::compare(host, WatchedTree::Game)? {
        return Err(incomplete(format!("files {damage}")));
    }
    if steamclient::is_missing(host)? {
        return Err(Error::new("steamclient.so is missing: servers are LAN-only without it")
            .hint("sudo left4me-setup apply"));
    }
    say::line(&format!("the game is complete: {}", describe(&game)));
    say::line(&format!("hint: to compare every file with Valve's: {repair}"));
    Ok(ExitCode::SUCCESS)
}
