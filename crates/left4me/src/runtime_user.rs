//! Acting as the runtime user.
//!
//! `left4me` owns everything below `LEFT4ME_ROOT` and may be hostile, so root does nothing there:
//! for such work the process takes the runtime user's effective ids, for one closure. A link planted
//! there then reaches no further than the runtime user could reach anyway. The real and saved uid
//! stay 0, so that user can neither signal nor trace the process meanwhile.

use crate::layout::RUNTIME_USER;
use crate::{Context, Error, Result, mountinfo, shell};
use nix::unistd::{Gid, Uid, geteuid, setegid, seteuid, setgid, setgroups, setuid};
use std::sync::Mutex;
use std::time::{Duration, Instant};

/// Uid and gid of the runtime user.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RuntimeUser {
    /// Numeric user id.
    pub uid: u32,
    /// Numeric primary group id.
    pub gid: u32,
}

// Effective ids belong to the whole process: two closures must not interleave. With it, when the mounts were
// looked at last.
static SWITCH: Mutex<Option<Instant>> = Mutex::new(None);
/// A look at the mounts is worth so long: inspecting a host takes a moment, and asks very often.
const RECENT: Duration = Duration::from_secs(1);

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
        let mut one_at_a_time = SWITCH.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if one_at_a_time.is_none_or(|looked| looked.elapsed() > RECENT) {
            self.refuse_own_mounts()?;
            *one_at_a_time = Some(Instant::now());
        }
        let back = BackToRoot;
        setgroups(&[])
            .and_then(|()| setegid(Gid::from_raw(self.gid)))
            .and_then(|()| seteuid(Uid::from_raw(self.uid)))
            .context(|| format!("cannot become uid {}", self.uid))?;
        let result = work();
        drop(back);
        result
    }

    /// An error when this user has mounted a file system that it serves itself, with FUSE: whoever looks there
    /// as this user waits for its answer, which may never come. Root is not let in.
    pub fn refuse_own_mounts(self) -> Result<()> {
        match mountinfo::fuse_mounts(self.uid)?.first() {
            None => Ok(()),
            Some(mount) => {
                let point = shell::quote(&mount.point);
                let what = "has mounted a file system of its own on";
                Err(Error::new(format!(
                    "{RUNTIME_USER} {what} {point}, which may hold up whoever looks there"
                ))
                .hint(format!("sudo umount {point}")))
            }
        }
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

#[cfg(test)]
mod tests {
    use super::*;
    use left4me_test_support::{alone, needs};
    use nix::unistd::{getegid, getgid, getgroups, getuid};

    const NOBODY: RuntimeUser = RuntimeUser { uid: 65534, gid: 65533 };

    /// Real and effective uid and gid, and how many other groups.
    fn ids() -> (u32, u32, u32, u32, usize) {
        let groups = getgroups().unwrap().iter().filter(|group| **group != getegid()).count();
        (getuid().as_raw(), geteuid().as_raw(), getgid().as_raw(), getegid().as_raw(), groups)
    }

    const ROOT: (u32, u32, u32, u32, usize) = (0, 0, 0, 0, 0);
    const RIGHTS: &str = "runtime_user::tests::rights_given_up";

    /// Ids are the whole process's, so each part has one.
    #[test]
    #[ignore = "needs root: tests/run.sh"]
    fn rights_given_up() {
        match alone::part().as_deref() {
            None => {
                needs::root();
                for part in ["act", "panic", "for ever"] {
                    let (code, _, stderr) = alone::run(RIGHTS, part);
                    assert_eq!(code, Some(10), "{part}: {stderr}");
                }
                return;
            }
            Some("act") => {
                setgroups(&[Gid::from_raw(7)]).unwrap();
                let inside = NOBODY.act(|| Ok(ids()));
                assert_eq!((inside, ids()), (Ok((0, 65534, 0, 65533, 0)), ROOT));
                let failed = NOBODY.act(|| Err::<(), _>(Error::new("no")));
                assert_eq!((failed.unwrap_err().message(), ids()), ("no", ROOT));
            }
            Some("panic") => {
                let panicked = std::panic::catch_unwind(|| NOBODY.act(|| -> Result<()> { panic!("no") }));
                assert!(panicked.is_err());
                assert_eq!(ids(), ROOT);
                assert_eq!(NOBODY.act(|| Ok(geteuid().as_raw())), Ok(65534));
            }
            Some(_) => {
                setgroups(&[Gid::from_raw(7)]).unwrap();
                NOBODY.become_forever().unwrap();
                assert_eq!(ids(), (65534, 65534, 65533, 65533, 0));
                assert!(seteuid(Uid::from_raw(0)).is_err() && setegid(Gid::from_raw(0)).is_err());
                // Who is nobody already works as such, and cannot become another.
                assert_eq!(NOBODY.act(|| Ok(7)), Ok(7));
                let other = RuntimeUser { uid: 65532, gid: 65532 };
                let refused = "cannot become uid 65532: EPERM: Operation not permitted";
                assert_eq!(other.become_forever().unwrap_err().message(), refused);
            }
        }
        std::process::exit(10);
    }
}
