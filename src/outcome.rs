//! What became of each resource in an apply.

use crate::resource::{Difference, ResourceId};
use left4me::Error;

/// What became of one resource.
#[derive(Debug)]
pub enum Outcome {
    InSync,
    Modified,
    Deferred(String),
    Created,
    Changed(Vec<Difference>),
    Failed(Error),
    /// Not tried, because this resource that it needs had failed.
    Skipped(ResourceId),
}

impl Outcome {
    pub fn is_bad(&self) -> bool {
        matches!(self, Outcome::Failed(_) | Outcome::Skipped(_))
    }
}

/// One resource and what became of it.
#[derive(Debug)]
pub struct AppliedResource {
    pub id: ResourceId,
    pub outcome: Outcome,
    /// The confirmed plan said something else about it.
    pub changed_since_plan: bool,
}

/// What became of all of them.
#[derive(Debug, Default)]
pub struct Applied {
    pub resources: Vec<AppliedResource>,
}

/// How many resources are in each state; plan and apply count the same way.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Counts {
    /// To change, in a plan.
    pub changed: usize,
    pub in_sync: usize,
    pub failed: usize,
    pub not_tried: usize,
    pub deferred: usize,
}

impl Applied {
    pub fn counts(&self) -> Counts {
        let mut counts = Counts::default();
        for resource in &self.resources {
            *match &resource.outcome {
                Outcome::InSync | Outcome::Modified => &mut counts.in_sync,
                Outcome::Deferred(_) => &mut counts.deferred,
                Outcome::Created | Outcome::Changed(_) => &mut counts.changed,
                Outcome::Failed(_) => &mut counts.failed,
                Outcome::Skipped(_) => &mut counts.not_tried,
            } += 1;
        }
        counts
    }

    /// The first of these that failed or was not tried.
    pub fn missing_need(&self, needs: &[ResourceId]) -> Option<ResourceId> {
        let missing = |done: &&AppliedResource| done.outcome.is_bad() && needs.contains(&done.id);
        self.resources.iter().find(missing).map(|done| done.id.clone())
    }
}
