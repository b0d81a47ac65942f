//! Owners, in an image that an ordinary user builds: they cannot be set there, and it is said.

use super::Finding;
use left4me::Result;

/// The owners of everything in the image.
#[derive(Debug)]
pub struct Owners;

impl Owners {
    pub fn inspect(&self) -> Result<Finding> {
        Ok(Finding::Deferred("only root can give files to root and left4me".into()))
    }
}
