//! A manifest that we write for Steam where there is none, or where Steam cannot continue with its own.
//!
//! A seed records nothing that is installed, so it never counts as a game. However a run ends,
//! [`clean_up`] tidies up, at its end or at the beginning of the next one: an unused seed is removed, and what was set
//! aside for it is restored.

use crate::APP;
use crate::verify::{MANIFEST, MAX_MANIFEST};
use left4me::app_state::AppState;
use left4me::host::Host;
use left4me::manifest::Manifest;
use left4me::read::{self, Limit, Links};
use left4me::{Context, Result, atomic, remove as removal};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

/// Where Steam's manifest lies, and what was set aside.
struct Paths {
    manifest: PathBuf,
    /// What Steam has downloaded and not yet put into place.
    staging: PathBuf,
    aside: PathBuf,
    manifest_aside: PathBuf,
    staging_aside: PathBuf,
}

impl Paths {
    fn new(host: &Host) -> Paths {
        let installation = host.path(host.game().base());
        // Its name is neither an app's number nor that of a manifest: Steam does not look into it.
        let aside = installation.join("steamapps/left4me-aside");
        Paths {
            manifest: installation.join(MANIFEST),
            staging: installation.join(format!("steamapps/downloading/{APP}")),
            manifest_aside: aside.join("appmanifest.acf"),
            staging_aside: aside.join("downloading"),
            aside,
        }
    }

    fn read(&self) -> Option<Manifest> {
        read::text(&self.manifest, Links::Refuse, Limit::Whole(MAX_MANIFEST))
            .map(|text| Manifest::parse(&text))
    }

    /// Whether Steam has not begun with the manifest that is there, so that it can be removed.
    fn is_unused(&self) -> bool {
        let is_empty = |manifest: Manifest| manifest.state_flags.is_some() && manifest.is_empty();
        self.read().is_some_and(is_empty) && !has_entries(&self.staging)
    }
}

/// Writes a manifest where none is. With `replace`, the one that is there is set aside first, together with what
/// was downloaded for it. Does nothing when that was done before.
pub fn write(host: &Host, replace: bool) -> Result<()> {
    host.as_runtime_user(|| {
        let paths = Paths::new(host);
        if replace && !exists(&paths.manifest_aside) {
            make_dir(&paths.aside)?;
            rename(&paths.manifest, &paths.manifest_aside)?;
            rename(&paths.staging, &paths.staging_aside)?;
        }
        if exists(&paths.manifest) {
            return Ok(());
        }
        if let Some(parent) = paths.manifest.parent() {
            make_dir(parent)?;
        }
        atomic::write(&paths.manifest, Manifest::seed().as_bytes(), 0o644, None)
    })
}

/// Removes an unused manifest; what was set aside stays there.
pub fn remove(host: &Host) -> Result<()> {
    host.as_runtime_user(|| {
        let paths = Paths::new(host);
        if paths.is_unused() { remove_file(&paths.manifest) } else { Ok(()) }
    })
}

/// Restores what was set aside, unless Steam has continued without it. Safe whenever SteamCMD is not running, and
/// safe to interrupt.
pub fn clean_up(host: &Host) -> Result<()> {
    host.as_runtime_user(|| {
        let paths = Paths::new(host);
        if paths.is_unused() {
            remove_file(&paths.manifest)?;
        }
        if !exists(&paths.aside) {
            return Ok(());
        }
        if !exists(&paths.manifest) {
            rename(&paths.manifest_aside, &paths.manifest)?;
        }
        if exists(&paths.manifest_aside) {
            let flags = paths.read().and_then(|manifest| manifest.state_flags);
            if !flags.is_some_and(|flags| AppState(flags).is_installed()) {
                // Steam is in the middle of it: the next run goes on there.
                return Ok(());
            }
        } else if !has_entries(&paths.staging) {
            absent_is_fine(std::fs::remove_dir(&paths.staging))
                .context(|| format!("cannot remove {}", paths.staging.display()))?;
            rename(&paths.staging_aside, &paths.staging)?;
        }
        // The manifest last: without it the rest would be brought back.
        removal::tree(&paths.staging_aside)?;
        remove_file(&paths.manifest_aside)?;
        removal::tree(&paths.aside)
    })
}

fn exists(path: &Path) -> bool {
    std::fs::symlink_metadata(path).is_ok()
}

fn has_entries(path: &Path) -> bool {
    std::fs::read_dir(path).is_ok_and(|mut entries| entries.next().is_some())
}

fn make_dir(path: &Path) -> Result<()> {
    std::fs::create_dir_all(path).context(|| format!("cannot make {}", path.display()))
}

fn rename(from: &Path, to: &Path) -> Result<()> {
    // A staged update ends without `downloading`, so there may be neither a file nor a place for it.
    if !exists(from) && !to.parent().is_some_and(exists) {
        return Ok(());
    }
    absent_is_fine(std::fs::rename(from, to)).context(|| format!("cannot rename {}", from.display()))?;
    atomic::sync_parent(to)
}

fn remove_file(path: &Path) -> Result<()> {
    absent_is_fine(std::fs::remove_file(path)).context(|| format!("cannot remove {}", path.display()))
}

fn absent_is_fine(result: std::io::Result<()>) -> std::io::Result<()> {
    match result {
        Err(e) if e.kind() == ErrorKind::NotFound => Ok(()),
        result => result,
    }
}
