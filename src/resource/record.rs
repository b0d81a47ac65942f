//! The record of what was downloaded: one that cannot be read is set aside, and a new one is begun.

use super::{Difference, Finding, Removal, Resource, ResourceId, Tools, Uninstall};
use crate::state::State;
use left4me::Result;
use left4me::host::Host;

/// `state.json`.
#[derive(Debug)]
pub struct Record;

impl Resource for Record {
    fn id(&self) -> ResourceId {
        ResourceId::record(State::PATH)
    }

    fn why(&self) -> &'static str {
        "what was downloaded and installed, and when"
    }

    fn inspect(&self, host: &Host) -> Result<Finding> {
        let difference = |why: String| Difference::new("content", why, "a new one; this one is kept aside");
        Ok(Finding::from_differences(State::damage(host)?.map(difference).into_iter().collect()))
    }

    fn converge(&self, host: &Host, tools: &mut Tools) -> Result<()> {
        tools.state.save(host)
    }

    fn remove(&self, host: &Host, _: &Uninstall) -> Result<Removal> {
        Ok(if State::remove(host)? { Removal::Removed } else { Removal::Absent })
    }

    fn warning(&self, _: &Finding) -> Option<&'static str> {
        Some("the record of what was downloaded cannot be read")
    }
}
