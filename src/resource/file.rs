//! A file of root's with known content. None lies below `LEFT4ME_ROOT`.

use super::{Difference, Finding, Removal, Resource, ResourceId, Tools, Uninstall};
use crate::deployed::{Deployed, MADE, Policy};
use crate::diff;
use crate::made::Made;
use left4me::host::{Host, Owner};
use left4me::layout::{DEFAULT_ROOT, HOST_ENV, Layout};
use left4me::read::{self, Links};
use left4me::{Context, Error, Result, atomic};
use std::borrow::Cow;
use std::io::ErrorKind;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

/// One file.
#[derive(Debug, Clone)]
pub struct File {
    pub path: PathBuf,
    pub content: Cow<'static, str>,
    pub owner: Owner,
    pub mode: u32,
    pub policy: Policy,
    /// What an administrator's content has to become all the same, for this root; nothing when it may stay.
    pub adjust: Option<fn(&str, &str) -> Option<String>>,
    pub why: &'static str,
}

impl Resource for File {
    fn id(&self) -> ResourceId {
        ResourceId::file(&self.path)
    }

    fn why(&self) -> &'static str {
        self.why
    }

    fn inspect(&self, host: &Host) -> Result<Finding> {
        let path = host.path(&self.path);
        let found = match std::fs::symlink_metadata(&path) {
            Ok(metadata) => metadata,
            Err(e) if matches!(e.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
                return Ok(Finding::Absent);
            }
            Err(e) => return Err(e).context(|| format!("cannot inspect {}", self.path.display())),
        };
        if found.is_dir() {
            return Err(Error::new(format!("{} is a directory, not a file", self.path.display()))
                .hint(format!("move it away: mv {0} {0}.old", self.path.display())));
        }
        if !found.is_file() {
            return Ok(Finding::Differs(vec![Difference::new("type", kind(&found), "file")]));
        }
        let mut differences: Vec<Difference> =
            Difference::mode(found.mode() & 0o7777, self.mode).into_iter().collect();
        if let Some(want) = host.ids(self.owner)? {
            let is = (found.uid(), found.gid());
            if is != want {
                differences.push(Difference::new("owner", host.owner_words(is)?, host.owner_words(want)?));
            }
        }
        let content = read(&path).context(|| format!("cannot read {}", self.path.display()))?;
        let wanted = self.wanted(host, &content);
        if content != *wanted {
            differences.push(Difference::new("content", bytes(content.len()), bytes(wanted.len())));
        }
        match (differences.is_empty(), content == self.content.as_bytes()) {
            (true, true) => Ok(Finding::InSync),
            (true, false) => Ok(Finding::Modified),
            (false, _) => Ok(Finding::Differs(differences)),
        }
    }

    fn converge(&self, host: &Host, tools: &mut Tools) -> Result<()> {
        let path = host.path(&self.path);
        let parent = path.parent().unwrap_or(Path::new("/"));
        std::fs::create_dir_all(parent)
            .context(|| format!("cannot make the directory of {}", self.path.display()))?;
        let is = match std::fs::symlink_metadata(&path) {
            Ok(found) if found.is_file() => {
                Some(read(&path).context(|| format!("cannot read {}", self.path.display()))?)
            }
            _ => None,
        };
        if self.is_listed() && self.becomes_ours(is.as_deref()) {
            tools.made.add(host, &self.path, &self.content)?;
        }
        let content = match &is {
            Some(is) => self.wanted(host, is),
            None => Cow::Borrowed(self.content.as_bytes()),
        };
        atomic::write_checked(&path, &content, self.mode, host.ids(self.owner)?, |_| self.check(host))
    }

    /// Only while it is as we made it, and dpkg has no say over it.
    fn remove(&self, host: &Host, uninstall: &Uninstall) -> Result<Removal> {
        if uninstall.packaged.contains(&self.path) {
            return Ok(Removal::Absent);
        }
        let path = host.path(&self.path);
        let found = match std::fs::symlink_metadata(&path) {
            Ok(found) => found,
            Err(e) if matches!(e.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
                return Ok(Removal::Absent);
            }
            Err(e) => return Err(e).context(|| format!("cannot inspect {}", self.path.display())),
        };
        if self.is_still_needed(host) {
            return Ok(Removal::Kept("it says where the state is".into()));
        }
        if !self.was_made_by_us(uninstall) {
            return Ok(Removal::Kept("it was there before".into()));
        }
        if !found.is_file() || read(&path).ok().as_deref() != Some(self.content.as_bytes()) {
            return Ok(Removal::Kept("it was changed".into()));
        }
        std::fs::remove_file(&path).context(|| format!("cannot remove {}", self.path.display()))?;
        atomic::sync_parent(&path).map(|()| Removal::Removed)
    }

    fn needs(&self, host: &Host) -> Vec<ResourceId> {
        let list = (self.is_listed() && host.can_own()).then(|| ResourceId::record(Made::PATH));
        let user = (self.owner == Owner::RootForRuntime).then_some(ResourceId::USER);
        list.into_iter().chain(user).collect()
    }

    /// How the content would change, for people.
    fn diff(&self, host: &Host) -> Option<String> {
        let path = host.path(&self.path);
        let is = match std::fs::symlink_metadata(&path) {
            Ok(found) if found.is_file() => read(&path).ok()?,
            _ => return non_empty(diff::lines("", &self.content)),
        };
        let wanted = self.wanted(host, &is);
        non_empty(diff::lines(&String::from_utf8_lossy(&is), &String::from_utf8_lossy(&wanted)))
    }

    /// What an administrator made different in it, and `apply` keeps, for people.
    fn own_changes(&self, host: &Host) -> Option<String> {
        let path = host.path(&self.path);
        std::fs::symlink_metadata(&path).ok().filter(std::fs::Metadata::is_file)?;
        let is = read(&path).ok()?;
        let kept = self.wanted(host, &is);
        non_empty(diff::lines(&self.content, &String::from_utf8_lossy(&kept)))
    }
}

