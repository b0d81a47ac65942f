//! What keeps others from the game, and from SteamCMD.

use left4me::Result;
use left4me::host::Host;
use left4me::lock;
use left4me::report::Reporter;

/// Nobody mounts the game's layers, or changes them, until this is dropped.
pub fn lock_game(host: &Host, reporter: &dyn Reporter, wait: bool) -> Result<lock::Lock> {
    host.as_runtime_user(|| {
        lock::take(&host.path(&host.layout.game_lock()), wait, |line| reporter.note(line))
    })
}

/// SteamCMD shares its caches and manifests between runs, so there is one at a time.
pub fn lock_steam(host: &Host, reporter: &dyn Reporter, wait: bool) -> Result<lock::Lock> {
    host.as_runtime_user(|| {
        lock::take(&host.path(&host.layout.steamcmd_lock()), wait, |line| reporter.note(line))
    })
}
