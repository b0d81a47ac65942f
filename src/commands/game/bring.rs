//! `game install` and `game update`: a run of SteamCMD.

use super::describe;
use crate::commands::session::Session;
use crate::report;
use crate::state::State;
use left4me::game_layers::LayerName;
use left4me::host::Host;
use left4me::report::Reporter;
use left4me::{Error, Result};
use left4me_steam::install::{self, Action, Installed, Judge, Way, install_by};
use left4me_steam::verify::{self, VerifiedGame};
use std::process::ExitCode;

pub(super) fn bring(
    host: &Host,
    mut session: Session,
    action: Action,
    way: Way,
    judge: Judge,
) -> Result<ExitCode> {
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
    let installed = install_by(way, host, &session.steam, reporter, action, judge)?;
    reporter.result(&outcome(before.as_ref(), &installed));
    if let Some(published) = &installed.published {
        tell_who_is_behind(host, published, reporter)?;
    }
    let mut state = State::load(host);
    state.game_installed(installed);
    state.save(host)?;
    Ok(ExitCode::SUCCESS)
}

/// Servers keep what they run until they are restarted.
pub(super) fn tell_who_is_behind(host: &Host, published: &LayerName, reporter: &dyn Reporter) -> Result<()> {
    let behind = install::behind(host, published)?;
    if behind.is_empty() {
        return Ok(());
    }
    let servers = if behind.len() == 1 {
        "1 server still runs the old build and gets".into()
    } else {
        format!("{} servers still run the old build and get", behind.len())
    };
    reporter.result(&format!("{servers} the new one at the next restart: {}", behind.join(", ")));
    reporter.result(
        "hint: to restart each server once nobody plays on it: sudo l4d2ctl restart --all --when-empty",
    );
    Ok(())
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
            let installed = Installed {
                game: game(now),
                attempts,
                offered: offered.map(str::to_owned),
                account: None,
                published: None,
            };
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
