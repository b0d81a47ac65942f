//! Apply: converge what differs, in order, and inspect it again.

use crate::outcome::{Applied, AppliedResource, Outcome};
use crate::plan::{Plan, Step};
use crate::resource::{Finding, Resource, Tools, differences_text};
use left4me::host::Host;
use left4me::{Error, Result};

/// Called with each resource as soon as its outcome is known.
pub type Watch<'a> = &'a mut dyn FnMut(&AppliedResource);

impl Plan {
    /// Carries out a plan that somebody has confirmed. The host may have changed since then: changes that were not in
    /// the plan are marked.
    pub fn apply(self, host: &Host, tools: &mut Tools, watch: Watch) -> Result<Applied> {
        // Before anything is changed: what follows from this run's own changes is expected.
        let mark = |step: Step| {
            let changed = step.has_changed(host);
            (step.resource, changed)
        };
        let steps = self.steps.into_iter().map(mark).collect();
        run(steps, host, tools, watch)
    }
}

/// Applies where nobody asks for a plan: each resource is inspected once, just before it is converged.
pub fn apply(
    resources: Vec<Box<dyn Resource>>,
    host: &Host,
    tools: &mut Tools,
    watch: Watch,
) -> Result<Applied> {
    run(resources.into_iter().map(|resource| (resource, false)).collect(), host, tools, watch)
}

/// One failure stops what needs it, nothing else; a signal stops all.
fn run(
    resources: Vec<(Box<dyn Resource>, bool)>,
    host: &Host,
    tools: &mut Tools,
    watch: Watch,
) -> Result<Applied> {
    let mut applied = Applied::default();
    for (resource, changed_since_plan) in resources {
        let outcome = match applied.missing_need(&resource.needs(host)) {
            Some(need) => Outcome::Skipped(need),
            None => match converge(&*resource, host, tools) {
                Err(error) if error.is_interruption() => return Err(error),
                result => result.unwrap_or_else(Outcome::Failed),
            },
        };
        let done = AppliedResource { id: resource.id(), outcome, changed_since_plan };
        watch(&done);
        applied.resources.push(done);
    }
    Ok(applied)
}

fn converge(resource: &dyn Resource, host: &Host, tools: &mut Tools) -> Result<Outcome> {
    let outcome = match resource.inspect(host)? {
        Finding::InSync => return Ok(Outcome::InSync),
        Finding::Modified => return Ok(Outcome::Modified),
        Finding::Deferred(why) => return Ok(Outcome::Deferred(why)),
        Finding::Absent => Outcome::Created,
        Finding::Differs(differences) => Outcome::Changed(differences),
    };
    resource.converge(host, tools)?;
    // Success is verified, never assumed.
    match resource.inspect(host)? {
        Finding::Absent => Err(Error::new("still absent after apply")),
        Finding::Differs(differences) => {
            Err(Error::new(format!("still differs after apply: {}", differences_text(&differences))))
        }
        _ => Ok(outcome),
    }
}

#[cfg(test)]
mod tests;
