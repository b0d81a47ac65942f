//! The two verbs.

use crate::holders;
use crate::layers::{self, Layers};
use crate::table::{self, Mount};
use crate::tree::{self, Tree};
use left4me_setup::layout::Layout;
use left4me_setup::name::InstanceName;
use left4me_setup::{Context, Error, Result};
use rustix::fs::StatVfsMountFlags;
use rustix::io::Errno;
use rustix::mount::{MountFlags, UnmountFlags};
use std::ffi::CString;
use std::fmt::Display;
use std::os::fd::{AsRawFd, OwnedFd};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// Said in full because a kernel's defaults may differ. Off: what binds an upper layer to one set of
/// lower ones, and what would let file attributes in a layer point elsewhere; xino would give inode
/// numbers above 2^32, which a 32-bit engine cannot read.
const OPTIONS: &str = "index=off,metacopy=off,redirect_dir=nofollow,xino=off";
/// mount(2) reads one page and silently cuts what is longer.
const LONGEST_DATA: usize = 4095;
/// How long unmounting waits for a process that is ending.
const PATIENCE: Duration = Duration::from_secs(2);

/// Mounts the instance's tree; with `print`, returns what would be done instead.
pub fn mount(layout: &Layout, name: &InstanceName, print: bool) -> Result<String> {
    let Some(tree) = Tree::open(layout)? else {
        return Err(tree::refusal(layout.root(), Errno::NOENT).hint("sudo left4me-setup apply makes it"));
    };
    let layers = Layers::read(&tree, name)?;
    let Some(runtime) = Runtime::open(&tree, name)? else {
        return Err(tree::refusal(&layout.runtime(name), Errno::NOENT)
            .hint(format!("sudo l4d2ctl initialize {name} -f SPEC makes it")));
    };
    let source = layers.source(name);
    let mounted = runtime.mounted()?;
    // A mount that a killed helper did not examine any more may be read-only.
    if mounted.as_ref().is_some_and(|mount| mount.source == source) && !runtime.is_read_only()? {
        let text = format!("# {} is mounted with these layers: nothing to do\n", runtime.merged().display());
        return Ok(if print { text } else { String::new() });
    }
    let lower = layers.open(&tree)?;
    let (upper, work) = (runtime.own("upper")?, runtime.own("work")?);
    if print {
        let merged = if mounted.is_none() { Some(runtime.own("merged")?) } else { None };
        let data = data(
            &layers.paths(&tree).iter().collect::<Vec<_>>(),
            &runtime.path("upper").display(),
            &runtime.path("work").display(),
        );
        drop(merged);
        return Ok(runtime.describe_unmount(mounted.is_some())
            + &format!(
                "mount -t overlay {source} -o nosuid,nodev,{} {}\n",
                quote(&data),
                runtime.merged().display()
            ));
    }
    runtime.unmount()?;
    runtime.attach(&source, &lower, &upper, &work)?;
    Ok(String::new())
}

/// Unmounts the instance's tree, every mount of it, and removes the kernel's scratch; with `print`, returns
/// what would be done instead.
pub fn umount(layout: &Layout, name: &InstanceName, print: bool) -> Result<String> {
    let Some(tree) = Tree::open(layout)? else { return Ok(String::new()) };
    let Some(runtime) = Runtime::open(&tree, name)? else { return Ok(String::new()) };
    if print {
        let mounted = runtime.mounted()?.is_some();
        let scratch = runtime.path("work/work");
        let remove = format!("rm -rf {}\n", scratch.display());
        return Ok(
            runtime.describe_unmount(mounted) + if scratch.symlink_metadata().is_ok() { &remove } else { "" }
        );
    }
    runtime.unmount()?;
    runtime.remove_scratch()?;
    Ok(String::new())
}

/// `runtime/NAME`, opened.
struct Runtime<'t> {
    tree: &'t Tree,
    directory: OwnedFd,
    relative: PathBuf,
    prefix: String,
}

