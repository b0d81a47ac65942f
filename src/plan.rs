//! The plan: every resource inspected, nothing changed.

use crate::config::Config;
use crate::desired::desired;
use crate::resource::file_list::LIST;
use crate::resource::{Finding, Resource};
use left4me::host::Host;
use left4me::{Error, Result};

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
