//! Who owns an instance's files. After root has unpacked a backup, for example, root does, and nothing works.

use left4me::layout::{Layout, RUNTIME_USER};
use left4me::name::InstanceName;
use left4me::{Error, Result, mountinfo, shell};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

/// An error if a file that a start needs belongs to another user.
pub fn require_runtime_user(layout: &Layout, name: &InstanceName) -> Result<()> {
    let foreign = foreign(layout, name);
    let Some((first, uid)) = foreign.first() else { return Ok(()) };
    let prefix = mountinfo::source_prefix(name);
    if mountinfo::overlays()?.iter().any(|mount| mount.source.starts_with(&prefix)) {
        // It is still running, and chown in a mounted tree would copy up the whole game.
        return Ok(());
    }
    let owner = if *uid == 0 { "root".to_owned() } else { format!("user {uid}") };
    let more = if foreign.len() > 1 { " (and more)" } else { "" };
    let paths: Vec<&Path> = foreign.iter().map(|(path, _)| path.as_path()).collect();
    Err(Error::new(format!("{}{more} belongs to {owner}, not to {RUNTIME_USER}", first.display()))
        .hint(remedy(layout, &paths)))
}

/// A command that gives these files back to the runtime user.
///
/// Root will type it in a tree whose owner may be hostile, so it follows no link, neither on the way there nor below.
/// Debian's kernel settings let nobody make a hard link to another user's file; `doctor` checks those settings.
pub fn remedy(layout: &Layout, paths: &[&Path]) -> String {
    shell::chown_command(&format!("{RUNTIME_USER}:{RUNTIME_USER}"), layout.root(), paths)
}

/// The outermost files that are not ours, with their owners.
fn foreign(layout: &Layout, name: &InstanceName) -> Vec<(PathBuf, u32)> {
    let us = rustix::process::geteuid().as_raw();
    let (instance, runtime) = (layout.instance(name), layout.runtime(name));
    let mut paths = vec![instance.clone(), runtime.clone()];
    paths.extend(
        ["instance.env", "server.cfg", "aliases", "staged", "spec.yaml"].map(|file| instance.join(file)),
    );
    paths.extend(
        ["upper", "work", "merged", "upper/left4dead2", "upper/left4dead2/cfg"]
            .map(|path| runtime.join(path)),
    );
    let mut found: Vec<(PathBuf, u32)> = Vec::new();
    for path in paths {
        // What cannot be examined is below a directory that was found already.
        let Ok(meta) = path.symlink_metadata() else { continue };
        if meta.uid() != us && !found.iter().any(|(outer, _)| path.starts_with(outer)) {
            found.push((path, meta.uid()));
        }
    }
    found
}