impl<'t> Runtime<'t> {
    /// `None` when it does not exist.
    fn open(tree: &'t Tree, name: &InstanceName) -> Result<Option<Runtime<'t>>> {
        let relative = Path::new("runtime").join(name.as_str());
        match tree.anchor("runtime").and_then(|all| tree::inside(all, name.as_str())) {
            Ok(directory) => Ok(Some(Runtime { tree, directory, relative, prefix: layers::prefix(name) })),
            Err(Errno::NOENT) => Ok(None),
            Err(cause) => Err(tree::refusal(&tree.path(relative), cause)),
        }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.tree.path(self.relative.join(name))
    }

    fn merged(&self) -> PathBuf {
        self.path("merged")
    }

    /// Opens `upper`, `work` or `merged`: a directory of the runtime user's, on the same mount as the others.
    fn own(&self, name: &str) -> Result<OwnedFd> {
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
    fn mounted(&self) -> Result<Option<Mount>> {
        match table::at(&self.directory, "merged")? {
            Some(mount) if !mount.is_ours(&self.prefix) => Err(Error::new(format!(
                "{} is a mount point of something else ({} from {}), which is left alone",
                self.merged().display(),
                mount.kind.escape_debug(),
                mount.source.escape_debug()
            ))
            .hint(format!("sudo umount {}", self.merged().display()))),
            found => Ok(found),
        }
    }

    fn is_read_only(&self) -> Result<bool> {
        let failed = || format!("cannot examine {}", self.merged().display());
        let root = tree::mounted_on(&self.directory, "merged").context(failed)?;
        Ok(rustix::fs::fstatvfs(root).context(failed)?.f_flag.contains(StatVfsMountFlags::RDONLY))
    }

    /// Mounts, and takes it back when the result is not what was asked for.
    fn attach(&self, source: &str, lower: &[OwnedFd], upper: &OwnedFd, work: &OwnedFd) -> Result<()> {
        let target = self.own("merged")?;
        let number = |fd: &OwnedFd| fd.as_raw_fd();
        let data = data(&lower.iter().map(number).collect::<Vec<_>>(), &number(upper), &number(work));
        if data.len() > LONGEST_DATA {
            return Err(Error::new(format!(
                "the layers need {} bytes of mount data (at most {LONGEST_DATA})",
                data.len()
            )));
        }
        let data = CString::new(data).context(|| "cannot write the mount data".to_owned())?;
        // The names in the data are descriptor numbers, and this is the directory they are names in.
        rustix::process::chdir("/proc/self/fd").context(|| "cannot enter /proc/self/fd".to_owned())?;
        let flags = MountFlags::NOSUID | MountFlags::NODEV;
        rustix::mount::mount(source, number(&target).to_string(), "overlay", flags, data.as_c_str())
            .map_err(|cause| self.refused(cause))?;
        drop(target);
        let result = self.examine(source);
        if result.is_err() {
            self.withdraw(source);
        }
        result
    }

    fn refused(&self, cause: Errno) -> Error {
        let error = Error::new(format!("cannot mount {}: {cause}", self.merged().display()));
        match cause {
            Errno::NODEV => error.hint("the kernel has no overlayfs: sudo modprobe overlay"),
            Errno::LOOP => error.hint("one layer is given twice or lies inside another"),
            _ => error.hint("sudo dmesg | grep overlayfs shows the kernel's reason"),
        }
    }

    /// The mount must be where it was asked for, and writable.
    fn examine(&self, source: &str) -> Result<()> {
        if self.mounted()?.is_none_or(|mount| mount.source != source) {
            return Err(Error::new(format!("{} was replaced while it was mounted", self.merged().display())));
        }
        if self.is_read_only()? {
            return Err(Error::new(format!(
                "the kernel mounts {} read-only because it cannot empty {}",
                self.merged().display(),
                self.path("work/work").display()
            ))
            .hint(format!(
                "sudo l4d2ctl reset {} empties it",
                self.relative.file_name().unwrap_or_default().display()
            )));
        }
        Ok(())
    }

    /// Removes the mount just made, also where a rename carried it meanwhile. Best effort: an error is
    /// being told already.
    fn withdraw(&self, source: &str) {
        let _ = self.unmount();
        // The mount follows the directory that was opened, and its owner may rename that again and again.
        for _ in 0..10 {
            let strays = table::ours().unwrap_or_default().into_iter().filter(|mount| mount.source == source);
            if strays.map(|stray| self.remove_stray(&stray)).all(|removed| removed.is_some()) {
                return;
            }
        }
    }

    /// `None` when it was not where the table says any more. One outside the root is not looked at.
    fn remove_stray(&self, stray: &Mount) -> Option<()> {
        let Ok(below) = Path::new(&stray.point).strip_prefix(self.tree.path("")) else { return Some(()) };
        let (parent, name) = (below.parent()?, below.file_name()?.to_str()?);
        let parent = self.tree.across(parent).ok()?;
        if table::id_at(&parent, name).ok()? != Some(stray.id) {
            return None;
        }
        rustix::process::fchdir(&parent).ok()?;
        rustix::mount::unmount(name, UnmountFlags::NOFOLLOW).ok()
    }

    /// Unmounts everything of ours from `merged`; what is not ours is an error.
    fn unmount(&self) -> Result<()> {
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
        let holders = holders::of(&self.prefix);
        let by = if holders.is_empty() { "something unknown".to_owned() } else { holders.join(", ") };
        Error::new(format!("cannot unmount {}: it is in use by {by}", self.merged().display()))
            .hint("end what uses it and try again")
    }

    /// The kernel leaves `work/work` behind, of root and with mode 0000, which the runtime user cannot remove.
    fn remove_scratch(&self) -> Result<()> {
        let work = match tree::inside(&self.directory, "work") {
            Ok(work) => work,
            Err(Errno::NOENT) => return Ok(()),
            Err(cause) => return Err(tree::refusal(&self.path("work"), cause)),
        };
        tree::remove(work, "work").context(|| format!("cannot remove {}", self.path("work/work").display()))
    }

    fn describe_unmount(&self, mounted: bool) -> String {
        if mounted { format!("umount {}\n", self.merged().display()) } else { String::new() }
    }
}

fn data<L: Display>(lower: &[L], upper: &impl Display, work: &impl Display) -> String {
    let lower = lower.iter().map(ToString::to_string).collect::<Vec<_>>().join(":");
    format!("lowerdir={lower},upperdir={upper},workdir={work},{OPTIONS}")
}

/// For a shell.
fn quote(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "/.,:=_-@+".contains(c);
    if text.chars().all(plain) { text.to_owned() } else { format!("'{}'", text.replace('\'', "'\\''")) }
}
