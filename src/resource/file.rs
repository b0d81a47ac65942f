//! A file of root's with known content. None lies below `LEFT4ME_ROOT`.

use super::{Difference, Finding, Removal};
use crate::deployed::Policy;
use crate::diff;
use left4me::host::{Host, Owner};
use left4me::layout::HOST_ENV;
use left4me::{Context, Error, Result, atomic, env_file};
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
    pub why: &'static str,
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
        if let Some(want) = host.ids(self.owner)? {
            let is = (found.uid(), found.gid());
            if is != want {
                differences.push(Difference::new("owner", host.owner_words(is)?, host.owner_words(want)?));
            }
        }
        let content = read(&path, found.len()).context(|| format!("cannot read {}", self.path.display()))?;
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

    /// What shall be in it, given what is: a changed configuration file keeps its content. Only the
    /// root that `host.env` names is not a matter of taste: everything else was rendered for it.
    fn wanted<'a>(&'a self, host: &Host, is: &'a [u8]) -> Cow<'a, [u8]> {
        match (self.policy, std::str::from_utf8(is)) {
            (Policy::Vendor, _) => Cow::Borrowed(self.content.as_bytes()),
            (Policy::Config, Ok(text)) if self.path == Path::new(HOST_ENV) => {
                with_root(text, &host.layout.root().to_string_lossy())
            }
            (Policy::Config, _) => Cow::Borrowed(is),
        }
    }

    /// Whether its content is ours once it is made, and not what was found there.
    pub fn becomes_ours(&self, found: &Finding) -> bool {
        match found {
            Finding::Absent => true,
            Finding::Differs(differences) => differences.iter().any(|difference| {
                difference.attribute == "type"
                    || difference.attribute == "content" && self.policy == Policy::Vendor
            }),
            _ => false,
        }
    }

    /// How the content would change, for people.
    pub fn diff(&self, host: &Host) -> Option<String> {
        let path = host.path(&self.path);
        let is = match std::fs::symlink_metadata(&path) {
            Ok(found) if found.is_file() => read(&path, found.len()).ok()?,
            _ => return Some(diff::lines("", &self.content)),
        };
        let wanted = self.wanted(host, &is);
        Some(diff::lines(&String::from_utf8_lossy(&is), &String::from_utf8_lossy(&wanted)))
    }

    /// What an administrator made different in it, and `apply` keeps, for people.
    pub fn own_changes(&self, host: &Host) -> Option<String> {
        let path = host.path(&self.path);
        let found = std::fs::symlink_metadata(&path).ok().filter(std::fs::Metadata::is_file)?;
        let is = read(&path, found.len()).ok()?;
        let kept = self.wanted(host, &is);
        Some(diff::lines(&self.content, &String::from_utf8_lossy(&kept)))
    }

    /// Only while it is as we made it.
    pub fn remove(&self, host: &Host) -> Result<Removal> {
        let path = host.path(&self.path);
        let found = match std::fs::symlink_metadata(&path) {
            Ok(found) => found,
            Err(e) if matches!(e.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
                return Ok(Removal::Absent);
            }
            Err(e) => return Err(e).context(|| format!("cannot inspect {}", self.path.display())),
        };
        if !found.is_file() || read(&path, found.len()).ok().as_deref() != Some(self.content.as_bytes()) {
            return Ok(Removal::Kept("it was changed".into()));
        }
        std::fs::remove_file(&path).context(|| format!("cannot remove {}", self.path.display()))?;
        atomic::sync_parent(&path).map(|()| Removal::Removed)
    }

    pub fn converge(&self, host: &Host) -> Result<()> {
        let path = host.path(&self.path);
        let parent = path.parent().unwrap_or(Path::new("/"));
        std::fs::create_dir_all(parent)
            .context(|| format!("cannot make the directory of {}", self.path.display()))?;
        let is = match std::fs::symlink_metadata(&path) {
            Ok(found) if found.is_file() => {
                Some(read(&path, found.len()).context(|| format!("cannot read {}", self.path.display()))?)
            }
            _ => None,
        };
        let content = match &is {
            Some(is) => self.wanted(host, is),
            None => Cow::Borrowed(self.content.as_bytes()),
        };
        atomic::write_checked(&path, &content, self.mode, host.ids(self.owner)?, |_| self.check(host))
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
fn read(path: &Path, length: u64) -> std::io::Result<Vec<u8>> {
    use rustix::fs::{Mode, OFlags};
    use std::io::Read;
    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
    let file: std::fs::File = rustix::fs::open(path, flags, Mode::empty())?.into();
    let mut content = Vec::with_capacity(length.min(1 << 20) as usize);
    file.take(16 << 20).read_to_end(&mut content)?;
    Ok(content)
}

/// Where the predecessor had it; `apply` moves it from there.
const PREDECESSORS_STEAMCMD: [&str; 2] = ["/opt/left4me/steam/steamcmd.sh", "/opt/steamcmd/steamcmd.sh"];

/// `host.env` for this root: its own line is set, SteamCMD's follows when it lay below the old root.
fn with_root<'a>(text: &'a str, root: &str) -> Cow<'a, [u8]> {
    let old = env_file::value(text, "LEFT4ME_ROOT").unwrap_or_default().trim_end_matches('/');
    let steamcmd_is = env_file::value(text, "LEFT4ME_STEAMCMD").unwrap_or_default();
    let moved = PREDECESSORS_STEAMCMD.contains(&steamcmd_is);
    if old == root && !moved {
        return Cow::Borrowed(text.as_bytes());
    }
    let (mut new, mut set) = (String::new(), false);
    for line in text.lines() {
        let steamcmd = line.strip_prefix("LEFT4ME_STEAMCMD=").and_then(|v| v.strip_prefix(&*old));
        match steamcmd {
            _ if line.starts_with("LEFT4ME_ROOT=") => {
                new.push_str(&format!("LEFT4ME_ROOT={root}"));
                set = true;
            }
            _ if moved && line.starts_with("LEFT4ME_STEAMCMD=") => {
                new.push_str(&format!("LEFT4ME_STEAMCMD={root}/steam/steamcmd.sh"));
            }
            Some(below) if !old.is_empty() => new.push_str(&format!("LEFT4ME_STEAMCMD={root}{below}")),
            _ => new.push_str(line),
        }
        new.push('\n');
    }
    if !set {
        new.push_str(&format!("LEFT4ME_ROOT={root}\n"));
    }
    Cow::Owned(new.into_bytes())
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

