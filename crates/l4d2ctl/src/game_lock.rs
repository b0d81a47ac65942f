//! The lock on the game: SteamCMD may not change the layers of a mount, and a start is about to mount them.

use left4me::layout::Layout;
use left4me::lock::{self, Lock};
use left4me::{Context, Error, Result};
use rustix::io::Errno;

/// Keeps SteamCMD from the game until the trees are mounted; from then on it looks at the mounts itself. `None`
/// where SteamCMD never ran.
pub fn take(layout: &Layout) -> Result<Option<Lock>> {
    let path = layout.steamcmd_lock();
    let file = match lock::open(&path) {
        Err(Errno::NOENT) => return Ok(None),
        opened => opened.context(|| format!("cannot open the lock {}", path.display()))?,
    };
    let shared = Lock::try_shared(file).context(|| format!("cannot lock {}", path.display()))?;
    shared.map(Some).ok_or_else(|| {
        Error::new("SteamCMD is changing the game, and no server can start until it is done").hint(format!(
            "try again later; {} shows its progress",
            layout.logs().join("steamcmd.log").display()
        ))
    })
}
