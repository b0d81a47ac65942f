//! `left4me-setup`: makes a Debian machine a Left 4 Dead 2 server host and keeps it one.
//!
//! Configuration ([`config`]) → desired resources ([`desired`], read it first) → plan ([`plan`]) →
//! apply ([`apply`]) → facts ([`state`]). Each kind of resource is a file in `resource/`; all that
//! talks to Valve is in `left4me-steam`.

mod apply;
mod builds;
mod cli;
mod commands;
mod config;
mod deployed;
mod desired;
mod diff;
mod doctor;
mod made;
mod outcome;
mod plan;
mod predecessor;
mod problems;
mod render;
mod report;
mod resource;
mod say;
mod settings;
mod state;
mod status;
mod uninstall;

use clap::{CommandFactory, Parser};
use left4me::error::end_of_usage;
use std::process::ExitCode;

/// The command line, for man pages and completions.
pub fn command() -> clap::Command {
    cli::Cli::command()
}

/// The program.
pub fn main() -> ExitCode {
    left4me::inherited::keep_from_children();
    let arguments = match cli::Cli::try_parse() {
        Ok(arguments) => arguments,
        Err(refusal) => return end_of_usage(&refusal.to_string(), refusal.use_stderr(), refusal.exit_code()),
    };
    match commands::run(arguments) {
        Ok(code) => code,
        Err(error) => error.report("error"),
    }
}
