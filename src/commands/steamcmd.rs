//! `left4me-setup steamcmd`: SteamCMD by itself.

use super::session::Session;
use super::{options, require_owner};
use crate::cli::{GameRun, SourceOptions, SteamCmdCommand, WithOrigin};
use crate::config::{Config, Request};
use crate::report::{self, Notes};
use crate::state::State;
use left4me::host::Host;
use left4me::layout::RUNTIME_USER;
use left4me::{Context, Error, Result, child, terminal};
use left4me_steam::download::steamcmd;
use left4me_steam::{file_list, install, preflight, process, steamclient};
use std::ffi::OsString;
use std::os::unix::process::CommandExt;
use std::process::{Command, ExitCode};

/// Runs one of the SteamCMD commands.
pub fn command(command: SteamCmdCommand) -> Result<ExitCode> {
    require_owner("steamcmd")?;
    let host = Config::as_applied(None)?.host()?;
    match command {
        SteamCmdCommand::Install { source, run, force } => install(&host, &source, &run, force),
        SteamCmdCommand::Run { arguments } => Err(run(&host, &arguments)?),
    }
}

fn install(host: &Host, source: &WithOrigin<SourceOptions>, run: &GameRun, force: bool) -> Result<ExitCode> {
    let request = Request { overrides: options::source_overrides(source), ..Request::default() };
    let source = Config::new(request)?.source;
    let session = Session::from_run(run)?;
    let reporter = report::reporter(session.progress);
    let reporter = reporter.as_ref();
    preflight::before_steamcmd(host)?;
    if force || !is_there(host)? {
        let lock = install::lock_steam(host, reporter, session.steam.wait)?;
        let fetched = steamcmd::fetch(host, &source, reporter)?;
        file_list::write_list(host, file_list::WatchedTree::SteamCmd)?;
        drop(lock);
        let mut state = State::load(host);
        state.steamcmd_installed(fetched);
        state.save(host)?;
    }
    if steamclient::is_missing(host)? {
        install::update_client(host, &session.steam, reporter)?;
    }
    reporter.result(&format!("SteamCMD is installed in {}", host.layout.steam().display()));
    Ok(ExitCode::SUCCESS)
}

fn is_there(host: &Host) -> Result<bool> {
    let script = host.layout.steamcmd_sh();
    host.as_runtime_user(|| Ok(std::fs::symlink_metadata(host.path(&script)).is_ok()))
}

/// Becomes SteamCMD, on the caller's terminal or, for root, on one of its own; returns only the error.
fn run(host: &Host, arguments: &[OsString]) -> Result<Error> {
    if !is_there(host)? {
        return Ok(Error::new("SteamCMD is not installed").hint("sudo left4me-setup steamcmd install"));
    }
    // SteamCMD shares its caches between runs, so this one counts as one.
    let lock = install::lock_steam(host, &Notes::default(), true)?;
    lock.keep_over_exec()?;
    host.as_runtime_user(|| {
        std::env::set_current_dir(host.layout.root()).context(|| "cannot enter LEFT4ME_ROOT".into())
    })?;
    let mut command = if host.can_own() && terminal::is_within_reach() {
        on_a_terminal_of_its_own(host)
    } else {
        if host.can_own() {
            host.runtime_user()?.become_forever()?;
        }
        child::command(host.layout.steamcmd_sh())
    };
    process::environment(&mut command, host);
    if let Some(terminal) = std::env::var_os("TERM") {
        command.env("TERM", terminal);
    }
    Ok(Error::new(format!("cannot run SteamCMD: {}", command.args(arguments).exec())))
}

/// SteamCMD as the runtime user, who owns it: on root's terminal it could type into root's shell.
fn on_a_terminal_of_its_own(host: &Host) -> Command {
    let mut command = child::command("/sbin/runuser");
    command
        .args(["--pty", "-u", RUNTIME_USER, "-g", RUNTIME_USER, "-G", RUNTIME_USER, "--", "env"])
        .arg(format!("HOME={}", host.layout.root().display()))
        .arg(host.layout.steamcmd_sh());
    command
}
