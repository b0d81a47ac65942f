//! `left4me-setup game`: the shared installation, by itself.

use super::require_owner;
use super::session::Session;
use crate::cli::GameCommand;
use crate::config::Config;
use crate::report;
use crate::say;
use crate::state::State;
use left4me::host::Host;
use left4me::{Error, Result};
use left4me_steam::file_list::{self, Comparison, WatchedTree};
use left4me_steam::install::{Action, Installed, install};
use left4me_steam::steamclient;
use left4me_steam::verify::{self, Missing, VerifiedGame};
use std::process::ExitCode;

/// Runs one of the game commands.
pub fn command(command: GameCommand) -> Result<ExitCode> {
    require_owner("game")?;
    let host = Config::as_applied(None)?.host()?;
    match command {
        GameCommand::Install { run, validate } => {
            let action = if validate { Action::Validate } else { Action::Install };
            bring(&host, Session::from_run(&run)?, action)
        }
        GameCommand::Update { run } => bring(&host, Session::from_run(&run)?, Action::Update),
        GameCommand::Verify { run, repair: true } => bring(&host, Session::from_run(&run)?, Action::Validate),
        GameCommand::Verify { repair: false, .. } => verify(&host),
        GameCommand::Status { json } => status(&host, json),
    }
}

fn bring(host: &Host, mut session: Session, action: Action) -> Result<ExitCode> {
    session.recognise_login(State::load(host).account());
    let reporter = report::reporter(session.progress);
    let reporter = reporter.as_ref();
    let script = host.layout.steamcmd_sh();
    if host.as_runtime_user(|| Ok(std::fs::symlink_metadata(&script).is_err()))? {
        return Err(Error::new("SteamCMD is not installed").hint("sudo left4me-setup apply"));
    }
    let before = verify::game(host)?.ok();
    if let (Action::Install, Some(game)) = (action, &before) {
        reporter.result(&format!("the game is installed: {}", describe(game)));
        return Ok(ExitCode::SUCCESS);
    }
    let installed = install(host, &session.steam, reporter, action)?;
    reporter.result(&outcome(before.as_ref(), &installed));
    let mut state = State::load(host);
    state.game_installed(installed);
    state.save(host)?;
    Ok(ExitCode::SUCCESS)
}

/// What an install or update came to, and by which attempts.
fn outcome(before: Option<&VerifiedGame>, installed: &Installed) -> String {
    let now = describe(&installed.game);
    let attempts = installed.attempts.join("; ");
    match before {
        Some(before) if before.build == installed.game.build && installed.offered.is_none() => {
            format!("the game is unchanged: {now}; Steam did not say which build it offers ({attempts})")
        }
        Some(before) if before.build == installed.game.build => {
            format!("the game is up to date: {now} ({attempts})")
        }
        Some(before) => format!("the game is updated from build {}: {now} ({attempts})", before.build),
        None => format!("the game is installed: {now} ({attempts})"),
    }
}

fn verify(host: &Host) -> Result<ExitCode> {
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

fn status(host: &Host, json: bool) -> Result<ExitCode> {
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

fn describe(game: &VerifiedGame) -> String {
    let due = if game.update_wanted { "; Steam wants to update it" } else { "" };
    match &game.version {
        Some(version) => format!("version {version}, build {}{due}", game.build),
        None => format!("build {}{due}", game.build),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn outcomes() {
        let game = |build: &str| VerifiedGame {
            build: build.into(),
            version: None,
            size: None,
            update_wanted: false,
        };
        let outcome = |before: Option<&str>, now: &str, offered: Option<&str>| {
            let attempts = vec!["linux".to_owned()];
            let installed =
                Installed { game: game(now), attempts, offered: offered.map(str::to_owned), account: None };
            outcome(before.map(game).as_ref(), &installed)
        };
        assert_eq!(outcome(None, "1", None), "the game is installed: build 1 (linux)");
        assert_eq!(outcome(Some("1"), "2", None), "the game is updated from build 1: build 2 (linux)");
        assert_eq!(outcome(Some("1"), "1", Some("1")), "the game is up to date: build 1 (linux)");
        // No answer is not "no update".
        assert_eq!(
            outcome(Some("1"), "1", None),
            "the game is unchanged: build 1; Steam did not say which build it offers (linux)"
        );
    }
}
