//! The command line: one file a command, with its arguments and the call that answers it.
//!
//! Nothing outside this folder knows clap or imports from here.

mod canary;
mod delete;
mod du;
mod initialize;
mod install;
mod list;
mod logs;
mod misplaced_number;
mod names;
mod overlay;
mod rcon;
mod reset;
mod restart;
mod show;
mod start;
mod status;
mod stop;

use clap::{Parser, Subcommand};
use left4me::Result;
use left4me::error::end_of_usage;
use std::process::ExitCode;

/// Make, start, stop and watch the Left 4 Dead 2 servers of this host.
#[derive(Debug, Parser)]
#[command(
    name = "l4d2ctl",
    version,
    arg_required_else_help = true,
    disable_help_subcommand = true,
    after_help = "\
Examples:
  sudo l4d2ctl initialize versus -f versus.yaml   make an instance, or change it
  sudo l4d2ctl start versus --wait                start it and wait until it answers
  sudo l4d2ctl status                             show all instances
  sudo l4d2ctl logs versus                        follow its log

When root runs it, it first becomes the runtime user (left4me).
Exit codes: 0 done or nothing to do, 1 failed, 2 wrong usage; the exit code of a helper that failed is passed on."
)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Install(install::Install),
    Initialize(initialize::Initialize),
    Start(start::Start),
    Stop(stop::Stop),
    Restart(restart::Restart),
    Canary(canary::Canary),
    Delete(delete::Delete),
    Reset(reset::Reset),
    Status(status::Status),
    Du(du::Du),
    List(list::List),
    Show(show::Show),
    Logs(logs::Logs),
    Rcon(rcon::Rcon),
    Overlay(overlay::Overlay),
}

/// Parses the command line and runs the command.
pub fn run() -> ExitCode {
    let result = match Cli::try_parse() {
        Ok(cli) => cli.command.run(),
        Err(refusal) => match misplaced_number::explain_conflict(&refusal) {
            Some(error) => Err(error),
            None => return end_of_usage(&refusal.to_string(), refusal.use_stderr(), refusal.exit_code()),
        },
    };
    result.unwrap_or_else(|error| error.report("error"))
}

impl Command {
    fn run(self) -> Result<ExitCode> {
        let done = |()| ExitCode::SUCCESS;
        match self {
            Command::Install(arguments) => arguments.run(),
            Command::Initialize(arguments) => arguments.run().map(done),
            Command::Start(arguments) => arguments.run(),
            Command::Stop(arguments) => arguments.run(),
            Command::Restart(arguments) => arguments.run(),
            Command::Canary(arguments) => arguments.run().map(done),
            Command::Delete(arguments) => arguments.run(),
            Command::Reset(arguments) => arguments.run(),
            Command::Status(arguments) => arguments.run().map(done),
            Command::Du(arguments) => arguments.run().map(done),
            Command::List(arguments) => arguments.run().map(done),
            Command::Show(arguments) => arguments.run().map(done),
            Command::Logs(arguments) => arguments.run(),
            Command::Rcon(arguments) => arguments.run(),
            Command::Overlay(arguments) => arguments.run().map(done),
        }
    }
}