#[cfg(test)]
mod tests {
    use super::with_root;

    #[test]
    fn host_env_follows_the_root_and_keeps_the_rest() {
        let table = [
            ("LEFT4ME_ROOT=/srv/a\nX=1\n", "LEFT4ME_ROOT=/srv/a\nX=1\n"),
            ("LEFT4ME_ROOT=/srv/a/\nX=1\n", "LEFT4ME_ROOT=/srv/a/\nX=1\n"),
            (
                "LEFT4ME_ROOT=/srv/b/\nLEFT4ME_STEAMCMD=/srv/b/steam/steamcmd.sh\n",
                "LEFT4ME_ROOT=/srv/a\nLEFT4ME_STEAMCMD=/srv/a/steam/steamcmd.sh\n",
            ),
            (
                "# mine\nLEFT4ME_ROOT=/var/lib/left4me\nLEFT4ME_STEAMCMD=/var/lib/left4me/steam/steamcmd.sh\n",
                "# mine\nLEFT4ME_ROOT=/srv/a\nLEFT4ME_STEAMCMD=/srv/a/steam/steamcmd.sh\n",
            ),
            (
                "LEFT4ME_STEAMCMD=/opt/steamcmd.sh\nLEFT4ME_ROOT=/srv/b\n",
                "LEFT4ME_STEAMCMD=/opt/steamcmd.sh\nLEFT4ME_ROOT=/srv/a\n",
            ),
            (
                "LEFT4ME_ROOT=/srv/a\nLEFT4ME_STEAMCMD=/opt/left4me/steam/steamcmd.sh\n",
                "LEFT4ME_ROOT=/srv/a\nLEFT4ME_STEAMCMD=/srv/a/steam/steamcmd.sh\n",
            ),
            ("X=1", "X=1\nLEFT4ME_ROOT=/srv/a\n"),
        ];
        for (old, new) in table {
            assert_eq!(std::str::from_utf8(&with_root(old, "/srv/a")).unwrap(), new);
        }
    }
}
