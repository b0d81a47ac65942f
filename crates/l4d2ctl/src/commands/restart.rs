use super::names::Names;
use super::start::Wait;
use crate::{ready, start, stopped};
use clap::Args;
use left4me::Result;
use std::process::ExitCode;

/// Stop and start instances: new specifications, overlays and game updates take effect.
///
/// What starts at a boot stays as it is: a stopped instance runs now and not after a reboot. With --all, an
/// instance that was stopped with 'l4d2ctl stop' stays stopped.
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
