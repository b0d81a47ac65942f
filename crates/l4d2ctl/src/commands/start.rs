use super::names::Names;
use crate::{ready, start, stopped};
use clap::Args;
use left4me::Result;
use std::process::ExitCode;

/// Start instances, now and after every reboot.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  sudo l4d2ctl start versus
  sudo l4d2ctl start versus coop --wait=120
  sudo l4d2ctl start --all

--all starts what is to run: an instance that was stopped with 'l4d2ctl stop' stays stopped, unless --stopped is given.

A server that cannot be started, because of a missing overlay or a port in use, is not started at the next boot \
either, unless it was to be before. One that starts and then crashes is.")]
pub struct Start {
    #[command(flatten)]
    names: Names,
    /// With --all: also start instances that were stopped on purpose.
    #[arg(long, conflicts_with = "names")]
    stopped: bool,
    #[command(flatten)]
    wait: Wait,
}

#[derive(Debug, Args)]
pub struct Wait {
    /// Wait until the server answers, at most SECONDS.
    #[arg(long, value_name = "SECONDS", num_args = 0..=1, require_equals = true, default_missing_value = "60",
          value_parser = clap::value_parser!(u64).range(1..=86_400))]
    pub wait: Option<u64>,
}

impl Start {
    pub fn run(self) -> Result<ExitCode> {
        let mut batch = self.names.select()?;
        if self.names.all && !self.stopped {
            stopped::leave_out(&mut batch, "start")?;
        }
        start::start(&mut batch)?;
        ready::finish(&mut batch, self.wait.wait, "start complete.");
        Ok(batch.code())
    }
}
