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

--warn announces the stop in the game's chat, by RCON: at once, and again 60, 30 and 10 seconds before it. If nobody \
plays, nothing is waited for; a server that RCON cannot reach is stopped without a warning. Ctrl-C cancels the stop.

If a process still uses the server's file tree, for example a shell in it, it is named on standard error. End it before \
the next start, reset or delete.")]
pub struct Stop {
    #[command(flatten)]
    names: Names,
    /// Warn players and wait this long before the stop, at most a day.
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
