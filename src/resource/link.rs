//! A symbolic link with a known target.

use super::{Difference, Finding, Removal, Resource, ResourceId, Tools, Uninstall};
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

impl Resource for Link {
    fn id(&self) -> ResourceId {
        ResourceId::at("link", &self.path)
    }

    fn why(&self) -> &'static str {
        self.why
    }

    fn inspect(&self, host: &Host) -> Result<Finding> {
        if !self.inside_state {
            return self.inspect_as_caller(host);
        }
        if host.can_own() && host.account()?.is_none() {
            return Ok(Finding::Absent);
        }
        host.as_runtime_user(|| self.inspect_as_caller(host))
    }

    fn converge(&self, host: &Host, _: &mut Tools) -> Result<()> {
        let path = host.path(&self.path);
        if self.inside_state {
            host.as_runtime_user(|| atomic::symlink(&self.target, &path))
        } else {
            atomic::symlink(&self.target, &path)
        }
    }

    fn remove(&self, host: &Host, _: &Uninstall) -> Result<Removal> {
        if self.inside_state {
            return Ok(Removal::Absent);
        }
        match self.inspect_as_caller(host) {
            Ok(Finding::Absent) => Ok(Removal::Absent),
            Ok(Finding::InSync) => {
                let path = host.path(&self.path);
                std::fs::remove_file(&path).context(|| format!("cannot remove {}", self.path.display()))?;
                atomic::sync_parent(&path).map(|()| Removal::Removed)
            }
            _ => Ok(Removal::Kept("it was changed".into())),
        }
    }

    fn needs(&self, host: &Host) -> Vec<ResourceId> {
        if !self.inside_state {
            return Vec::new();
        }
        vec![ResourceId::USER, ResourceId::directory(host.layout.root())]
    }
}

impl Link {
    fn inspect_as_caller(&self, host: &Host) -> Result<Finding> {
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
            Err(e) if e.kind() == ErrorKind::InvalidInput && path.is_dir() => {
                Err(Error::new(format!("{} is a directory, not a link", self.path.display()))
                    .hint(format!("move it away: mv {0} {0}.old", self.path.display())))
            }
            Err(e) if e.kind() == ErrorKind::InvalidInput => {
                Ok(Finding::Differs(vec![Difference::new("type", "file", "link")]))
            }
            Err(e) => Err(e).context(|| format!("cannot inspect {}", self.path.display())),
        }
    }
}
