//! The list of the files that `apply` made. An older version kept none: then what is exactly as we make it counts as
//! made by us.

use super::file::File;
use super::{Finding, Removal, Resource, ResourceId, Tools, Uninstall};
use crate::made::Made;
use crate::state::State;
use left4me::host::Host;
use left4me::{Context, Result};

/// The list, before anything is added to it.
#[derive(Debug)]
pub struct MadeList {
    /// Files that nobody else makes alike.
    pub adopts: Vec<File>,
}

impl Resource for MadeList {
    fn id(&self) -> ResourceId {
        ResourceId::record(Made::PATH)
    }

    fn why(&self) -> &'static str {
        "tells what may go when the host is left"
    }

    fn inspect(&self, host: &Host) -> Result<Finding> {
        Ok(if Made::load(host).is_some() { Finding::InSync } else { Finding::Absent })
    }

    fn converge(&self, host: &Host, tools: &mut Tools) -> Result<()> {
        let is_in_sync = |file: &&File| file.inspect(host).is_ok_and(|found| found == Finding::InSync);
        let adopted = self.adopts.iter().filter(is_in_sync);
        tools.made.begin(host, adopted.map(|file| (file.path.as_path(), &*file.content)))
    }

    /// Goes unseen, as part of the record.
    fn remove(&self, host: &Host, _: &Uninstall) -> Result<Removal> {
        Made::remove(host).context(|| "cannot remove the list of what was made".into())?;
        Ok(Removal::Absent)
    }

    fn needs(&self, _: &Host) -> Vec<ResourceId> {
        vec![ResourceId::directory(State::DIRECTORY)]
    }

    fn warning(&self, _: &Finding) -> Option<&'static str> {
        Some("there is no list of what apply made")
    }
}
