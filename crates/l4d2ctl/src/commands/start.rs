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

With --all, instances that were stopped with 'l4d2ctl stop' stay stopped, unless --stopped is given.

If a server cannot be started, for example because an overlay is missing or its port is in use, it does not start at \
the next boot either, unless it did so before. A server that starts and then crashes does.")]
pub struct Start {
    #[command(flatten)]
    names: Names,
    /// With --all, also start instances that were stopped on purpose.
    #[arg(long, conflicts_with = "names")]
    stopped: bool,
    #[command(flatten)]
    wait: Wait,
}

#[derive(Debug, Args)]
pub struct Wait {
    /// Wait until the server answers, for at most SECONDS.
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
