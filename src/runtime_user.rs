//! Acting as the runtime user.
//!
//! `left4me` owns everything below `LEFT4ME_ROOT` and may be hostile, so root does nothing there:
//! for such work the process takes the runtime user's effective ids, for one closure. A link planted
//! there then reaches no further than the runtime user could reach anyway. The real and saved uid
//! stay 0, so that user can neither signal nor trace the process meanwhile.

use crate::{Context, Error, Result};
use nix::unistd::{Gid, Uid, geteuid, setegid, seteuid, setgid, setgroups, setuid};
use std::sync::Mutex;

/// Uid and gid of the runtime user.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RuntimeUser {
    /// Numeric user id.
    pub uid: u32,
    /// Numeric primary group id.
    pub gid: u32,
}

// Effective ids belong to the whole process: two closures must not interleave.
static SWITCH: Mutex<()> = Mutex::new(());

/// Gives root its ids back, also when the closure panics.
struct BackToRoot;

impl Drop for BackToRoot {
    fn drop(&mut self) {
        let root = Uid::from_raw(0);
        if seteuid(root).and_then(|()| setegid(Gid::from_raw(0))).and_then(|()| setgroups(&[])).is_err() {
            // Going on with the wrong ids would be worse than stopping.
            std::process::abort();
        }
    }
}

impl RuntimeUser {
    /// Runs `work` with this user's effective ids and no other groups.
    ///
    /// Without root (a `--sysroot` build by an ordinary user) `work` runs as the caller.
    pub fn act<T>(self, work: impl FnOnce() -> Result<T>) -> Result<T> {
        if !geteuid().is_root() {
            return work();
        }
        let _one_at_a_time = SWITCH.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let back = BackToRoot;
        setgroups(&[])
            .and_then(|()| setegid(Gid::from_raw(self.gid)))
            .and_then(|()| seteuid(Uid::from_raw(self.uid)))
            .context(|| format!("cannot become uid {}", self.uid))?;
        let result = work();
        drop(back);
        result
    }

    /// Becomes this user for good: real, effective and saved ids, no other groups.
    pub fn become_forever(self) -> Result<()> {
        setgroups(&[])
            .and_then(|()| setgid(Gid::from_raw(self.gid)))
            .and_then(|()| setuid(Uid::from_raw(self.uid)))
            .context(|| format!("cannot become uid {}", self.uid))?;
        if seteuid(Uid::from_raw(0)).is_ok() && self.uid != 0 {
            return Err(Error::new("giving up root did not hold"));
        }
        Ok(())
    }
}
