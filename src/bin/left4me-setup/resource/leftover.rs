//! A file of ours that has no place on this host any more, such as the units of another
//! `LEFT4ME_ROOT`: it goes. Known as ours by its first line; anyone else's is never touched.

use super::{Difference, Finding, Removal};
use crate::deployed;
use crate::host::Host;
use left4me_setup::{Context, Result, atomic};
use std::io::ErrorKind;
use std::path::PathBuf;

/// One file that shall not be there.
#[derive(Debug)]
pub struct Leftover {
    pub path: PathBuf,
}

impl Leftover {
    pub fn inspect(&self, host: &Host) -> Result<Finding> {
        Ok(match self.is_there(host)? {
            true => Finding::Differs(vec![Difference::new("presence", "made for another root", "gone")]),
            false => Finding::InSync,
        })
    }

    fn is_there(&self, host: &Host) -> Result<bool> {
        let path = host.path(&self.path);
        match std::fs::symlink_metadata(&path) {
            Ok(found) if found.is_file() => {
                let text = std::fs::read_to_string(&path)
                    .context(|| format!("cannot read {}", self.path.display()))?;
                Ok(text.starts_with(deployed::MADE_BY))
            }
            Ok(_) => Ok(false),
            Err(e) if matches!(e.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => Ok(false),
            Err(e) => Err(e).context(|| format!("cannot inspect {}", self.path.display())),
        }
    }

    pub fn converge(&self, host: &Host) -> Result<()> {
        let path = host.path(&self.path);
        std::fs::remove_file(&path).context(|| format!("cannot remove {}", self.path.display()))?;
        atomic::sync_parent(&path)
    }

    pub fn remove(&self, host: &Host) -> Result<Removal> {
        if !self.is_there(host)? {
            return Ok(Removal::Absent);
        }
        self.converge(host).map(|()| Removal::Removed)
    }
}
