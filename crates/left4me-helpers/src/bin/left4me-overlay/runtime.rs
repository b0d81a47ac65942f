//! `runtime/NAME`: the instance's own directories and what is mounted on `merged`.

use crate::table::{self, Identity, Mount};
use crate::tree::{self, Tree};
use left4me::name::InstanceName;
use left4me::{Context, Error, Result, beneath, overlay_mount, printable, shell};
use rustix::fs::StatVfsMountFlags;
use rustix::io::Errno;
use std::os::fd::OwnedFd;
use std::path::PathBuf;

/// `runtime/NAME`, opened.
pub struct Runtime<'t> {
    /// The root it lies below.
    pub tree: &'t Tree,
    /// The instance.
    pub name: InstanceName,
    /// How its mounts are recognised.
    pub identity: Identity,
    directory: OwnedFd,
}

impl<'t> Runtime<'t> {
    /// `None` when it does not exist.
    pub fn open(tree: &'t Tree, name: &InstanceName) -> Result<Option<Runtime<'t>>> {
        match tree.anchor("runtime").and_then(|all| beneath::directory(all, name.as_str())) {
            Ok(directory) => {
                Ok(Some(Runtime { tree, name: name.clone(), identity: Identity::new(tree, name), directory }))
            }
            Err(Errno::NOENT) => Ok(None),
            Err(cause) => Err(tree::refusal(&tree.path(format!("runtime/{name}")), cause)),
        }
    }

    /// The absolute path of something in it, for messages.
    pub fn path(&self, name: &str) -> PathBuf {
        self.tree.path(format!("runtime/{}/{name}", self.name))
    }

    /// The mount point's path, for messages.
    pub fn merged(&self) -> PathBuf {
        self.path("merged")
    }

    /// Opens `upper`, `work` or `merged`: a directory of the runtime user's, on the same mount as the others.
    pub fn own(&self, name: &str) -> Result<OwnedFd> {
        let directory = beneath::directory(&self.directory, name)
            .map_err(|cause| tree::refusal(&self.path(name), cause))?;
        let owner = rustix::fs::fstat(&directory).context(|| format!("cannot examine {name}"))?.st_uid;
        if owner == self.tree.owner() {
            return Ok(directory);
        }
        Err(Error::new(format!(
            "{} belongs to uid {owner}, not to the runtime user",
            self.path(name).display()
        ))
        .hint(shell::chown_command(
            &self.tree.owner().to_string(),
            &self.tree.path(""),
            &[&self.path(name)],
        )))
    }

    /// The topmost mount on `merged`, which must be ours.
    pub fn mounted(&self) -> Result<Option<Mount>> {
        match table::at(&self.directory, "merged")? {
            Some(mount) if !self.identity.owns(&mount) => Err(Error::new(format!(
                "{} is a mount point of something else ({} from {}), which is left alone",
                self.merged().display(),
                printable::line(&mount.kind),
                printable::line(&mount.source)
            ))
            .hint(format!("sudo umount {}", self.merged().display()))),
            found => Ok(found),
        }
    }

    /// Whether what is mounted on `merged` refuses to be written.
    pub fn is_read_only(&self) -> Result<bool> {
        let failed = || format!("cannot examine {}", self.merged().display());
        let root = beneath::directory_on_any_mount(&self.directory, "merged").context(failed)?;
        Ok(rustix::fs::fstatvfs(root).context(failed)?.f_flag.contains(StatVfsMountFlags::RDONLY))
    }

    /// The kernel leaves `work/work` behind, of root and with mode 0000, which the runtime user cannot remove.
    pub fn remove_scratch(&self) -> Result<()> {
        let Some(work) = self.work()? else { return Ok(()) };
        overlay_mount::remove_scratch(&work, &self.path("work"))
    }

    /// The command that [`Runtime::remove_scratch`] stands for; empty when there is nothing to remove.
    pub fn describe_scratch(&self) -> Result<String> {
        let there = self.work()?.is_some_and(|work| beneath::directory(work, "work").is_ok());
        let scratch = self.path("work/work");
        Ok(if there { format!("rm -rf {}\n", scratch.display()) } else { String::new() })
    }

    fn work(&self) -> Result<Option<OwnedFd>> {
        match beneath::directory(&self.directory, "work") {
            Ok(work) => Ok(Some(work)),
            Err(Errno::NOENT) => Ok(None),
            Err(cause) => Err(tree::refusal(&self.path("work"), cause)),
        }
    }
}
