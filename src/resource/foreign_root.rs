//! `LEFT4ME_ROOT` is given to the runtime user, and a purge deletes everything below it: no directory that already
//! holds somebody else's files may become it.

use left4me::host::{Host, Owner};
use left4me::layout::{DEFAULT_ROOT, Layout};
use left4me::{Context, Error, Result};
use std::fs::DirEntry;
use std::io::ErrorKind;
use std::os::unix::fs::MetadataExt;

/// Fails when the root holds files, is not the runtime user's and was never a root.
pub fn refuse(host: &Host) -> Result<()> {
    let root = host.layout.root();
    let path = host.path(root);
    let cannot_read = || format!("cannot read {}", root.display());
    // What is no directory is refused by whoever makes it one.
    let Ok(found) = std::fs::symlink_metadata(&path) else { return Ok(()) };
    let runtime_user = host.ids(Owner::Runtime)?;
    if !found.is_dir() || runtime_user.is_some_and(|(uid, _)| uid == found.uid()) {
        return Ok(());
    }
    let entries = match std::fs::read_dir(&path) {
        // An ordinary user cannot give it away either.
        Err(e) if e.kind() == ErrorKind::PermissionDenied && !host.can_own() => return Ok(()),
        entries => entries.context(cannot_read)?,
    };
    let mut has_files = false;
    for entry in entries {
        let entry = entry.context(cannot_read)?;
        if is_mark(&entry, host) {
            return Ok(());
        }
        has_files |= entry.file_name() != "lost+found";
    }
    if has_files { Err(error(&host.layout)) } else { Ok(()) }
}

/// A directory that every root has, of a name that is not in use elsewhere (`tmp`, `updates` and `.steam` are). By it
/// a root is known whose owner is another machine's, on a disk that was kept.
fn is_mark(entry: &DirEntry, host: &Host) -> bool {
    let (layout, game) = (&host.layout, host.game());
    let marks = [game.base().to_owned(), layout.overlays(), layout.instances(), layout.workshop_cache()];
    let name = entry.file_name();
    marks.iter().any(|mark| mark.file_name() == Some(&name))
        && entry.file_type().is_ok_and(|kind| kind.is_dir())
}

fn error(layout: &Layout) -> Error {
    let root = layout.root();
    let other = if root == Layout::default().root() { "/srv/left4me" } else { DEFAULT_ROOT };
    Error::new(format!("{} has files in it and is no left4me root", root.display()))
        .hint(format!("choose a new or an empty directory: sudo left4me-setup apply --root {other}"))
}
