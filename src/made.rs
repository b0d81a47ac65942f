//! Root's own list of the files that `apply` made, as sha256sum writes one: only these go when the host is left, or
//! the package is purged. What was there before stays, even where it is the same byte for byte, as the predecessor's
//! `host.env` is.

use left4me::host::Host;
use left4me::read::{self, Limit, Links};
use left4me::{Result, atomic};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

const LONGEST: u64 = 64 << 10;
/// What stands in a checksum's place for a tree of the predecessor's that was moved.
const MOVED: &str = "moved";

/// The list.
#[derive(Debug, Clone, Default)]
pub struct Made(BTreeMap<PathBuf, String>);

impl Made {
    /// Where it lies.
    pub const PATH: &str = "/var/lib/left4me-setup/made";

    /// `None` where nobody keeps one: on a host of an older version, or one that an ordinary user builds.
    pub fn load(host: &Host) -> Option<Made> {
        let text = read::text(&host.path(Path::new(Made::PATH)), Links::Refuse, Limit::Head(LONGEST))?;
        let entries = text.lines().filter_map(|line| line.split_once("  "));
        Some(Made(entries.map(|(sum, path)| (PathBuf::from(path), sum.to_owned())).collect()))
    }

    /// Whether it is on the list.
    pub fn has(&self, path: &Path) -> bool {
        self.0.contains_key(path)
    }

    /// Starts the list, with what may count as made by us.
    pub fn begin<'a>(&mut self, host: &Host, files: impl Iterator<Item = (&'a Path, &'a str)>) -> Result<()> {
        self.0.extend(files.map(|(path, content)| (path.to_owned(), checksum(content))));
        self.save(host)
    }

    /// Adds a file that is about to be made, before it is: a killed run forgets nothing.
    pub fn add(&mut self, host: &Host, path: &Path, content: &str) -> Result<()> {
        self.add_entry(host, path, checksum(content))
    }

    /// Adds a tree of the predecessor's that is about to be moved away from `path`.
    pub fn add_moved(&mut self, host: &Host, path: &Path) -> Result<()> {
        self.add_entry(host, path, MOVED.to_owned())
    }

    fn add_entry(&mut self, host: &Host, path: &Path, entry: String) -> Result<()> {
        if self.0.get(path) == Some(&entry) {
            return Ok(());
        }
        self.0.insert(path.to_owned(), entry);
        self.save(host)
    }

    /// Where the predecessor's SteamCMD was moved from.
    pub fn moved(&self) -> impl Iterator<Item = &Path> {
        self.0.iter().filter(|(_, sum)| *sum == MOVED).map(|(path, _)| path.as_path())
    }

    fn save(&self, host: &Host) -> Result<()> {
        if !host.can_own() {
            return Ok(());
        }
        let lines = self.0.iter().map(|(path, sum)| format!("{sum}  {}\n", path.display()));
        let text: String = lines.collect();
        atomic::write(&host.path(Path::new(Made::PATH)), text.as_bytes(), 0o644, Some((0, 0)))
    }

    /// Removes the list itself.
    pub fn remove(host: &Host) -> std::io::Result<()> {
        match std::fs::remove_file(host.path(Path::new(Made::PATH))) {
            Err(e) if e.kind() != std::io::ErrorKind::NotFound => Err(e),
            _ => Ok(()),
        }
    }
}

fn checksum(content: &str) -> String {
    Sha256::digest(content.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
}
