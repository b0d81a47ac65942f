//! Taking an instance's mounts away, wherever they are.

use crate::holders;
use crate::table::{self, Identity, Mount};
use left4me::{Error, Result, beneath};
use rustix::io::Errno;
use rustix::mount::UnmountFlags;
use std::time::{Duration, Instant};

/// How long unmounting waits for a process that is ending.
const PATIENCE: Duration = Duration::from_secs(2);

/// The instance's mounts, wherever they are, the topmost last.
///
/// Not only the one on `merged`, nor only below the root: a mount goes along when the runtime user renames a
/// directory above it, to any place that it may write to. Left there, they would pile up.
pub fn mounts(identity: &Identity) -> Result<Vec<Mount>> {
    Ok(table::overlays()?.into_iter().filter(|mount| identity.owns(mount)).collect())
}

/// Unmounts all of them; one that stays busy is an error that names who uses it.
pub fn unmount(identity: &Identity) -> Result<()> {
    let deadline = Instant::now() + PATIENCE;
    let mut found = mounts(identity)?;
    while let Some(mount) = found.pop() {
        match one(&mount) {
            Ok(()) => {}
            // No event says that a mount is free or that a rename is over, so it is tried again. Never
            // lazily: the old file system would go on writing below the next one.
            Err(_) if Instant::now() < deadline => {
                std::thread::sleep(Duration::from_millis(10));
                found = mounts(identity)?;
            }
            Err(Errno::BUSY) => return Err(busy(&mount, identity)),
            Err(cause) => {
                return Err(Error::new(format!("cannot unmount {}: {cause}", table::shown(&mount.point))));
            }
        }
    }
    Ok(())
}

/// Unmounts by name, from the opened parent: a path could be replaced, and a descriptor of the mount itself
/// would keep it busy.
fn one(mount: &Mount) -> std::result::Result<(), Errno> {
    let name = mount.point.file_name().ok_or(Errno::INVAL)?;
    let parent = beneath::open_absolute(mount.point.parent().ok_or(Errno::INVAL)?)?;
    match table::id_at(&parent, name)? {
        Some(id) if id == mount.id => {}
        // Something else lies on top of it.
        Some(_) => return Err(Errno::BUSY),
        None => return Err(Errno::NOENT),
    }
    rustix::process::fchdir(&parent)?;
    rustix::mount::unmount(name, UnmountFlags::NOFOLLOW)
}

fn busy(mount: &Mount, identity: &Identity) -> Error {
    let holders = holders::find(identity);
    let by = if holders.is_empty() { "something unknown".to_owned() } else { holders.join(", ") };
    Error::new(format!("cannot unmount {}: it is in use by {by}", table::shown(&mount.point)))
        .hint("end what uses it and try again")
}
