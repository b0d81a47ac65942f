//! One run at a time.

use crate::host::Host;
use crate::{Context, Error, Result};
use nix::fcntl::{Flock, FlockArg};
use rustix::fs::{Mode, OFlags};
use std::fs::File;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

/// Held until dropped; the kernel lets go of it when the process ends, however it ends.
#[derive(Debug)]
#[must_use]
pub struct Lock(Flock<File>);

impl Lock {
    /// Held by the program that this one becomes, until that one ends.
    pub fn keep_over_exec(&self) -> Result<()> {
        rustix::io::fcntl_setfd(&*self.0, rustix::io::FdFlags::empty())
            .context(|| "cannot keep the lock".into())
    }
}

/// Root's own directory: in /run/lock, which anyone may write, another user could hold us up.
const LOCK: &str = "/run/left4me-setup.lock";

/// Takes the host's lock.
pub fn take_host(host: &Host, wait: bool, say: impl FnOnce(&str)) -> Result<Lock> {
    let path = host.path(Path::new(LOCK));
    if let Some(parent) = path.parent().filter(|parent| !host.is_running() && !parent.is_dir()) {
        std::fs::create_dir_all(parent).context(|| "cannot make /run in the sysroot".into())?;
    }
    take(&path, wait, say)
}

/// Takes the lock at `path`. SteamCMD's lies in the runtime user's own tree: that user can hold it up for
/// ever, or take it away, but not lead us elsewhere, because it is opened as that user.
///
/// When another run holds it: waits, after saying so through `say`, or fails with its PID. Nothing is
/// written into the file: the kernel knows who holds it.
pub fn take(path: &Path, wait: bool, say: impl FnOnce(&str)) -> Result<Lock> {
    let file = open(path).context(|| format!("cannot open the lock {}", path.display()))?;
    let file = match Flock::lock(file, FlockArg::LockExclusiveNonblock) {
        Ok(lock) => return Ok(Lock(lock)),
        Err((file, nix::Error::EWOULDBLOCK)) => file,
        Err((_, e)) => return Err(e).context(|| format!("cannot lock {}", path.display())),
    };
    let holder = holder(&file).map_or("PID unknown".into(), |pid| format!("PID {pid}"));
    if !wait {
        return Err(Error::new(format!("another run is at work ({holder})"))
            .hint("wait for it, or leave out --no-wait"));
    }
    say(&format!("waiting for another run ({holder}) to end"));
    let lock = Flock::lock(file, FlockArg::LockExclusive)
        .map_err(|(_, e)| e)
        .context(|| format!("cannot lock {}", path.display()))?;
    Ok(Lock(lock))
}

fn open(path: &Path) -> std::io::Result<File> {
    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::CLOEXEC | OFlags::NONBLOCK;
    match rustix::fs::open(path, flags, Mode::empty()) {
        Err(rustix::io::Errno::NOENT) => {
            Ok(rustix::fs::open(path, flags | OFlags::CREATE, Mode::from_raw_mode(0o600))?.into())
        }
        result => Ok(result?.into()),
    }
}

/// `1: FLOCK  ADVISORY  WRITE 1234 fe:01:5678 0 EOF` in /proc/locks: PID, device and inode.
fn holder(file: &File) -> Option<u32> {
    let inode = format!(":{}", file.metadata().ok()?.ino());
    let locks = std::fs::read_to_string("/proc/locks").ok()?;
    locks.lines().find_map(|line| {
        let mut words = line.split_whitespace().skip_while(|w| *w != "WRITE").skip(1);
        let pid = words.next()?.parse().ok()?;
        words.next()?.ends_with(&inode).then_some(pid)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_second_one_is_told_who_holds_it() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("lock");
        let first = take(&path, false, |_| ()).unwrap();
        let refused = take(&path, false, |_| ()).unwrap_err();
        assert_eq!(refused.message(), format!("another run is at work (PID {})", std::process::id()));
        drop(first);
        let _again = take(&path, false, |_| panic!("nobody holds it")).unwrap();
    }
}
