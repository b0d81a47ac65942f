//! `game import`: the game from an archive.

use super::bring::tell_who_is_behind;
use super::canary;
use super::describe;
use crate::cli::WatchOptions;
use crate::commands::session::mode;
use crate::report;
use crate::state::State;
use left4me::Result;
use left4me::host::Host;
use left4me::name::InstanceName;
use left4me_steam::archive::import::{self, Outcome, Request};
use std::process::ExitCode;

pub(super) fn import(
    host: &Host,
    from: String,
    sha256: Option<String>,
    canary: Option<&str>,
    watch: &WatchOptions,
) -> Result<ExitCode> {
    let reporter = report::reporter(mode(watch.progress));
    let reporter = reporter.as_ref();
    let pinned = State::load(host).pinned;
    let request = Request { from, sha256, pinned, wait: !watch.no_wait };
    let canary = canary.map(InstanceName::parse).transpose()?;
    let again = "sudo left4me-setup game import, without --canary,";
    let judge = |name| canary::judge(name, again);
    match import::import(host, &request, reporter, &|_| canary.as_ref().map_or(Ok(()), judge))? {
        Outcome::Unchanged(game) => {
            reporter
                .result(&format!("the game is up to date: {}; there is nothing to import", describe(&game)));
        }
        Outcome::Imported { mut installed, before, set_aside } => {
            let (now, how) = (describe(&installed.game), installed.attempts.join("; "));
            reporter.result(&match before {
                Some(before) => format!("the game is updated from build {before}: {now} ({how})"),
                None => format!("the game is installed: {now} ({how})"),
            });
            if let Some(published) = &installed.published {
                tell_who_is_behind(host, published, reporter)?;
            }
            if let Some(place) = set_aside {
                let place = place.display();
                reporter.problem(&format!(
                    "files that were there before, without a complete game, are kept in {place}"
                ));
            }
            let mut state = State::load(host);
            // SteamCMD still knows the account by which this host updates the game.
            installed.account = state.account().map(str::to_owned);
            state.game_installed(installed);
            state.save(host)?;
        }
    }
    Ok(ExitCode::SUCCESS)
}
