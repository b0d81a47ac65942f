use super::names::Names;
use crate::stop;
use clap::Args;
use left4me::Result;
use std::process::ExitCode;

/// Stop instances; they stay stopped after a reboot.
#[derive(Debug, Args)]
#[command(after_help = "\
If a process still uses the server's file tree, for example a shell in it, it is named on standard error. End it before \
the next start, reset or delete.")]
pub struct Stop {
    #[command(flatten)]
    names: Names,
}

impl Stop {
    pub fn run(self) -> Result<ExitCode> {
        let mut batch = self.names.select()?;
        stop::stop(&mut batch)?;
        Ok(batch.code())
    }
}