impl File {
    /// One that we ship, for a host with this layout; `reset` puts an administrator's back to what we ship.
    pub fn from_deployed(deployed: &Deployed, layout: &Layout, reset: bool) -> File {
        File {
            path: deployed.path_for(layout).into(),
            content: deployed.render(layout),
            owner: deployed.owner,
            mode: deployed.mode,
            why: deployed.why,
            adjust: None,
            policy: if reset { Policy::Vendor } else { deployed.policy },
        }
    }

    /// Whether the list of what `apply` made has to name it. dpkg's files need no list, and units that are not as
    /// shipped say themselves whose they are.
    fn is_listed(&self) -> bool {
        !self.path.starts_with("/usr/lib") && !self.content.starts_with(MADE)
    }

    /// Whether its content will be ours, given what is there: not where the content is an administrator's.
    fn becomes_ours(&self, is: Option<&[u8]>) -> bool {
        is.is_none_or(|is| self.policy == Policy::Vendor && is != self.content.as_bytes())
    }

    /// Without a list, what is as we make it counts as made by us, but for what the predecessor makes alike.
    fn was_made_by_us(&self, uninstall: &Uninstall) -> bool {
        match uninstall.made.as_ref().filter(|_| self.is_listed()) {
            Some(made) => made.has(&self.path),
            None => self.path != Path::new(HOST_ENV) || !uninstall.taken_over,
        }
    }

    /// What shall be in it, given what is: a changed configuration file keeps its content.
    fn wanted<'a>(&'a self, host: &Host, is: &'a [u8]) -> Cow<'a, [u8]> {
        if self.policy == Policy::Vendor {
            return Cow::Borrowed(self.content.as_bytes());
        }
        let root = host.layout.root().to_string_lossy();
        let adjusted =
            self.adjust.zip(std::str::from_utf8(is).ok()).and_then(|(adjust, is)| adjust(is, &root));
        adjusted.map_or(Cow::Borrowed(is), |text| Cow::Owned(text.into_bytes()))
    }

    /// A purge, or an apply, that comes later has to find the state by it.
    fn is_still_needed(&self, host: &Host) -> bool {
        let root = host.layout.root();
        self.path == Path::new(HOST_ENV) && root != Path::new(DEFAULT_ROOT) && host.path(root).exists()
    }

    /// A broken sudoers file locks every administrator out, so sudo's own parser has the last word.
    fn check(&self, host: &Host) -> Result<()> {
        if !self.path.starts_with("/etc/sudoers.d") || !Host::has_tool("visudo") {
            return Ok(());
        }
        // By a path that means the same to another process.
        let new = host.outer_path(&atomic::staging_path(&self.path));
        Host::run("visudo", &["--check".as_ref(), "--file".as_ref(), new.as_os_str()]).map(drop).map_err(
            |e| {
                Error::new(format!("visudo refuses {}: {e}", self.path.display()))
                    .hint("sudo visudo -c shows what is wrong")
            },
        )
    }
}

/// Reads at most 16 MiB, and never hangs on something that is no file any more.
fn read(path: &Path) -> std::io::Result<Vec<u8>> {
    let file = read::open(path, Links::Refuse)?;
    read::head(std::fs::File::from(file), 16 << 20)
}

fn bytes(length: usize) -> String {
    format!("{length} bytes")
}

fn kind(found: &std::fs::Metadata) -> &'static str {
    match found.permissions().mode() & 0o170_000 {
        0o120_000 => "link",
        0o010_000 => "FIFO",
        0o020_000 | 0o060_000 => "device",
        0o140_000 => "socket",
        _ => "other",
    }
}

fn non_empty(text: String) -> Option<String> {
    Some(text).filter(|text| !text.is_empty())
}
