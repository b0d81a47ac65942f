//! `game verify`: whether the game is there and complete.

use super::describe;
use crate::say;
use left4me::host::Host;
use left4me::{Error, Result};
use left4me_steam::{complete, steamclient};
use std::process::ExitCode;

pub(super) fn verify(host: &Host) -> Result<ExitCode> {
    let complete = complete::check(host)?.map_err(|incomplete| {
        Error::new(format!("the game is not complete: {incomplete}")).hint(incomplete.remedy())
    })?;
    if steamclient::is_missing(host)? {
        return Err(Error::new("steamclient.so is missing: servers are LAN-only without it")
            .hint("sudo left4me-setup apply"));
    }
    say::line(&format!("the game is complete: {}", describe(&complete.game)));
    say::line(if complete.is_listed {
        "hint: to compare every file with Valve's: sudo left4me-setup game verify --repair"
    } else {
        "warning: its files are not listed, so only a few of them were checked\nhint: sudo left4me-setup apply lists them"
    });
    Ok(ExitCode::SUCCESS)
}
