//! Root's own list of the files that `apply` made, as sha256sum writes one: only these go when the host is left, or
//! the package is purged. What was there before stays, even where it is the same byte for byte, as the predecessor's
//! `host.env` is.

use crate::config::Config;
use crate::desired::desired;
use crate::resource::{File, Finding, Resource};
use left4me::host::Host;
use left4me::layout::HOST_ENV;
use left4me::{Result, atomic, read};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

const PATH: &str = "/var/lib/left4me-setup/made";
const LONGEST: u64 = 64 << 10;
/// What stands in a checksum's place for a tree of the predecessor's that was moved.
const MOVED: &str = "moved";

/// The list.
#[derive(Debug, Clone, Default)]
pub struct Made(BTreeMap<PathBuf, String>);

impl Made {
    /// `None` where nobody keeps one: on a host of an older version, or one that an ordinary user builds.
    pub fn load(host: &Host) -> Option<Made> {
        let text = read::text(&host.path(Path::new(PATH)), LONGEST)?;
        let entries = text.lines().filter_map(|line| line.split_once("  "));
        Some(Made(entries.map(|(sum, path)| (PathBuf::from(path), sum.to_owned())).collect()))
    }

    /// Whether it is on the list.
    pub fn has(&self, path: &Path) -> bool {
        self.0.contains_key(path)
    }

    /// Adds what is about to be made, before anything is: a killed run forgets nothing.
    ///
    /// An older version kept no list: then what is exactly as it would make it counts too, but for what may be the
    /// predecessor's.
    pub fn write_down(config: &Config, host: &Host) -> Result<()> {
        let old = Made::load(host);
        let mut new = old.clone().unwrap_or_default();
        for resource in desired(config) {
            // Only these are inspected twice in a run: SteamCMD's and the game's trees are not.
            match &resource {
                Resource::File(file) if is_listed(file) => {
                    let Ok(found) = resource.inspect(host) else { continue };
                    let may_be_theirs = file.path == Path::new(HOST_ENV) && config.predecessor.was_here;
                    let is_adopted = old.is_none() && found == Finding::InSync && !may_be_theirs;
                    if is_adopted || file.becomes_ours(&found) {
                        new.0.insert(file.path.clone(), sum(file));
                    }
                }
                Resource::Moved(moved) if matches!(resource.inspect(host), Ok(Finding::Differs(_))) => {
                    new.0.insert(moved.from.clone(), MOVED.to_owned());
                }
                _ => {}
            }
        }
        if old.is_some_and(|old| old.0 == new.0) { Ok(()) } else { new.save(host) }
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
        atomic::write(&host.path(Path::new(PATH)), text.as_bytes(), 0o644, Some((0, 0)))
    }

    /// Removes the list itself.
    pub fn remove(host: &Host) -> std::io::Result<()> {
        match std::fs::remove_file(host.path(Path::new(PATH))) {
            Err(e) if e.kind() != std::io::ErrorKind::NotFound => Err(e),
            _ => Ok(()),
        }
    }
}

/// dpkg's need no list, and units for another root say themselves whose they are.
pub fn is_listed(file: &File) -> bool {
    !file.path.starts_with("/usr/lib") && !file.content.starts_with(crate::deployed::MADE_BY)
}

fn sum(file: &File) -> String {
    Sha256::digest(file.content.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
}
