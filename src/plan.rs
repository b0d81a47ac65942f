//! The plan: every resource inspected, nothing changed.

use crate::cli::{HostOptions, PlanOptions};
use crate::config::Config;
use crate::desired::desired;
use crate::render::{self, Detail};
use crate::resource::{Finding, Resource};
use crate::say;
use crate::steam::record::LIST;
use left4me::host::Host;
use left4me::{Error, Result, shell};
use std::path::Path;
use std::process::ExitCode;

/// Exit code of `plan` when `apply` would change something.
const CHANGES_PENDING: u8 = 3;

/// One resource and what was found; an inspection that failed is a finding too.
pub struct Step {
    pub resource: Resource,
    pub found: Result<Finding>,
}

/// All of the host, inspected.
pub struct Plan {
    pub steps: Vec<Step>,
}

impl Plan {
    /// Inspects every desired resource.
    pub fn of(config: &Config, host: &Host) -> Plan {
        let steps = desired(config)
            .into_iter()
            .map(|resource| {
                let found = resource.inspect(host);
                Step { resource, found }
            })
            .collect();
        Plan { steps }
    }

    /// How many resources `apply` would change.
    pub fn pending(&self) -> usize {
        self.steps.iter().filter(|s| s.found.as_ref().is_ok_and(Finding::is_pending)).count()
    }

    /// How many of them are trees whose list of files alone is out of date.
    pub fn unlisted(&self) -> usize {
        let only_list = |found: &Finding| match found {
            Finding::Differs(differences) => differences.iter().all(|d| d.attribute == LIST),
            _ => false,
        };
        self.steps.iter().filter(|s| s.found.as_ref().is_ok_and(only_list)).count()
    }

    /// Whether the record cannot be read.
    pub fn has_damaged_record(&self) -> bool {
        let is_it = |step: &&Step| matches!(step.resource, Resource::Record(_));
        self.steps.iter().filter(is_it).any(|s| s.found.as_ref().is_ok_and(Finding::is_pending))
    }

    /// The first inspection that failed.
    pub fn first_error(&self) -> Option<&Error> {
        self.steps.iter().find_map(|s| s.found.as_ref().err())
    }
}

/// `left4me-setup plan`
pub fn command(options: PlanOptions) -> Result<ExitCode> {
    require_root(&options.host, "plan")?;
    let config = Config::new(options.host)?;
    let host = config.host()?;
    let plan = Plan::of(&config, &host);
    let text = match options.json {
        true => render::plan_json(&plan, &host, options.diff),
        false if options.diff => say::fitting(&render::plan_text(&plan, &host, Detail::Diff)),
        false => say::fitting(&render::plan_text(&plan, &host, Detail::Lines)),
    };
    say::answer(&text)?;
    match plan.first_error() {
        Some(error) => Err(error.clone()),
        None if plan.pending() > 0 => Ok(ExitCode::from(CHANGES_PENDING)),
        None => Ok(ExitCode::SUCCESS),
    }
}

/// This machine is root's to inspect and to change; a sysroot may be anyone's.
pub fn require_root(options: &HostOptions, command: &str) -> Result<()> {
    require_root_for(options.sysroot.as_deref(), command)
}

/// [`require_root`] for commands with options of their own.
pub fn require_root_for(sysroot: Option<&Path>, command: &str) -> Result<()> {
    if sysroot.is_some() || nix::unistd::geteuid().is_root() {
        return Ok(());
    }
    Err(Error::new(format!("`left4me-setup {command}` needs root")).hint(shell::sudo_again("left4me-setup")))
}
