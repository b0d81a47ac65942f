//! l4d2ctl: drives instances, as the runtime user, through sudo and the helpers.
//!
//! [`commands`] parses the command line, and nothing else knows it. The rest is one file for each subject: [`initialize`] (with
//! [`shadowed_cfg`] and [`warnings`]), [`start`] (with [`port_check`], [`server_cfg`] into [`cfg_directory`], and
//! [`ready`]), [`when_empty`] (as [`rolling`] decides; or later, from the [`restart_queue`]), [`stop`] (after [`confirm`]
//! or [`announce`]), [`stopped`] for `--all`, [`list`] (with [`status`], [`running`],
//! [`shadowed_files`], [`status_table`] on the [`terminal`]), [`instance_spec`], [`logs`], [`rcon`] (on [`rcon_client`], with the
//! [`rcon_password`]), [`overlays`] and [`du`] (with [`layers`]), [`update_game`], [`canary`] (with
//! [`staged_changes`]).

mod a2s_client;
mod addresses;
mod announce;
mod batch;
mod canary;
mod cfg_directory;
mod commands;
mod confirm;
mod du;
mod game_lock;
mod helper;
mod initialize;
mod instance_spec;
mod instances;
mod layers;
mod list;
mod local_time;
mod logs;
mod overlays;
mod ownership;
mod parallel;
mod port_check;
mod progress;
mod rcon;
mod rcon_client;
mod rcon_interactive;
mod rcon_password;
mod ready;
mod restart_queue;
mod rolling;
mod running;
mod runtime_user;
mod server_cfg;
mod shadowed_cfg;
mod shadowed_files;
mod signals;
mod staged_changes;
mod start;
mod status;
mod status_table;
mod stop;
mod stopped;
mod table;
mod terminal;
mod units;
mod update_game;
mod warnings;
mod when_empty;

use clap::CommandFactory;
use std::process::ExitCode;

/// The command line, for man pages and completions.
pub fn command() -> clap::Command {
    commands::Cli::command()
}

/// The program.
pub fn main() -> ExitCode {
    left4me::inherited::keep_from_children();
    commands::run()
}
