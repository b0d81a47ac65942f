//! Mounts: what is mounted where, and whether it is ours.

use crate::tree::Tree;
use left4me::mountinfo;
pub use left4me::mountinfo::{Mount, ours, overlays, parse};
use left4me::name::InstanceName;
use left4me::{Context, Error, Result, printable};
use rustix::fs::{AtFlags, StatxAttributes, StatxFlags};
use rustix::io::Errno;
use std::os::fd::AsFd;
use std::path::Path;

/// How the mounts of one instance are recognised.
pub struct Identity {
    /// How the source of every mount of ours begins: `left4me:NAME:`.
    pub prefix: String,
    /// The absolute path of the instance's `upper`.
    pub upper: String,
}

impl Identity {
    /// That of the instance `name`.
    pub fn new(tree: &Tree, name: &InstanceName) -> Identity {
        let upper = tree.path(format!("runtime/{name}/upper")).to_string_lossy().into_owned();
        Identity { prefix: mountinfo::source_prefix(name), upper }
    }

    /// Whether it is this instance's file tree.
    pub fn owns(&self, mount: &Mount) -> bool {
        mount.kind == "overlay" && (mount.source.starts_with(&self.prefix) || self.is_predecessors(mount))
    }

    /// On a host that is taken over, the predecessor's mount outlives its helper.
    fn is_predecessors(&self, mount: &Mount) -> bool {
        let upper = |option: &str| option.strip_prefix("upperdir=") == Some(&self.upper);
        mount.source == "overlay" && mount.options.split(',').any(upper)
    }
}

/// A path for a message: whoever chose it must not steer a terminal.
pub fn shown(path: &Path) -> String {
    printable::path(path).into_owned()
}

/// The number of the mount whose root is `name` in `directory`; `None` where nothing is mounted.
///
/// It opens nothing, because an open descriptor would keep the mount busy, and follows no link.
pub fn id_at(directory: impl AsFd, name: impl rustix::path::Arg) -> std::result::Result<Option<u64>, Errno> {
    let flags = AtFlags::SYMLINK_NOFOLLOW | AtFlags::NO_AUTOMOUNT;
    match rustix::fs::statx(directory, name, flags, StatxFlags::MNT_ID) {
        Ok(found) => {
            Ok(found.stx_attributes.contains(StatxAttributes::MOUNT_ROOT).then_some(found.stx_mnt_id))
        }
        Err(Errno::NOENT) => Ok(None),
        Err(cause) => Err(cause),
    }
}

/// The topmost mount on `name` in `directory`, if there is one.
pub fn at(directory: impl AsFd, name: &str) -> Result<Option<Mount>> {
    let Some(id) = id_at(directory, name).context(|| format!("cannot examine {name}"))? else {
        return Ok(None);
    };
    let found = mountinfo::with_id(id)?;
    found.map(Some).ok_or_else(|| Error::new(format!("mount {id} on {name} is not in /proc/self/mountinfo")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ours_and_others() {
        let identity = Identity { prefix: "left4me:a:".to_owned(), upper: "/r/runtime/a/upper".to_owned() };
        for (tail, owned) in [
            ("overlay left4me:a:00ff rw", true),
            ("overlay left4me:aa:00ff rw", false),
            ("tmpfs left4me:a:00ff rw", false),
            ("overlay overlay rw,lowerdir=/x,upperdir=/r/runtime/a/upper,workdir=/r/runtime/a/work", true),
            ("overlay overlay rw,lowerdir=/x,upperdir=/r/runtime/b/upper,workdir=/r/runtime/b/work", false),
            ("overlay overlay rw,lowerdir=/x", false),
        ] {
            let line = format!("7 6 0:5 / /r/runtime/a/merged rw - {tail}\n");
            assert_eq!(identity.owns(&parse(line.as_bytes())[0]), owned, "{tail}");
        }
    }
}
