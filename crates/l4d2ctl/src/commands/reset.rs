use super::delete::CONFIRMATION;
use super::names::Names;
use crate::{confirm, stop};
use clap::Args;
use left4me::Result;
use std::process::ExitCode;

/// Stop instances and delete the files they wrote; the specification stays.
#[derive(Debug, Args)]
#[command(after_help = CONFIRMATION)]
pub struct Reset {
    #[command(flatten)]
    names: Names,
    /// Do not ask.
    #[arg(long, short = 'y')]
    yes: bool,
}

impl Reset {
    pub fn run(self) -> Result<ExitCode> {
        let mut batch = self.names.select()?;
        confirm::removal(&mut batch, "reset", self.yes)?;
        stop::reset(&mut batch)?;
        Ok(batch.code())
    }
}
