//! The record of what was downloaded: one that cannot be read is set aside, and a new one is begun.

use super::{Difference, Finding, Tools};
use crate::state::State;
use left4me::Result;
use left4me::host::Host;

/// `state.json`.
#[derive(Debug)]
pub struct Record;

impl Record {
    pub fn inspect(&self, host: &Host) -> Result<Finding> {
        Ok(match State::damage(host)? {
            None => Finding::InSync,
            Some(why) => {
                Finding::Differs(vec![Difference::new("content", why, "a new one; this one is kept aside")])
            }
        })
    }

    pub fn converge(&self, host: &Host, tools: &mut Tools) -> Result<()> {
        tools.state.save(host)
    }
}
