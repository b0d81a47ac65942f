use super::names::Names;
use crate::stop;
use clap::Args;
use left4me::Result;
use std::process::ExitCode;

/// Stop instances; they stay stopped after a reboot.
#[derive(Debug, Args)]
#[command(after_help = "\
What still uses a stopped server's file tree, such as a shell in it, is named on standard error; the next start, \
reset or delete needs it gone.")]
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
