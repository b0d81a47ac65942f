//! A SteamCMD tree of the predecessor's: it is moved to where ours lies.

use crate::made::Made;
use crate::resource::{Difference, Finding, Resource, ResourceId, Tools};
use left4me::host::Host;
use left4me::{Context, Error, Result, beneath};
use rustix::fs::{RenameFlags, renameat_with};
use rustix::io::Errno;
use std::os::fd::OwnedFd;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

/// A SteamCMD tree at an old place. A running server keeps its files: a rename changes no inode.
#[derive(Debug)]
pub struct Moved {
    pub from: PathBuf,
    pub to: PathBuf,
}

impl Resource for Moved {
    fn id(&self) -> ResourceId {
        ResourceId::at(super::KIND, &self.from)
    }

    fn why(&self) -> &'static str {
        "the predecessor's SteamCMD is used on; running servers keep their files"
    }

    fn inspect(&self, host: &Host) -> Result<Finding> {
        let found = match std::fs::symlink_metadata(host.path(&self.from)) {
            Ok(found) if found.is_dir() => found,
            _ => return Ok(Finding::InSync),
        };
        if host.can_own() && host.account()?.is_none_or(|account| account.ids.uid != found.uid()) {
            // Not the runtime user's: SteamCMD is fetched anew, and this is left where it is.
            return Ok(Finding::InSync);
        }
        if host.as_runtime_user(|| Ok(std::fs::symlink_metadata(host.path(&self.to)).is_ok()))? {
            return Ok(Finding::InSync);
        }
        let (from, to) = (self.from.display().to_string(), self.to.display().to_string());
        Ok(Finding::Differs(vec![Difference::new("place", from, to)]))
    }

    /// By descriptors of both directories: the runtime user owns the second, and the name in it must
    /// be free.
    fn converge(&self, host: &Host, tools: &mut Tools) -> Result<()> {
        tools.made.add_moved(host, &self.from)?;
        let (from, from_name) = split(host, &self.from)?;
        let (to, to_name) = split(host, &self.to)?;
        renameat_with(&from, from_name.as_str(), &to, to_name.as_str(), RenameFlags::NOREPLACE).map_err(
            |e| {
                let error =
                    Error::new(format!("cannot move {} to {}: {e}", self.from.display(), self.to.display()));
                match e {
                    Errno::XDEV => error.hint(format!(
                        "they are on different file systems: sudo -u left4me cp -a {} {}",
                        self.from.display(),
                        self.to.display()
                    )),
                    _ => error,
                }
            },
        )?;
        rustix::fs::fsync(&to).context(|| format!("cannot sync {}", host.layout.root().display()))
    }

    fn needs(&self, host: &Host) -> Vec<ResourceId> {
        let list = host.can_own().then(|| ResourceId::record(Made::PATH));
        let tree = [ResourceId::USER, ResourceId::directory(host.layout.root())];
        list.into_iter().chain(tree).collect()
    }
}

/// The directory of `path`, opened without following a link at its end, and the name in it.
fn split(host: &Host, path: &Path) -> Result<(OwnedFd, String)> {
    let parent = path.parent().unwrap_or(Path::new("/"));
    let dir =
        beneath::open_to_list(&host.path(parent)).context(|| format!("cannot open {}", parent.display()))?;
    let name = path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
    Ok((dir, name))
}
