//! Owners, in an image that an ordinary user builds: nobody can set them there, and the plan says so.

use super::{Finding, Resource, ResourceId, Tools};
use left4me::Result;
use left4me::host::Host;

/// The owners of everything in the image.
#[derive(Debug)]
pub struct Owners;

impl Resource for Owners {
    fn id(&self) -> ResourceId {
        ResourceId::single("owners")
    }

    fn why(&self) -> &'static str {
        "everything belongs to root but the state, which is left4me's"
    }

    fn inspect(&self, _: &Host) -> Result<Finding> {
        Ok(Finding::Deferred("only root can give files to root and left4me".into()))
    }

    /// Deferred wherever it is in the list at all.
    fn converge(&self, _: &Host, _: &mut Tools) -> Result<()> {
        Ok(())
    }
}
