//! A file of root's with known content. None lies below `LEFT4ME_ROOT`.

use super::{Difference, Finding};
use crate::deployed::Policy;
use crate::host::{Host, Owner};
use left4me_setup::{Context, Error, Result, atomic};
use std::borrow::Cow;
use std::io::ErrorKind;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

/// One file.
#[derive(Debug)]
pub struct File {
    pub path: PathBuf,
    pub content: Cow<'static, str>,
    pub owner: Owner,
    pub mode: u32,
    pub policy: Policy,
}

impl File {
    pub fn inspect(&self, host: &Host) -> Result<Finding> {
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
        if let Some(want) = self.ids(host)? {
            let is = (found.uid(), found.gid());
            if is != want {
                differences.push(Difference::new("owner", host.owner_words(is)?, host.owner_words(want)?));
            }
        }
        let content = read(&path, found.len()).context(|| format!("cannot read {}", self.path.display()))?;
        let same = content == self.content.as_bytes();
        if !same && self.policy == Policy::Vendor {
            differences.push(Difference::new("content", bytes(content.len()), bytes(self.content.len())));
        }
        match (differences.is_empty(), same) {
            (true, true) => Ok(Finding::InSync),
            (true, false) => Ok(Finding::Modified),
            (false, _) => Ok(Finding::Differs(differences)),
        }
    }

    /// The wanted owner; unknown before the account exists.
    fn ids(&self, host: &Host) -> Result<Option<(u32, u32)>> {
        if self.owner != Owner::Root && host.account()?.is_none() {
            return Ok(None);
        }
        host.ids(self.owner)
    }

    pub fn converge(&self, host: &Host) -> Result<()> {
        let path = host.path(&self.path);
        let parent = path.parent().unwrap_or(Path::new("/"));
        std::fs::create_dir_all(parent)
            .context(|| format!("cannot make the directory of {}", self.path.display()))?;
        // A changed configuration file keeps its content; only owner and mode are put right.
        let kept = match (self.policy, std::fs::symlink_metadata(&path)) {
            (Policy::Config, Ok(found)) if found.is_file() => Some(read(&path, found.len())),
            _ => None,
        };
        let content: Cow<[u8]> = match kept {
            Some(content) => Cow::Owned(content.context(|| format!("cannot read {}", self.path.display()))?),
            None => Cow::Borrowed(self.content.as_bytes()),
        };
        atomic::write_checked(&path, &content, self.mode, self.ids(host)?, |new| self.check(new))
    }

    /// A broken sudoers file locks every administrator out, so sudo's own parser has the last word.
    fn check(&self, new: &Path) -> Result<()> {
        if !self.path.starts_with("/etc/sudoers.d") || !Host::has_tool("visudo") {
            return Ok(());
        }
        Host::run("visudo", &["--check".as_ref(), "--quiet".as_ref(), "--file".as_ref(), new.as_os_str()])
            .map(drop)
            .map_err(|e| {
                Error::new(format!("visudo refuses {}: {e}", self.path.display()))
                    .hint("sudo visudo -c shows what is wrong")
            })
    }
}

/// Reads at most what was just seen there, and never hangs on something that is no file any more.
fn read(path: &Path, length: u64) -> std::io::Result<Vec<u8>> {
    use rustix::fs::{Mode, OFlags};
    use std::io::Read;
    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
    let file: std::fs::File = rustix::fs::open(path, flags, Mode::empty())?.into();
    let mut content = Vec::with_capacity(length.min(1 << 20) as usize);
    file.take(16 << 20).read_to_end(&mut content)?;
    Ok(content)
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
