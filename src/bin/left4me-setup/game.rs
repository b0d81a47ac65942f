//! `left4me-setup game`: the shared installation, by itself.

use crate::cli::GameCommand;
use crate::config::{Config, SessionConfig};
use crate::host::Host;
use crate::progress::Progress;
use crate::state::State;
use crate::steam::{install, proof};
use left4me_setup::layout::RUNTIME_USER;
use left4me_setup::{Error, Result};
use std::process::ExitCode;

/// Runs one of the game commands.
pub fn command(command: GameCommand) -> Result<ExitCode> {
    let config = Config::of_this_host()?;
    let host = Host::new(&config)?;
    require_owner(&host)?;
    match command {
        GameCommand::Install { session, validate } => {
            install_game(&host, &SessionConfig::new(&session)?, validate)
        }
        GameCommand::Status { json } => status(&host, json),
    }
}

fn install_game(host: &Host, session: &SessionConfig, validate: bool) -> Result<ExitCode> {
    let progress = Progress::new(session.progress);
    let script = host.layout.steamcmd_sh();
    if host.as_runtime_user(|| Ok(std::fs::symlink_metadata(&script).is_err()))? {
        return Err(Error::new("SteamCMD is not installed").hint("sudo left4me-setup apply"));
    }
    if !validate && let Ok(proof) = look(host)? {
        progress.line(&format!("the game is installed: {}", words(&proof)));
        return Ok(ExitCode::SUCCESS);
    }
    let wish = if validate { install::Wish::Validate } else { install::Wish::Complete };
    let installed = install::install(host, session, &progress, wish)?;
    progress.line(&format!(
        "the game is installed: {} ({})",
        words(&installed.proof),
        installed.rungs.join("; ")
    ));
    let mut state = State::load(host);
    state.game_installed(installed);
    state.save(host)?;
    Ok(ExitCode::SUCCESS)
}

fn status(host: &Host, json: bool) -> Result<ExitCode> {
    let found = look(host)?;
    if json {
        let value = match &found {
            Ok(proof) => serde_json::json!({"schema": 1, "installed": true, "game": proof}),
            Err(missing) => {
                serde_json::json!({"schema": 1, "installed": false, "missing": missing.to_string()})
            }
        };
        println!("{value:#}");
        return Ok(ExitCode::from(u8::from(found.is_err())));
    }
    match found {
        Ok(proof) => println!("the game is installed: {}", words(&proof)),
        Err(missing) => {
            return Err(
                Error::new(format!("the game is not installed: {missing}")).hint("sudo left4me-setup apply")
            );
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn look(host: &Host) -> Result<Result<proof::Proof, proof::Missing>> {
    host.as_runtime_user(|| Ok(proof::look(&host.layout.installation())))
}

fn words(proof: &proof::Proof) -> String {
    match &proof.version {
        Some(version) => format!("version {version}, build {}", proof.build),
        None => format!("build {}", proof.build),
    }
}

/// The installation is the runtime user's; root acts for it, nobody else can.
fn require_owner(host: &Host) -> Result<()> {
    let me = nix::unistd::geteuid();
    if me.is_root() || host.account()?.is_some_and(|a| a.ids.uid == me.as_raw()) {
        return Ok(());
    }
    let typed: Vec<String> = std::env::args().skip(1).collect();
    Err(Error::new(format!("the game belongs to {RUNTIME_USER}"))
        .hint(format!("sudo left4me-setup {}", typed.join(" "))))
}
