//! Whose an instance's files are. After root has unpacked a backup, say, they are root's, and nothing works.

use left4me::layout::{Layout, RUNTIME_USER};
use left4me::name::InstanceName;
use left4me::{Error, Result, mountinfo, shell};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

/// An error when something that a start needs belongs to somebody else.
pub fn require_runtime_user(layout: &Layout, name: &InstanceName) -> Result<()> {
    let foreign = foreign(layout, name);
    let Some((first, uid)) = foreign.first() else { return Ok(()) };
    let prefix = mountinfo::source_prefix(name);
    if mountinfo::overlays()?.iter().any(|mount| mount.source.starts_with(&prefix)) {
        // It still runs, and chown in a mounted tree would copy the whole game up.
        return Ok(());
    }
    let owner = if *uid == 0 { "root".to_owned() } else { format!("user {uid}") };
    let more = if foreign.len() > 1 { " (and more)" } else { "" };
    let paths: Vec<&Path> = foreign.iter().map(|(path, _)| path.as_path()).collect();
    Err(Error::new(format!("{}{more} belongs to {owner}, not to {RUNTIME_USER}", first.display()))
        .hint(remedy(layout, &paths)))
}

/// What gives the runtime user its own files back, and loses nothing.
///
/// It is root that types this in a tree whose owner may be hostile: it follows no link, neither on the way there nor
/// below, and Debian's kernel settings let nobody make a hard link to another's file. `doctor` looks at those.
pub fn remedy(layout: &Layout, paths: &[&Path]) -> String {
    shell::chown_command(&format!("{RUNTIME_USER}:{RUNTIME_USER}"), layout.root(), paths)
}

/// The outermost of the files that are not ours, with their owners.
fn foreign(layout: &Layout, name: &InstanceName) -> Vec<(PathBuf, u32)> {
    let us = nix::unistd::geteuid().as_raw();
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
        // What cannot be looked at lies in what was found already.
        let Ok(meta) = path.symlink_metadata() else { continue };
        if meta.uid() != us && !found.iter().any(|(outer, _)| path.starts_with(outer)) {
            found.push((path, meta.uid()));
        }
    }
    found
}
