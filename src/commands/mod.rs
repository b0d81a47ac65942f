//! One file a command: its options are checked, the library below does the work, its result is printed.
//! Nothing below this folder knows the command line.

mod apply;
mod config;
mod doctor;
mod game;
mod options;
mod plan;
mod session;
mod status;
mod steamcmd;
mod uninstall;

use crate::cli::{Cli, Command};
use left4me::layout::RUNTIME_USER;
use left4me::{Error, Result, shell};
use std::path::Path;
use std::process::ExitCode;

/// Runs the command that was typed.
pub fn run(arguments: Cli) -> Result<ExitCode> {
    match arguments.command {
        Command::Plan(options) => plan::command(options),
        Command::Apply(options) => apply::command(options),
        Command::Status(options) => status::command(options),
        Command::Doctor(options) => doctor::command(options),
        Command::Config(options) => config::command(options),
        Command::Uninstall(options) => uninstall::command(options),
        Command::SteamCmd { command } => steamcmd::command(command),
        Command::Game { command } => game::command(command),
    }
}

/// Only root may inspect and change this machine; a sysroot may be anyone's.
fn require_root(sysroot: Option<&Path>, command: &str) -> Result<()> {
    if sysroot.is_some() || rustix::process::geteuid().is_root() {
        return Ok(());
    }
    Err(Error::new(format!("`left4me-setup {command}` needs root")).hint(shell::sudo_again("left4me-setup")))
}

/// What is below `LEFT4ME_ROOT` is the runtime user's; root acts for it, nobody else can. Asked before anything is
/// read: others may not read this host's configuration either.
fn require_owner(command: &str) -> Result<()> {
    let me = rustix::process::geteuid();
    if me.is_root() || users::get_user_by_name(RUNTIME_USER).is_some_and(|user| user.uid() == me.as_raw()) {
        return Ok(());
    }
    let who = format!("root or by the runtime user '{RUNTIME_USER}'");
    Err(Error::new(format!("`left4me-setup {command}` must be run by {who}"))
        .hint(shell::sudo_again("left4me-setup")))
}
