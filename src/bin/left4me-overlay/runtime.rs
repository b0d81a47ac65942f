//! `runtime/NAME`: the instance's own directories, what is mounted on `merged`, and unmounting it.

use crate::table::{self, Identity, Mount};
use crate::tree::{self, Tree};
use crate::{holders, layers};
use left4me_setup::name::InstanceName;
use left4me_setup::{Context, Error, Result};
use rustix::fs::StatVfsMountFlags;
use rustix::io::Errno;
use rustix::mount::UnmountFlags;
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// How long unmounting waits for a process that is ending.
const PATIENCE: Duration = Duration::from_secs(2);

/// `runtime/NAME`, opened.
pub struct Runtime<'t> {
    /// The root it lies below.
    pub tree: &'t Tree,
    /// The instance.
    pub name: InstanceName,
    directory: OwnedFd,
    identity: Identity,
}

impl<'t> Runtime<'t> {
    /// `None` when it does not exist.
    pub fn open(tree: &'t Tree, name: &InstanceName) -> Result<Option<Runtime<'t>>> {
        let path = tree.path(Path::new("runtime").join(name.as_str()));
        let upper = path.join("upper").to_string_lossy().into_owned();
        let identity = Identity { prefix: layers::prefix(name), upper };
        match tree.anchor("runtime").and_then(|all| tree::inside(all, name.as_str())) {
            Ok(directory) => Ok(Some(Runtime { tree, name: name.clone(), directory, identity })),
            Err(Errno::NOENT) => Ok(None),
            Err(cause) => Err(tree::refusal(&path, cause)),
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
        let directory =
            tree::inside(&self.directory, name).map_err(|cause| tree::refusal(&self.path(name), cause))?;
        let owner = rustix::fs::fstat(&directory).context(|| format!("cannot examine {name}"))?.st_uid;
        if owner == self.tree.owner() {
            return Ok(directory);
        }
        Err(Error::new(format!(
            "{} belongs to uid {owner}, not to the runtime user",
            self.path(name).display()
        ))
        .hint(format!("sudo chown {} {}", self.tree.owner(), self.path(name).display())))
    }

    /// The topmost mount on `merged`, which must be ours.
    pub fn mounted(&self) -> Result<Option<Mount>> {
        match table::at(&self.directory, "merged")? {
            Some(mount) if !self.identity.owns(&mount) => Err(Error::new(format!(
                "{} is a mount point of something else ({} from {}), which is left alone",
                self.merged().display(),
                mount.kind.escape_debug(),
                mount.source.escape_debug()
            ))
            .hint(format!("sudo umount {}", self.merged().display()))),
            found => Ok(found),
        }
    }

    /// Whether what is mounted on `merged` refuses to be written.
    pub fn is_read_only(&self) -> Result<bool> {
        let failed = || format!("cannot examine {}", self.merged().display());
        let root = tree::mounted_on(&self.directory, "merged").context(failed)?;
        Ok(rustix::fs::fstatvfs(root).context(failed)?.f_flag.contains(StatVfsMountFlags::RDONLY))
    }

    /// Unmounts everything of ours from `merged`; what is not ours is an error.
    pub fn unmount(&self) -> Result<()> {
        let deadline = Instant::now() + PATIENCE;
        while self.mounted()?.is_some() {
            // By name, from the opened parent: a path could be replaced, and a descriptor of the mount
            // itself would keep it busy.
            rustix::process::fchdir(&self.directory)
                .context(|| "cannot enter the runtime directory".to_owned())?;
            match rustix::mount::unmount("merged", UnmountFlags::NOFOLLOW) {
                Ok(()) => {}
                Err(Errno::BUSY) if Instant::now() >= deadline => return Err(self.busy()),
                // No event says that a mount is no longer busy, so it is tried again. Never lazily: the
                // old file system would go on writing below the next one.
                Err(Errno::BUSY) => std::thread::sleep(Duration::from_millis(50)),
                Err(cause) => {
                    return Err(Error::new(format!("cannot unmount {}: {cause}", self.merged().display())));
                }
            }
        }
        Ok(())
    }

    fn busy(&self) -> Error {
        let holders = holders::of(&self.identity);
        let by = if holders.is_empty() { "something unknown".to_owned() } else { holders.join(", ") };
        Error::new(format!("cannot unmount {}: it is in use by {by}", self.merged().display()))
            .hint("end what uses it and try again")
    }

    /// The kernel leaves `work/work` behind, of root and with mode 0000, which the runtime user cannot remove.
    pub fn remove_scratch(&self) -> Result<()> {
        let work = match tree::inside(&self.directory, "work") {
            Ok(work) => work,
            Err(Errno::NOENT) => return Ok(()),
            Err(cause) => return Err(tree::refusal(&self.path("work"), cause)),
        };
        tree::remove(work, "work").context(|| format!("cannot remove {}", self.path("work/work").display()))
    }

    /// The commands that unmounting and cleaning stand for.
    pub fn describe_umount(&self) -> Result<String> {
        let scratch = self.path("work/work");
        let unmount = self.describe_unmount(self.mounted()?.is_some());
        Ok(match scratch.symlink_metadata() {
            Ok(_) => format!("{unmount}rm -rf {}\n", scratch.display()),
            Err(_) => unmount,
        })
    }

    /// The command that unmounting stands for, if there is something to unmount.
    pub fn describe_unmount(&self, mounted: bool) -> String {
        if mounted { format!("umount {}\n", self.merged().display()) } else { String::new() }
    }
}
