//! Taking an instance's mounts away, wherever below the root they are.

use crate::holders;
use crate::table::{self, Identity, Mount};
use crate::tree::Tree;
use left4me_setup::{Error, Result};
use rustix::io::Errno;
use rustix::mount::UnmountFlags;
use std::path::Path;
use std::time::{Duration, Instant};

/// How long unmounting waits for a process that is ending.
const PATIENCE: Duration = Duration::from_secs(2);

/// The instance's mounts below the root, the topmost last.
///
/// Not only the one on `merged`: a mount goes along when the runtime user renames a directory above it, or
/// `merged` itself in the instant of the mount.
pub fn mounts(tree: &Tree, identity: &Identity) -> Result<Vec<Mount>> {
    let root = tree.path("");
    let found = table::ours()?.into_iter();
    Ok(found.filter(|mount| identity.owns(mount) && Path::new(&mount.point).starts_with(&root)).collect())
}

/// Unmounts all of them; one that stays busy is an error that names who uses it.
pub fn all(tree: &Tree, identity: &Identity) -> Result<()> {
    let deadline = Instant::now() + PATIENCE;
    while let Some(mount) = mounts(tree, identity)?.pop() {
        match one(tree, &mount) {
            Ok(()) => {}
            // No event says that a mount is free or that a rename is over, so it is tried again. Never
            // lazily: the old file system would go on writing below the next one.
            Err(_) if Instant::now() < deadline => std::thread::sleep(Duration::from_millis(10)),
            Err(Errno::BUSY) => return Err(busy(&mount, identity)),
            Err(cause) => {
                return Err(Error::new(format!("cannot unmount {}: {cause}", mount.point.escape_debug())));
            }
        }
    }
    Ok(())
}

/// Unmounts by name, from the opened parent: a path could be replaced, and a descriptor of the mount itself
/// would keep it busy.
fn one(tree: &Tree, mount: &Mount) -> std::result::Result<(), Errno> {
    let below = Path::new(&mount.point).strip_prefix(tree.path("")).map_err(|_| Errno::INVAL)?;
    let name = below.file_name().and_then(|name| name.to_str()).ok_or(Errno::INVAL)?;
    let parent = tree.across(below.parent().unwrap_or(Path::new("")))?;
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
    let holders = holders::of(identity);
    let by = if holders.is_empty() { "something unknown".to_owned() } else { holders.join(", ") };
    Error::new(format!("cannot unmount {}: it is in use by {by}", mount.point.escape_debug()))
        .hint("end what uses it and try again")
}
