use super::names::Names;
use crate::announce::{self, Event};
use crate::stop;
use clap::Args;
use left4me::Result;
use std::process::ExitCode;

/// Stop instances; they stay stopped after a reboot.
#[derive(Debug, Args)]
#[command(after_help = "\
Example:
  sudo l4d2ctl stop --all --warn 60

The players of a server are told in the game, by RCON, at the beginning and 60, 30 and 10 seconds before the end. Where \
nobody plays, nothing is waited for, and a server that cannot be told is stopped all the same. Ctrl-C cancels the stop.

If a process still uses the server's file tree, for example a shell in it, it is named on standard error. End it before \
the next start, reset or delete.")]
pub struct Stop {
    #[command(flatten)]
    names: Names,
    /// Tell the players and wait so long before the stop, at most a day.
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(1..=86_400))]
    warn: Option<u64>,
}

impl Stop {
    pub fn run(self) -> Result<ExitCode> {
        let mut batch = self.names.select()?;
        if let Some(seconds) = self.warn {
            announce::countdown(&batch.layout, &batch.names(), Event::Stop, seconds)?;
        }
        stop::stop(&mut batch)?;
        Ok(batch.code())
    }
}
