//! The lock on the game's layers: nobody may change them, or their list, while a start is about to mount them.

use left4me::layout::Layout;
use left4me::lock::{self, Lock};
use left4me::{Context, Error, Result};
use rustix::io::Errno;

/// Keeps the layers as they are until they are mounted; whoever changes them looks at the mounts. `None` where
/// nobody ever changed them.
pub fn take(layout: &Layout) -> Result<Option<Lock>> {
    let path = layout.game_lock();
    let file = match lock::open(&path) {
        Err(Errno::NOENT) => return Ok(None),
        opened => opened.context(|| format!("cannot open the lock {}", path.display()))?,
    };
    let shared = Lock::try_shared(file).context(|| format!("cannot lock {}", path.display()))?;
    shared.map(Some).ok_or_else(|| {
        Error::new("the game is being changed, and no server can start until that is done").hint(format!(
            "try again later; {} shows SteamCMD's progress",
            layout.logs().join("steamcmd.log").display()
        ))
    })
}
