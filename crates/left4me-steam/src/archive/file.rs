//! Exports the game of this host into a file, which appears whole or not at all.

use super::export::{self, Exported};
use super::require_mounts;
use crate::verify::{self, VerifiedGame};
use crate::{install, preflight};
use left4me::host::Host;
use left4me::report::Reporter;
use left4me::{Context, Error, Result, atomic, beneath, shell};
use rustix::fs::{CWD, Mode, OFlags, RenameFlags};
use std::fs::File;
use std::io;
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};

/// Where to, and how.
#[derive(Debug, Clone)]
pub struct Request {
    /// The archive.
    pub to: PathBuf,
    /// Replace a file that is there.
    pub force: bool,
    /// Wait while another run is at work with SteamCMD.
    pub wait: bool,
}

/// Exports the game that servers get at their next start.
pub fn export(host: &Host, request: &Request, reporter: &dyn Reporter) -> Result<(VerifiedGame, Exported)> {
    // From here on by this path: somebody else may exchange a link on the way meanwhile.
    let to = &require_place(host, &request.to, request.force)?;
    // Neither SteamCMD nor another import changes the game meanwhile.
    let _steamcmd = install::lock_steam(host, reporter, request.wait)?;
    let (game, tree) = open(host)?;
    let plan = host.as_runtime_user(|| export::plan(&tree, &game))?;
    preflight::require_free(directory(to), plan.size)?;
    let staging = Staging::create(to)?;
    let exported = host.as_runtime_user(|| plan.write(&tree, &staging.file, to, reporter));
    reporter.finished(exported.is_ok());
    let exported = exported?;
    staging.put_in_place(to, request.force)?;
    Ok((game, exported))
}

/// The game that servers get, and its tree, which stays as it is while it is open.
fn open(host: &Host) -> Result<(VerifiedGame, OwnedFd)> {
    let layers = host.game_layers()?;
    if !layers.names().is_empty() {
        require_mounts(host, "export a game with updates above its base")?;
    }
    host.with_merged_game(&layers, |host| {
        let game = verify::game(host)?.map_err(|missing| {
            Error::new(format!("there is no complete game to export: {missing}"))
                .hint("sudo left4me-setup apply")
        })?;
        let base = host.path(layers.base());
        // The merged view goes, but not from whoever has it open.
        let tree = host.as_runtime_user(|| {
            beneath::open_directory(&base).context(|| format!("cannot read {}", base.display()))
        })?;
        Ok((game, tree))
    })
}

fn directory(file: &Path) -> &Path {
    file.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// Before hours of work: the file may be written there, and takes nothing's place. Returns its path without links.
fn require_place(host: &Host, to: &Path, force: bool) -> Result<PathBuf> {
    let shown = to.display();
    let Some(name) = to.file_name() else {
        return Err(Error::usage(format!("{shown} is no name for a file")));
    };
    match std::fs::symlink_metadata(to) {
        Ok(found) if !found.is_file() => {
            return Err(Error::new(format!("{shown} is there, and is no regular file")));
        }
        Ok(_) if !force => {
            return Err(Error::new(format!("{shown} is there already"))
                .hint("choose another name, or replace it with --force"));
        }
        _ => {}
    }
    let place = directory(to).canonicalize().context(|| format!("cannot write {shown}"))?;
    let root = host.path(host.layout.root());
    // Its owner could lead root elsewhere.
    if host.can_own() && root.canonicalize().is_ok_and(|root| place.starts_with(root)) {
        let name = shell::quote(Path::new("/var/tmp").join(name));
        return Err(Error::new(format!(
            "{shown} is in the runtime user's own directory, where root writes nothing"
        ))
        .hint(format!("sudo left4me-setup game export {name}")));
    }
    Ok(place.join(name))
}

/// The file under the name by which it is prepared; removed when it is dropped.
struct Staging {
    file: File,
    path: PathBuf,
}

impl Staging {
    fn create(to: &Path) -> Result<Staging> {
        let path = atomic::staging_path(to);
        let cannot = || format!("cannot write {}", to.display());
        match std::fs::remove_file(&path) {
            Err(cause) if cause.kind() != io::ErrorKind::NotFound => return Err(cause).context(cannot),
            _ => {}
        }
        let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let file = rustix::fs::open(&path, flags, Mode::from_raw_mode(0o644))
            .map_err(io::Error::from)
            .context(cannot)?;
        Ok(Staging { file: file.into(), path })
    }

    fn put_in_place(self, to: &Path, force: bool) -> Result<()> {
        let flags = if force { RenameFlags::empty() } else { RenameFlags::NOREPLACE };
        rustix::fs::renameat_with(CWD, &self.path, CWD, to, flags)
            .map_err(io::Error::from)
            .context(|| format!("cannot write {}", to.display()))?;
        atomic::sync_parent(to)
    }
}

impl Drop for Staging {
    fn drop(&mut self) {
        // After the rename there is nothing by this name.
        let _ = std::fs::remove_file(&self.path);
    }
}
