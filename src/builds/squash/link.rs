//! A new tree of hard links: what the kernel shows of layers, each file from the topmost layer that has it.
//!
//! The merged view decides which names there are; so no mark of overlayfs has to be interpreted. No data is copied.

use left4me::walk::{self, Entry, Stat};
use left4me::{Context, Error, Result, beneath, printable};
use rustix::fs::{AtFlags, Mode};
use rustix::io::Errno;
use std::os::fd::{AsFd, OwnedFd};
use std::path::{Path, PathBuf};

/// Where files come from and go to. All of it is opened in the host's mount namespace: a link cannot lead from one
/// mount to another, and the merged view covers the base.
pub struct Links {
    /// Topmost first.
    pub layers: Vec<OwnedFd>,
    /// An empty directory.
    pub tree: OwnedFd,
}

impl Links {
    /// Links everything that `merged` shows.
    pub fn make(&self, merged: &Path) -> Result<()> {
        let opened = beneath::open_to_list(merged).map_err(std::io::Error::from);
        let opened = opened.context(|| format!("cannot open {}", merged.display()))?;
        let mode =
            rustix::fs::fstat(&opened).context(|| format!("cannot examine {}", merged.display()))?.st_mode;
        let mut linking = Linking { links: self, place: None, closed: Vec::new() };
        let mut failed = None;
        let unreadable = walk::each(opened, (), |(), entry, stat| {
            if failed.is_some() {
                return None;
            }
            match linking.add(entry, stat) {
                Ok(()) => stat.is_directory().then_some(()),
                Err(error) => {
                    failed = Some(error);
                    None
                }
            }
        });
        if let Some(error) = failed {
            return Err(error);
        }
        if unreadable > 0 {
            return Err(Error::new(format!("{unreadable} entries of {} cannot be read", merged.display())));
        }
        // What is in a directory comes first: it may be closed to its owner.
        for (path, mode) in linking.closed.iter().rev() {
            chmod(&self.tree, path, *mode)?;
        }
        let whole = Path::new(".");
        chmod(&self.tree, whole, mode & 0o7777)
    }
}

struct Linking<'l> {
    links: &'l Links,
    /// The directory that the last entry was in: entries of one come one after the other.
    place: Option<Place>,
    /// Directories that their owner may not change.
    closed: Vec<(PathBuf, u32)>,
}

struct Place {
    path: PathBuf,
    layers: Vec<OwnedFd>,
    tree: OwnedFd,
}

impl Linking<'_> {
    fn add(&mut self, entry: &Entry, stat: &Stat) -> Result<()> {
        let failed = |cause: Errno| explain(entry.path, cause);
        let parent = entry.path.parent().unwrap_or(Path::new(""));
        if self.place.as_ref().is_none_or(|place| place.path != parent) {
            self.place = Some(self.open(parent).map_err(failed)?);
        }
        let Some(place) = &self.place else { return Ok(()) };
        if stat.is_directory() {
            rustix::fs::mkdirat(&place.tree, entry.name, Mode::RWXU).map_err(failed)?;
            let mode = stat.mode();
            if mode & 0o700 == 0o700 {
                return chmod(&place.tree, entry.file_name(), mode);
            }
            self.closed.push((entry.path.to_owned(), mode));
            return Ok(());
        }
        for layer in &place.layers {
            match rustix::fs::linkat(layer, entry.name, &place.tree, entry.name, AtFlags::empty()) {
                Ok(()) => return Ok(()),
                Err(Errno::NOENT) => {}
                Err(cause) => return Err(failed(cause)),
            }
        }
        Err(failed(Errno::NOENT))
    }

    fn open(&self, path: &Path) -> rustix::io::Result<Place> {
        let mut layers = Vec::new();
        for layer in &self.links.layers {
            match beneath::directory_to_list(layer, path) {
                Ok(directory) => layers.push(directory),
                Err(Errno::NOENT) => {}
                // Deleted, or something else took its place: what is shown lies above.
                Err(Errno::NOTDIR | Errno::LOOP) => break,
                Err(cause) => return Err(cause),
            }
        }
        let tree = beneath::directory_to_list(&self.links.tree, path)?;
        Ok(Place { path: path.to_owned(), layers, tree })
    }
}

fn chmod(directory: impl AsFd, path: &Path, mode: u32) -> Result<()> {
    rustix::fs::chmodat(directory, path, Mode::from_raw_mode(mode), AtFlags::empty())
        .map_err(|cause| explain(path, cause))
}

fn explain(path: &Path, cause: Errno) -> Error {
    let error = Error::new(format!("cannot link {}: {cause}", printable::quote_path(path)));
    match cause {
        Errno::XDEV => error.hint("the updates and the installation must lie on one file system: df LEFT4ME_ROOT/updates LEFT4ME_ROOT/installation"),
        Errno::PERM => error.hint("sudo left4me-setup apply gives the runtime user its files back"),
        _ => error,
    }
}
