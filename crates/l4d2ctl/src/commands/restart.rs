use super::names::Names;
use super::start::Wait;
use crate::restart_queue::{self, Entry};
use crate::rolling::Terms;
use crate::running::Running;
use crate::runtime_user::become_runtime_user;
use crate::units::{self, Unit};
use crate::when_empty::WhenEmpty;
use crate::{batch::Batch, instances, local_time, ready, start, stopped};
use clap::Args;
use left4me::Result;
use left4me::layout::Layout;
use left4me::name::InstanceName;
use left4me::output::note;
use std::process::ExitCode;

/// How many seconds a restarted server has to answer before the next one is restarted.
const WAIT: u64 = 120;

/// Restart instances, so that new specifications, overlays and game updates take effect.
///
/// What starts at boot does not change: an instance that was stopped runs now, but not after a reboot. With --all,
/// instances that were stopped with 'l4d2ctl stop' stay stopped.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  sudo l4d2ctl restart versus --wait
  sudo l4d2ctl restart --all --when-empty
  sudo l4d2ctl restart --all --when-empty --deadline 04:30 --warn 60
  sudo l4d2ctl restart --all --when-empty --queue
  sudo l4d2ctl restart --queued --cancel versus

--when-empty restarts servers one after the other, empty ones first, and each only after the one before it answers again; \
if one does not come back, the command stops there. With --all, it restarts only servers whose restart is pending (see \
status); with names, it restarts those in any case. Bots do not count as players; a server that does not answer counts as \
occupied.

Without --deadline, servers with players are left alone, and the exit code is 75. With it, the command waits for players to \
leave, and at that time restarts the rest. Ctrl-C cancels, after starting a server that is down.")]
pub struct Restart {
    /// Names of instances.
    #[arg(value_name = "NAME", required_unless_present_any = ["all", "queued", "run_queue"], conflicts_with = "all")]
    names: Vec<String>,
    /// All instances of this host.
    #[arg(long)]
    all: bool,
    #[command(flatten)]
    wait: Wait,
    /// Restart each server once nobody plays on it, one after the other.
    #[arg(long)]
    when_empty: bool,
    /// Warn players this long before a restart at the deadline.
    #[arg(long, value_name = "SECONDS", requires = "when_empty",
          value_parser = clap::value_parser!(u64).range(1..=3600))]
    warn: Option<u64>,
    /// Wait for players to leave until this time of day, then restart anyway.
    #[arg(long, value_name = "HH:MM", requires = "when_empty", value_parser = time_of_day)]
    deadline: Option<String>,
    /// How many servers may be down at once.
    #[arg(long, value_name = "N", requires = "when_empty", default_value_t = 1,
          value_parser = clap::value_parser!(u16).range(1..=64))]
    max_parallel: u16,
    /// Return at once; a timer checks every minute and restarts servers once they are empty, also after a reboot.
    #[arg(long, requires = "when_empty")]
    queue: bool,
    /// List queued restarts.
    #[arg(long, conflicts_with_all = ["all", "when_empty"])]
    queued: bool,
    /// Cancel the queued restarts of these instances; without names, all of them.
    #[arg(long, requires = "queued")]
    cancel: bool,
    /// One look at the queue, for the timer.
    #[arg(long, hide = true, exclusive = true)]
    run_queue: bool,
}

fn time_of_day(text: &str) -> Result<String, String> {
    if local_time::is_time_of_day(text) {
        Ok(text.to_owned())
    } else {
        Err("a time of day such as 04:30 is needed".to_owned())
    }
}

impl Restart {
    pub fn run(self) -> Result<ExitCode> {
        let done = |()| ExitCode::SUCCESS;
        if self.run_queue {
            return restart_queue::run(&become_runtime_user()?).map(done);
        }
        if self.queued {
            return self.queued().map(done);
        }
        let mut batch = Names::of(&self.names, self.all).select()?;
        if self.all {
            stopped::leave_out(&mut batch, "restart")?;
        }
        if self.when_empty {
            return self.when_empty(&batch).map(done);
        }
        start::restart(&mut batch)?;
        ready::finish(&mut batch, self.wait.wait, "restart complete.");
        Ok(batch.code())
    }

    fn queued(&self) -> Result<()> {
        let layout = become_runtime_user()?;
        if !self.cancel {
            return restart_queue::show(&layout);
        }
        restart_queue::cancel(&layout, &instances::select(&layout, &self.names, false)?)
    }

    fn when_empty(&self, batch: &Batch) -> Result<()> {
        let layout = &batch.layout;
        batch.names().into_iter().try_for_each(|name| instances::require(layout, name))?;
        let names = if self.all {
            pending(layout, &batch.names())?
        } else {
            batch.names().into_iter().cloned().collect()
        };
        if names.is_empty() {
            note("no restart is pending");
            return Ok(());
        }
        let deadline = self.deadline.as_deref().map(local_time::next).transpose()?;
        let (warn, wait) = (self.warn.unwrap_or_default(), self.wait.wait.unwrap_or(WAIT));
        if self.queue {
            return self.enqueue(layout, &names, deadline, wait);
        }
        let _lock = restart_queue::lock_restarts(layout)?;
        WhenEmpty {
            layout,
            servers: names.into_iter().map(|name| (name, Terms { deadline, warn })).collect(),
            most_down: self.max_parallel.into(),
            patience: deadline.unwrap_or_default(),
            wait,
            is_wanted: &|_| true,
            ended: &|_, _| (),
        }
        .run()?
        .report()
    }

    fn enqueue(
        &self,
        layout: &Layout,
        names: &[InstanceName],
        deadline: Option<u64>,
        wait: u64,
    ) -> Result<()> {
        let entry = |name: &InstanceName| Entry {
            name: name.to_string(),
            since: local_time::now(),
            deadline,
            warn: self.warn.unwrap_or_default(),
            max_parallel: self.max_parallel.into(),
            wait,
            error: None,
        };
        restart_queue::add(layout, names.iter().map(entry).collect())?;
        let names: Vec<String> = names.iter().map(ToString::to_string).collect();
        note(&format!("queued: {}; to see and cancel: sudo l4d2ctl restart --queued", names.join(", ")));
        Ok(())
    }
}

/// Those that run and would run something else after a restart.
fn pending(layout: &Layout, names: &[&InstanceName]) -> Result<Vec<InstanceName>> {
    let units = units::show(names)?;
    let running = Running::new(layout)?;
    let is_pending = |name: &&&InstanceName| {
        units.get(name.as_str()).is_some_and(Unit::is_up) && !running.facts(layout, name).pending.is_empty()
    };
    Ok(names.iter().filter(is_pending).map(|name| (*name).clone()).collect())
}
