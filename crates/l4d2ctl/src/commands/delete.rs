use super::names::Names;
use crate::{confirm, stop};
use clap::Args;
use left4me::Result;
use std::process::ExitCode;

/// Says when `delete` and `reset` ask.
pub const CONFIRMATION: &str = "\
On a terminal, it asks first if an instance is running or has written files, and an unknown name is an error. Without a \
terminal, it does not ask, and an unknown name is only noted.";

/// Stop instances and delete them, with all files they wrote.
#[derive(Debug, Args)]
#[command(after_help = CONFIRMATION)]
pub struct Delete {
    #[command(flatten)]
    names: Names,
    /// Do not ask.
    #[arg(long, short = 'y')]
    yes: bool,
}

impl Delete {
    pub fn run(self) -> Result<ExitCode> {
        let mut batch = self.names.select()?;
        confirm::removal(&mut batch, "delete", self.yes)?;
        stop::delete(&mut batch)?;
        Ok(batch.code())
    }
}
