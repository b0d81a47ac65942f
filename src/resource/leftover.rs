//! A file of ours that has no place on this host any more, such as the units of another
//! `LEFT4ME_ROOT` or the schedule of a timer that is off: it goes. Anyone else's is never touched.

use super::{Difference, Finding, Removal, Resource, ResourceId, Tools, Uninstall};
use crate::deployed;
use left4me::host::Host;
use left4me::read::{self, Limit, Links};
use left4me::{Context, Error, Result, atomic};
use std::io::ErrorKind;
use std::path::PathBuf;

/// More is none of ours.
const LONGEST: u64 = 64 << 10;

/// One file that shall not be there.
#[derive(Debug)]
pub struct Leftover {
    pub path: PathBuf,
    pub mark: Mark,
    pub why: &'static str,
    /// What has to be there before it goes.
    pub needs: Vec<ResourceId>,
}

/// By what it is known as ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mark {
    /// It says so: it was made for another root.
    FirstLine,
    /// It says so: it was made from what host.yaml said.
    FromFile,
    /// It is, byte for byte, what we once put there.
    Text(&'static str),
}

impl Mark {
    fn description(self) -> &'static str {
        match self {
            Mark::FirstLine => "made for another root",
            Mark::FromFile => "made from host.yaml",
            Mark::Text(_) => "our rules' old name",
        }
    }
}

impl Resource for Leftover {
    fn id(&self) -> ResourceId {
        ResourceId::at("leftover", &self.path)
    }

    fn why(&self) -> &'static str {
        self.why
    }

    fn inspect(&self, host: &Host) -> Result<Finding> {
        if !self.is_there(host)? {
            return Ok(Finding::InSync);
        }
        Ok(Finding::Differs(vec![Difference::new("presence", self.mark.description(), "gone")]))
    }

    fn converge(&self, host: &Host, _: &mut Tools) -> Result<()> {
        self.delete(host)
    }

    fn remove(&self, host: &Host, _: &Uninstall) -> Result<Removal> {
        if !self.is_there(host)? {
            return Ok(Removal::Absent);
        }
        self.delete(host).map(|()| Removal::Removed)
    }

    fn needs(&self, _: &Host) -> Vec<ResourceId> {
        self.needs.clone()
    }
}

impl Leftover {
    fn delete(&self, host: &Host) -> Result<()> {
        let path = host.path(&self.path);
        std::fs::remove_file(&path).context(|| format!("cannot remove {}", self.path.display()))?;
        atomic::sync_parent(&path)?;
        if let Some(directory) = path.parent().filter(|_| self.mark == Mark::FromFile) {
            // Made for this drop-in; an administrator's own keep it.
            let _ = std::fs::remove_dir(directory);
        }
        Ok(())
    }

    fn is_there(&self, host: &Host) -> Result<bool> {
        let path = host.path(&self.path);
        match std::fs::symlink_metadata(&path) {
            Ok(found) if found.is_file() => {
                let text = read::text(&path, Links::Refuse, Limit::Head(LONGEST))
                    .ok_or_else(|| Error::new(format!("cannot read {}", self.path.display())))?;
                Ok(match self.mark {
                    Mark::FirstLine => text.starts_with(deployed::MADE_BY),
                    Mark::FromFile => text.starts_with(deployed::MADE_FROM_FILE),
                    Mark::Text(ours) => text == ours,
                })
            }
            Ok(_) => Ok(false),
            Err(e) if matches!(e.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => Ok(false),
            Err(e) => Err(e).context(|| format!("cannot inspect {}", self.path.display())),
        }
    }
}
