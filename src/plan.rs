//! The plan: every resource inspected, nothing changed.

use crate::outcome::Counts;
use crate::resource::{Finding, Resource};
use left4me::host::Host;
use left4me::{Error, Result};

/// One resource and what was found; an inspection that failed is a finding too.
pub struct Step {
    pub resource: Box<dyn Resource>,
    pub found: Result<Finding>,
}

impl Step {
    /// Whether `apply` would change it.
    pub fn is_pending(&self) -> bool {
        self.found.as_ref().is_ok_and(Finding::is_pending)
    }

    /// Whether `apply` would now do something that it would not have done when the plan was made.
    pub fn has_changed(&self, host: &Host) -> bool {
        let is_new = |now: &Finding| now.is_pending() && self.found.as_ref().ok() != Some(now);
        self.resource.inspect(host).is_ok_and(|now| is_new(&now))
    }
}

/// All of the host, inspected. [`Plan::apply`] carries it out.
pub struct Plan {
    pub steps: Vec<Step>,
}

impl Plan {
    /// Inspects every resource.
    pub fn inspect(resources: Vec<Box<dyn Resource>>, host: &Host) -> Plan {
        let inspect = |resource: Box<dyn Resource>| Step { found: resource.inspect(host), resource };
        Plan { steps: resources.into_iter().map(inspect).collect() }
    }

    pub fn counts(&self) -> Counts {
        let mut counts = Counts::default();
        for step in &self.steps {
            *match &step.found {
                Ok(Finding::InSync | Finding::Modified) => &mut counts.in_sync,
                Ok(Finding::Absent | Finding::Differs(_)) => &mut counts.changed,
                Ok(Finding::Deferred(_)) => &mut counts.deferred,
                Err(_) => &mut counts.failed,
            } += 1;
        }
        counts
    }

    /// How many resources `apply` would change.
    pub fn pending(&self) -> usize {
        self.counts().changed
    }

    /// What to warn of when no difference keeps servers from running; nothing when one may.
    pub fn warning(&self) -> Option<&'static str> {
        let pending = self.steps.iter().filter(|step| step.is_pending());
        let warnings: Option<Vec<_>> =
            pending.map(|step| step.resource.warning(step.found.as_ref().ok()?)).collect();
        warnings?.first().copied()
    }

    /// The first inspection that failed.
    pub fn first_error(&self) -> Option<&Error> {
        self.steps.iter().find_map(|step| step.found.as_ref().err())
    }
}
