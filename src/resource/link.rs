//! A symbolic link with a known target.

use super::{Difference, Finding, Removal};
use crate::predecessor;
use left4me::host::Host;
use left4me::{Context, Error, Result, atomic};
use std::io::ErrorKind;
use std::path::PathBuf;

/// One link.
#[derive(Debug)]
pub struct Link {
    pub path: PathBuf,
    pub target: PathBuf,
    /// It lies below `LEFT4ME_ROOT`, where its owner may be hostile.
    pub inside_state: bool,
    pub why: &'static str,
}

impl Link {
    pub fn inspect(&self, host: &Host) -> Result<Finding> {
        match self.inside_state {
            true if host.can_own() && host.account()?.is_none() => Ok(Finding::Absent),
            true => host.as_runtime_user(|| self.look(host)),
            false => self.look(host),
        }
    }

    fn look(&self, host: &Host) -> Result<Finding> {
        let path = host.path(&self.path);
        match std::fs::read_link(&path) {
            Ok(target) if target == self.target => Ok(Finding::InSync),
            Ok(target) => Ok(Finding::Differs(vec![Difference::new(
                "target",
                target.to_string_lossy(),
                self.target.to_string_lossy(),
            )])),
            Err(e) if matches!(e.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
                Ok(Finding::Absent)
            }
            // Something else than a link has the name.
            Err(e) if e.kind() == ErrorKind::InvalidInput => match path.is_dir() {
                true => Err(Error::new(format!("{} is a directory, not a link", self.path.display()))
                    .hint(format!("move it away: mv {0} {0}.old", self.path.display()))),
                false => Ok(Finding::Differs(vec![Difference::new("type", "file", "link")])),
            },
            Err(e) => Err(e).context(|| format!("cannot inspect {}", self.path.display())),
        }
    }

    /// A link into its checkout.
    pub fn rival(&self, host: &Host) -> Option<String> {
        let target = std::fs::read_link(host.path(&self.path)).ok().filter(|_| !self.inside_state)?;
        target.starts_with(predecessor::CHECKOUT).then(|| format!("symlink:{}", self.path.display()))
    }

    pub fn remove(&self, host: &Host) -> Result<Removal> {
        match self.look(host) {
            Ok(Finding::Absent) => Ok(Removal::Absent),
            Ok(Finding::InSync) if !self.inside_state => {
                let path = host.path(&self.path);
                std::fs::remove_file(&path).context(|| format!("cannot remove {}", self.path.display()))?;
                atomic::sync_parent(&path).map(|()| Removal::Removed)
            }
            _ => Ok(Removal::Kept("it was changed".into())),
        }
    }

    pub fn converge(&self, host: &Host) -> Result<()> {
        let path = host.path(&self.path);
        match self.inside_state {
            true => host.as_runtime_user(|| atomic::symlink(&self.target, &path)),
            false => atomic::symlink(&self.target, &path),
        }
    }
}
