//! A directory with an owner and a mode. What lies in it is never touched.

use super::{Difference, Finding, Removal, Resource, ResourceId, Tools, Uninstall, foreign_root};
use left4me::host::{Host, Owner};
use left4me::{Context, Error, Result, beneath};
use std::fs::{File, Permissions};
use std::io::ErrorKind;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt, fchown};
use std::path::{Path, PathBuf};

/// One directory.
#[derive(Debug)]
pub struct Directory {
    pub path: PathBuf,
    pub owner: Owner,
    pub mode: u32,
    /// It lies below `LEFT4ME_ROOT`, where its owner may be hostile.
    pub inside_state: bool,
    /// It stays when we go: it is Debian's or others' too, or state.
    pub stays: bool,
    pub why: &'static str,
}

impl Resource for Directory {
    fn id(&self) -> ResourceId {
        ResourceId::directory(&self.path)
    }

    fn why(&self) -> &'static str {
        self.why
    }

    fn inspect(&self, host: &Host) -> Result<Finding> {
        if self.path == host.layout.root() {
            foreign_root::refuse(host)?;
        }
        if !self.inside_state {
            return self.inspect_as_caller(host);
        }
        if host.can_own() && host.account()?.is_none() {
            return Ok(Finding::Absent);
        }
        host.as_runtime_user(|| self.inspect_as_caller(host))
    }

    fn converge(&self, host: &Host, _: &mut Tools) -> Result<()> {
        if self.inside_state { self.converge_inside(host) } else { self.converge_outside(host) }
    }

    /// Only when it is ours alone, and empty.
    fn remove(&self, host: &Host, _: &Uninstall) -> Result<Removal> {
        if self.stays {
            return Ok(Removal::Absent);
        }
        match std::fs::remove_dir(host.path(&self.path)) {
            Ok(()) => Ok(Removal::Removed),
            Err(e) => match e.kind() {
                ErrorKind::NotFound => Ok(Removal::Absent),
                ErrorKind::NotADirectory => Ok(Removal::Kept("it is not a directory any more".into())),
                ErrorKind::DirectoryNotEmpty => Ok(Removal::Kept("it has other files in it".into())),
                ErrorKind::ResourceBusy => Ok(Removal::Kept("something is mounted on it".into())),
                _ => Err(e).context(|| format!("cannot remove {}", self.path.display())),
            },
        }
    }

    fn needs(&self, host: &Host) -> Vec<ResourceId> {
        let top = host.layout.root();
        if self.inside_state {
            vec![ResourceId::USER, ResourceId::directory(top)]
        } else if self.path == top {
            vec![ResourceId::USER]
        } else {
            Vec::new()
        }
    }
}

impl Directory {
    fn inspect_as_caller(&self, host: &Host) -> Result<Finding> {
        let found = match std::fs::symlink_metadata(host.path(&self.path)) {
            Ok(metadata) => metadata,
            Err(e) if matches!(e.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
                return Ok(Finding::Absent);
            }
            Err(e) => return Err(e).context(|| format!("cannot inspect {}", self.path.display())),
        };
        if !found.is_dir() {
            return Err(Error::new(format!("{} is not a directory", self.path.display()))
                .hint(format!("move it away: mv {0} {0}.old", self.path.display())));
        }
        let mut differences: Vec<Difference> =
            Difference::mode(found.mode() & 0o7777, self.mode).into_iter().collect();
        if let Some(want) = host.ids(self.owner)? {
            let is = (found.uid(), found.gid());
            if is != want {
                differences.push(Difference::new("owner", host.owner_words(is)?, host.owner_words(want)?));
            }
        }
        Ok(Finding::from_differences(differences))
    }

    /// All parents are root's (or, in a build by an ordinary user, ours).
    fn converge_outside(&self, host: &Host) -> Result<()> {
        let path = host.path(&self.path);
        make(&path, true)?;
        let dir = open(&path).context(|| format!("cannot open {}", self.path.display()))?;
        self.set(&dir, host.ids(self.owner)?)
    }

    fn converge_inside(&self, host: &Host) -> Result<()> {
        let path = host.path(&self.path);
        host.as_runtime_user(|| make(&path, false))?;
        // Somebody else's directory in the runtime user's tree can only be given back by root, and
        // only through a descriptor that was reached without a single link.
        let top = open(&host.path(host.layout.root()))
            .context(|| format!("cannot open {}", host.layout.root().display()))?;
        let below = self.path.strip_prefix(host.layout.root()).unwrap_or(&self.path);
        // Directly below the root an administrator may have mounted a disk; its owner cannot mount.
        let reached = if below.components().count() > 1 {
            beneath::directory(&top, below)
        } else {
            beneath::directory_on_any_mount(&top, below)
        };
        let dir: File = reached
            .and_then(|directory| beneath::directory_to_list(directory, ""))
            .context(|| format!("cannot open {}", self.path.display()))?
            .into();
        let is = dir.metadata().context(|| format!("cannot inspect {}", self.path.display()))?;
        match host.ids(self.owner)? {
            Some(want) if (is.uid(), is.gid()) != want => self.set(&dir, Some(want)),
            _ => host.as_runtime_user(|| self.set(&dir, None)),
        }
    }

    fn set(&self, dir: &File, owner: Option<(u32, u32)>) -> Result<()> {
        let mut result = Ok(());
        if let Some((uid, gid)) = owner {
            result = fchown(dir, Some(uid), Some(gid));
        }
        result
            .and_then(|()| dir.set_permissions(Permissions::from_mode(self.mode)))
            .context(|| format!("cannot set owner and mode of {}", self.path.display()))
    }
}

fn make(path: &Path, parents: bool) -> Result<()> {
    match std::fs::DirBuilder::new().recursive(parents).mode(0o755).create(path) {
        Ok(()) => Ok(()),
        Err(e) if e.kind() == ErrorKind::AlreadyExists => Ok(()),
        Err(e) => Err(e).context(|| format!("cannot make the directory {}", path.display())),
    }
}

fn open(path: &Path) -> std::io::Result<File> {
    Ok(beneath::open_to_list(path)?.into())
}
