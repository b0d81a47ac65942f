//! `game status`: what is installed.

use super::describe;
use crate::say;
use left4me::host::Host;
use left4me::{Error, Result};
use left4me_steam::verify::{self, Missing};
use std::process::ExitCode;

pub(super) fn status(host: &Host, json: bool) -> Result<ExitCode> {
    let found = verify::game(host)?;
    if json {
        let value = match &found {
            Ok(game) => serde_json::json!({"schema": 1, "installed": true, "game": game}),
            Err(missing) => {
                serde_json::json!({"schema": 1, "installed": false, "missing": missing.to_string()})
            }
        };
        say::answer(&say::document(&value))?;
        return Ok(ExitCode::from(u8::from(found.is_err())));
    }
    match found {
        Ok(game) => say::line(&format!("the game is installed: {}", describe(&game))),
        Err(missing) => {
            let summary = match missing {
                Missing::Interrupted { .. } => "the game is not complete",
                _ => "the game is not installed",
            };
            return Err(Error::new(format!("{summary}: {missing}")).hint("sudo left4me-setup apply"));
        }
    }
    Ok(ExitCode::SUCCESS)
}
