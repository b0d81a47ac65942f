//! Locks on files, which the kernel lets go of when the process ends, however it ends.

use crate::{Context, Error, Result};
use rustix::fs::{Mode, OFlags};
use std::fs::{File, TryLockError};
use std::os::unix::fs::MetadataExt;
use std::path::Path;

/// Held until dropped.
#[derive(Debug)]
#[must_use]
pub struct Lock(File);

impl Lock {
    /// The lock on an opened file or directory, for its one holder; waits for it.
    pub fn exclusive(file: impl Into<File>) -> std::io::Result<Lock> {
        let file = file.into();
        file.lock()?;
        Ok(Lock(file))
    }

    /// The lock that any number may share; `None` while somebody has it alone.
    pub fn try_shared(file: impl Into<File>) -> std::io::Result<Option<Lock>> {
        let file = file.into();
        match file.try_lock_shared() {
            Ok(()) => Ok(Some(Lock(file))),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(cause)) => Err(cause),
        }
    }

    /// Held by the program that this one becomes, until that one ends.
    pub fn keep_over_exec(&self) -> Result<()> {
        rustix::io::fcntl_setfd(&self.0, rustix::io::FdFlags::empty())
            .context(|| "cannot keep the lock".into())
    }
}

impl Drop for Lock {
    /// Closing the file is not enough: a child between fork and exec has a copy of it.
    fn drop(&mut self) {
        let _ = self.0.unlock();
    }
}

/// Opens a lock file that is there; a link or a FIFO in its place leads nowhere and holds nobody up.
pub fn open(path: &Path) -> rustix::io::Result<File> {
    open_with(path, OFlags::empty())
}

fn open_with(path: &Path, more: OFlags) -> rustix::io::Result<File> {
    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC | more;
    rustix::fs::open(path, flags, Mode::from_raw_mode(0o600)).map(File::from)
}

/// Takes the lock at `path` alone; the file is made if it is absent. SteamCMD's lies in the runtime user's own tree:
/// that user can hold it up for ever, or take it away, but not lead us elsewhere, because it is opened as that user.
///
/// While another run holds it: waits, after saying so through `say`, or fails with its PID. Nothing is
/// written into the file: the kernel knows who holds it.
pub fn take(path: &Path, wait: bool, say: impl FnOnce(&str)) -> Result<Lock> {
    let opened = match open(path) {
        Err(rustix::io::Errno::NOENT) => open_with(path, OFlags::CREATE),
        opened => opened,
    };
    let file = opened
        .map_err(std::io::Error::from)
        .context(|| format!("cannot open the lock {}", path.display()))?;
    let failed = || format!("cannot lock {}", path.display());
    match file.try_lock() {
        Ok(()) => return Ok(Lock(file)),
        Err(TryLockError::WouldBlock) => {}
        Err(TryLockError::Error(cause)) => return Err(cause).context(failed),
    }
    let holder = holder(&file).map_or("PID unknown".into(), |pid| format!("PID {pid}"));
    if !wait {
        return Err(Error::new(format!("another run is at work ({holder})"))
            .hint("wait for it, or leave out --no-wait"));
    }
    say(&format!("waiting for another run ({holder}) to end"));
    Lock::exclusive(file).context(failed)
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
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn the_second_one_is_told_who_holds_it() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("lock");
        let first = take(&path, false, |_| ()).unwrap();
        let mode = std::fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o177, 0, "{mode:o}");
        let refused = take(&path, false, |_| ()).unwrap_err();
        let us = format!("PID {}", std::process::id());
        assert_eq!(refused.message(), format!("another run is at work ({us})"));
        // It lets go of it only when the other one has been told so.
        let mut first = Some(first);
        let mut told = String::new();
        let second = take(&path, true, |line| {
            told = line.to_owned();
            drop(first.take());
        });
        assert_eq!(told, format!("waiting for another run ({us}) to end"));
        drop(second.unwrap());
        let _again = take(&path, false, |_| panic!("nobody holds it")).unwrap();
    }

    #[test]
    fn shared_ones_keep_away_who_wants_it_alone() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("lock");
        assert_eq!(open(&path).unwrap_err(), rustix::io::Errno::NOENT);
        drop(take(&path, false, |_| ()).unwrap());
        let shared = || Lock::try_shared(open(&path).unwrap()).unwrap();
        let (first, second) = (shared(), shared());
        assert!(first.is_some() && second.is_some());
        assert!(take(&path, false, |_| ()).is_err());
        drop((first, second));
        let alone = Lock::exclusive(open(&path).unwrap()).unwrap();
        assert!(shared().is_none());
        drop(alone);
        assert!(shared().is_some());
    }

    #[test]
    fn a_link_or_a_fifo_is_no_lock() {
        let dir = tempfile::tempdir().unwrap();
        let (link, fifo) = (dir.path().join("link"), dir.path().join("fifo"));
        std::os::unix::fs::symlink(dir.path().join("victim"), &link).unwrap();
        assert_eq!(open(&link).unwrap_err(), rustix::io::Errno::LOOP);
        assert!(take(&link, false, |_| ()).is_err() && !dir.path().join("victim").exists());
        rustix::fs::mkfifoat(rustix::fs::CWD, &fifo, Mode::RWXU).unwrap();
        // Without a writer it would be waited for.
        assert!(open(&fifo).is_ok());
    }

    /// Between fork and exec a child of another thread has a copy of every descriptor.
    #[test]
    fn a_copy_of_its_descriptor_does_not_keep_it() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("lock");
        let lock = take(&path, false, |_| ()).unwrap();
        let copy = lock.0.try_clone().unwrap();
        drop(lock);
        let _again = take(&path, false, |_| ()).unwrap();
        drop(copy);
    }

    #[test]
    fn it_can_be_kept_over_exec() {
        let dir = tempfile::tempdir().unwrap();
        let lock = take(&dir.path().join("lock"), false, |_| ()).unwrap();
        let flags = || rustix::io::fcntl_getfd(&lock.0).unwrap();
        assert_eq!(flags(), rustix::io::FdFlags::CLOEXEC);
        lock.keep_over_exec().unwrap();
        assert_eq!(flags(), rustix::io::FdFlags::empty());
    }
}
