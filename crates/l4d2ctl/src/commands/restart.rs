use super::names::Names;
use super::start::Wait;
use crate::{ready, start, stopped};
use clap::Args;
use left4me::Result;
use std::process::ExitCode;

/// Restart instances, so that new specifications, overlays and game updates take effect.
///
/// What starts at boot does not change: an instance that was stopped runs now, but not after a reboot. With --all,
/// instances that were stopped with 'l4d2ctl stop' stay stopped.
#[derive(Debug, Args)]
pub struct Restart {
    #[command(flatten)]
    names: Names,
    #[command(flatten)]
    wait: Wait,
}

impl Restart {
    pub fn run(self) -> Result<ExitCode> {
        let mut batch = self.names.select()?;
        if self.names.all {
            stopped::leave_out(&mut batch, "restart")?;
        }
        start::restart(&mut batch)?;
        ready::finish(&mut batch, self.wait.wait, "restart complete.");
        Ok(batch.code())
    }
}
