//! Puts a finished directory in the place of another one.

use left4me::{Context, Error, Result, atomic, remove};
use rustix::fs::{CWD, Mode, OFlags, RenameFlags};
use std::path::Path;

/// Makes a new tree at a name beside `target` and, if `fill` succeeds, puts it in `target`'s place: leaves
/// either the whole new tree or the old state. With the new tree in place, returns why the old one could
/// not be removed, if so.
pub fn replace_tree<E: From<Error>>(
    target: &Path,
    fill: impl FnOnce(&Path) -> Result<(), E>,
) -> Result<Option<Error>, E> {
    let new = atomic::staging_path(target);
    remove_tree(&new)?;
    let result = fill(&new).and_then(|()| Ok(swap_in(&new, target)?));
    // After a swap this name holds the old tree; after a failure, the partial one.
    let removed = remove_tree(&new);
    result.map(|()| removed.err())
}

fn remove_tree(path: &Path) -> Result<()> {
    remove::tree(path).map_err(|e| {
        Error::new(format!("cannot remove {}: {e}", path.display()))
            .hint(format!("sudo find {} ! -user left4me lists what is another's", path.display()))
    })
}

/// In one step: by rename, or by exchange with what is there.
pub(crate) fn swap_in(new: &Path, target: &Path) -> Result<()> {
    let flags = match std::fs::symlink_metadata(target) {
        Ok(_) => RenameFlags::EXCHANGE,
        Err(_) => RenameFlags::NOREPLACE,
    };
    // Only a directory: whoever puts a FIFO in its place would have us wait for ever.
    rustix::fs::open(new, OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC, Mode::empty())
        .and_then(rustix::fs::syncfs)
        .and_then(|()| rustix::fs::renameat_with(CWD, new, CWD, target, flags))
        .context(|| format!("cannot put {} in place", target.display()))?;
    atomic::sync_parent(target)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::{Duration, Instant};

    /// It would be waited for a writer for ever.
    #[test]
    fn a_fifo_in_the_place_of_the_new_tree_is_refused_at_once() {
        let dir = tempfile::tempdir().unwrap();
        let start = Instant::now();
        let replaced = replace_tree(&dir.path().join("steam"), |new| -> Result<()> {
            rustix::fs::mkfifoat(rustix::fs::CWD, new, rustix::fs::Mode::RWXU).unwrap();
            Ok(())
        });
        replaced.unwrap_err();
        assert!(start.elapsed() < Duration::from_secs(10));
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 0);
    }
}
