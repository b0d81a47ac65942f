//! Mounting an overlay of opened directories, so that nobody can put others in their places meanwhile.

use crate::remove::{self, Bounds};
use crate::{Context, Error, Result, beneath};
use nix::sched::{CloneFlags, unshare};
use rustix::io::Errno;
use rustix::mount::{MountFlags, MountPropagationFlags, mount_change};
use std::ffi::{CString, OsStr};
use std::fmt::Display;
use std::os::fd::{AsRawFd, OwnedFd};
use std::path::Path;

/// Said in full because a kernel's defaults may differ. Off: what binds an upper layer to one set of
/// lower ones, and what would let file attributes in a layer point elsewhere; xino would give inode
/// numbers above 2^32, which a 32-bit engine cannot read.
const OPTIONS: &str = "index=off,metacopy=off,redirect_dir=nofollow,xino=off";
/// mount(2) reads one page and silently cuts what is longer.
const LONGEST_DATA: usize = 4095;
/// Deeper and larger scratch than the kernel ever makes was planted, and its owner can remove it. Somebody who went on
/// planting would otherwise keep us from ever letting go of the lock.
const MOST: Bounds = Bounds { depth: 128, entries: 100_000 };

/// The mount data with directories named by their descriptors' numbers; without `upper` and `work` for reading alone.
pub fn numbers(lower: &[OwnedFd], own: Option<(&OwnedFd, &OwnedFd)>) -> Result<String> {
    let lower: Vec<_> = lower.iter().map(AsRawFd::as_raw_fd).collect();
    let own = own.map(|(upper, work)| (upper.as_raw_fd(), work.as_raw_fd()));
    let data = data(&lower, own);
    if data.len() > LONGEST_DATA {
        return Err(Error::new(format!(
            "the layers need {} bytes of mount data (at most {LONGEST_DATA})",
            data.len()
        )));
    }
    Ok(data)
}

/// The mount data with directories named in some way.
pub fn data<L: Display, O: Display>(lower: &[L], own: Option<(O, O)>) -> String {
    let lower = lower.iter().map(ToString::to_string).collect::<Vec<_>>().join(":");
    let own = own.map_or(String::new(), |(upper, work)| format!("upperdir={upper},workdir={work},"));
    format!("lowerdir={lower},{own}{OPTIONS}")
}

/// Mounts on an opened directory, `nosuid,nodev` and with these flags. `numbers` must be of descriptors that are open
/// in this process, whose working directory is another one afterwards.
pub fn attach(source: &str, numbers: &str, target: &OwnedFd, more: MountFlags) -> rustix::io::Result<()> {
    let data = CString::new(numbers).map_err(|_| Errno::INVAL)?;
    // The names in the data are descriptor numbers, and this is the directory they are names in.
    rustix::process::chdir("/proc/self/fd")?;
    let flags = MountFlags::NOSUID | MountFlags::NODEV | more;
    rustix::mount::mount(source, target.as_raw_fd().to_string(), "overlay", flags, data.as_c_str())
}

/// Moves this thread, and those that it starts, into a mount namespace of their own. Mounts and unmounts of the host
/// still reach it, because a copy of an instance's mount that stayed there would keep its layers busy; its own do not
/// reach the host.
pub fn leave_namespace() -> Result<()> {
    let failed = || "cannot leave the host's mount namespace".to_owned();
    unshare(CloneFlags::CLONE_NEWNS).context(failed)?;
    mount_change("/", MountPropagationFlags::DOWNSTREAM | MountPropagationFlags::REC).context(failed)
}

/// What a refused mount on `point` comes to.
pub fn refused(point: &Path, cause: Errno) -> Error {
    let error = Error::new(format!("cannot mount {}: {cause}", point.display()));
    match cause {
        Errno::NODEV => error.hint("the kernel has no overlayfs: sudo modprobe overlay"),
        Errno::LOOP => error.hint("one layer is given twice or lies inside another"),
        _ => error.hint("sudo dmesg | grep overlayfs shows the kernel's reason"),
    }
}

/// The kernel leaves `work/work` behind, of root and with mode 0000, which the runtime user cannot remove. `shown` is
/// the path of `work`.
pub fn remove_scratch(work: &OwnedFd, shown: &Path) -> Result<()> {
    match beneath::directory(work, "work") {
        // Then it is not the kernel's.
        Err(Errno::NOENT | Errno::NOTDIR) => Ok(()),
        _ => remove::entry(work, OsStr::new("work"), &shown.join("work"), MOST),
    }
}
