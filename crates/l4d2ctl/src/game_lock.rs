//! The lock on the game: SteamCMD may not change the layers of a mount, and a start is about to mount them.

use left4me::layout::Layout;
use left4me::{Context, Error, Result};
use rustix::fs::{FlockOperation, Mode, OFlags};
use rustix::io::Errno;
use std::os::fd::OwnedFd;

/// Held until dropped.
#[must_use]
pub struct GameLock {
    // Absent where SteamCMD never ran.
    _file: Option<OwnedFd>,
}

/// Keeps SteamCMD from the game until the trees are mounted; from then on it looks at the mounts itself.
pub fn take(layout: &Layout) -> Result<GameLock> {
    let path = layout.steamcmd_lock();
    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
    let file = match rustix::fs::open(&path, flags, Mode::empty()) {
        Err(Errno::NOENT) => return Ok(GameLock { _file: None }),
        opened => opened.context(|| format!("cannot open the lock {}", path.display()))?,
    };
    match rustix::fs::flock(&file, FlockOperation::NonBlockingLockShared) {
        Ok(()) => Ok(GameLock { _file: Some(file) }),
        Err(Errno::WOULDBLOCK) => Err(Error::new(
            "SteamCMD is at work on the game, which no server may use meanwhile",
        )
        .hint(format!(
            "start it when that is done; {} shows how far it is",
            layout.logs().join("steamcmd.log").display()
        ))),
        Err(cause) => Err(cause).context(|| format!("cannot lock {}", path.display())),
    }
}
