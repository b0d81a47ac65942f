//! The list of the files that `apply` made. Older versions kept none: on their hosts, a file that is exactly as we
//! make it counts as made by us.

use super::file::File;
use super::{Finding, Removal, Resource, ResourceId, Tools, Uninstall};
use crate::made::Made;
use crate::state::State;
use left4me::host::Host;
use left4me::{Context, Result};

/// The list exists; each file adds itself just before it is written.
#[derive(Debug)]
pub struct MadeList {
    /// Files that count as ours when they are in sync.
    pub adopts: Vec<File>,
}

impl Resource for MadeList {
    fn id(&self) -> ResourceId {
        ResourceId::record(Made::PATH)
    }

    fn why(&self) -> &'static str {
        "says what uninstall may remove"
    }

    fn inspect(&self, host: &Host) -> Result<Finding> {
        Ok(if Made::load(host).is_some() { Finding::InSync } else { Finding::Absent })
    }

    fn converge(&self, host: &Host, tools: &mut Tools) -> Result<()> {
        let is_in_sync = |file: &&File| file.inspect(host).is_ok_and(|found| found == Finding::InSync);
        let adopted = self.adopts.iter().filter(is_in_sync);
        tools.made.begin(host, adopted.map(|file| (file.path.as_path(), &*file.content)))
    }

    /// Not reported: it is part of the record.
    fn remove(&self, host: &Host, _: &Uninstall) -> Result<Removal> {
        Made::remove(host).context(|| "cannot remove the list of what was made".into())?;
        Ok(Removal::Absent)
    }

    fn needs(&self, _: &Host) -> Vec<ResourceId> {
        vec![ResourceId::directory(State::DIRECTORY)]
    }

    fn warning(&self, _: &Finding) -> Option<&'static str> {
        Some("the list of what apply made is missing")
    }
}
