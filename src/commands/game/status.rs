//! `game status`: what is installed.

use super::describe;
use crate::say;
use left4me::host::Host;
use left4me::{Error, Result};
use left4me_steam::complete::{self, Incomplete};
use left4me_steam::verify::Missing;
use std::process::ExitCode;

pub(super) fn status(host: &Host, json: bool) -> Result<ExitCode> {
    let found = complete::check(host)?;
    let missing = match &found {
        Err(Incomplete::Missing(missing)) => Some(missing),
        _ => None,
    };
    if json {
        let value = match &found {
            Ok(complete) => serde_json::json!({"schema": 1, "installed": true, "game": complete.game}),
            Err(Incomplete::Damaged(game, damage)) => serde_json::json!({
                "schema": 1, "installed": true, "game": game, "damaged": damage.to_string(),
            }),
            Err(Incomplete::Missing(missing)) => {
                serde_json::json!({"schema": 1, "installed": false, "missing": missing.to_string()})
            }
        };
        say::answer(&say::document(&value))?;
        return Ok(ExitCode::from(u8::from(missing.is_some())));
    }
    match &found {
        Ok(complete) => say::line(&format!("the game is installed: {}", describe(&complete.game))),
        Err(damaged @ Incomplete::Damaged(game, _)) => {
            say::line(&format!("the game is installed: {}", describe(game)));
            say::line(&format!("warning: it is not complete: {damaged}\nhint: {}", damaged.remedy()));
        }
        Err(incomplete @ Incomplete::Missing(missing)) => {
            let summary = match missing {
                Missing::Interrupted { .. } | Missing::Layer(_) => "the game is not complete",
                _ => "the game is not installed",
            };
            return Err(Error::new(format!("{summary}: {missing}")).hint(incomplete.remedy()));
        }
    }
    Ok(ExitCode::SUCCESS)
}
