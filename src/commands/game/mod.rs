//! `left4me-setup game`: the shared installation, by itself. One file a command.

mod bring;
mod builds;
mod canary;
mod check;
mod export;
mod import;
mod merge;
mod scheduled;
mod status;
mod verify;

use super::session::Session;
use super::{require_owner, require_root};
use crate::cli::GameCommand;
use crate::config::Config;
use left4me::Result;
use left4me::host::Host;
use left4me::name::InstanceName;
use left4me_steam::install::{Action, Way};
use left4me_steam::verify::VerifiedGame;
use std::process::ExitCode;

/// Runs one of the game commands.
pub fn command(command: GameCommand) -> Result<ExitCode> {
    require_owner("game")?;
    let host = Config::as_applied(None)?.host()?;
    match command {
        GameCommand::Install { run, validate } => {
            let action = if validate { Action::Validate } else { Action::Install };
            bring::bring(&host, Session::from_run(&run)?, action, Way::Staged, &|_| Ok(()))
        }
        GameCommand::Update { run, in_place, scheduled: false, canary } => {
            let way = if in_place { Way::InPlace } else { Way::Staged };
            let canary = canary.map(|name| InstanceName::parse(&name)).transpose()?;
            update(&host, Session::from_run(&run)?, way, canary.as_ref())
        }
        GameCommand::Update { run, .. } => {
            let settings = scheduled::settings()?;
            match update(&host, Session::from_run(&run)?, Way::Staged, settings.canary.value.as_ref())? {
                ExitCode::SUCCESS => scheduled::queue_restarts(&settings),
                other => Ok(other),
            }
        }
        GameCommand::Verify { run, repair: true } => {
            bring::bring(&host, Session::from_run(&run)?, Action::Validate, Way::Staged, &|_| Ok(()))
        }
        GameCommand::Verify { repair: false, .. } => verify::verify(&host),
        GameCommand::Export { to, force, watch } => export::export(&host, to, force, &watch),
        GameCommand::Import { from, sha256, canary, watch } => {
            import::import(&host, from, sha256, canary.as_deref(), &watch)
        }
        GameCommand::Status { json } => status::status(&host, json),
        GameCommand::Check { run, json } => check::check(&host, &Session::from_run(&run)?, json),
        GameCommand::List { json } => builds::list(&host, json),
        GameCommand::Rollback { build, wait } => {
            require_root(None, "game rollback")?;
            builds::rollback(&host, build.as_deref(), !wait.no_wait)
        }
        GameCommand::Pin { build, wait } => {
            require_root(None, "game pin")?;
            builds::pin(&host, &build, !wait.no_wait)
        }
        GameCommand::Squash { wait } => {
            require_root(None, "game squash")?;
            merge::squash(&host, !wait.no_wait)
        }
        GameCommand::Prune { wait } => {
            require_root(None, "game prune")?;
            merge::prune(&host, !wait.no_wait)
        }
        GameCommand::Unpin => {
            require_root(None, "game unpin")?;
            builds::unpin(&host)
        }
    }
}

fn update(host: &Host, session: Session, way: Way, canary: Option<&InstanceName>) -> Result<ExitCode> {
    if builds::is_pinned(host, session.progress) {
        return Ok(ExitCode::SUCCESS);
    }
    let judge = |name| canary::judge(name, "sudo left4me-setup game update");
    bring::bring(host, session, Action::Update, way, &|_| canary.map_or(Ok(()), judge))
}

/// An installed game in words.
fn describe(game: &VerifiedGame) -> String {
    let due = if game.update_wanted { "; Steam wants to update it" } else { "" };
    match &game.version {
        Some(version) => format!("version {version}, build {}{due}", game.build),
        None => format!("build {}{due}", game.build),
    }
}
