//! Writing below a directory, as its owner: beneath it, through no link.

use super::manifest;
use crate::download::hash::hex;
use left4me::{Context, Error, Result, beneath, remove};
use rustix::fs::{AtFlags, Mode, OFlags};
use rustix::io::Errno;
use sha2::{Digest, Sha256};
use std::fs::{File, Permissions};
use std::io::Write;
use std::os::fd::{AsFd, AsRawFd, OwnedFd};
use std::os::unix::fs::{FileExt, PermissionsExt};
use std::path::{Path, PathBuf};

/// A directory that becomes the game.
pub struct Tree {
    top: OwnedFd,
    path: PathBuf,
}

impl Tree {
    /// Opens the directory at `path`.
    pub fn open(path: &Path) -> Result<Tree> {
        let top = beneath::open_directory(path).context(|| format!("cannot open {}", path.display()))?;
        Ok(Tree { top, path: path.to_owned() })
    }

    /// The directory itself, to list it.
    pub fn list(&self) -> Result<OwnedFd> {
        beneath::directory_to_list(&self.top, "").context(|| format!("cannot read {}", self.path.display()))
    }

    /// Where it lies.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Where something in it lies, for a sentence.
    fn shown(&self, path: &str) -> String {
        self.path.join(path).display().to_string()
    }

    /// The directory that `path` is in, and its name there.
    fn parent<'p>(&self, path: &'p str) -> rustix::io::Result<(OwnedFd, &'p str)> {
        let (parent, name) = path.rsplit_once('/').unwrap_or((".", path));
        Ok((beneath::directory(&self.top, parent)?, name))
    }

    /// Removes whatever lies at `path`, with all that is in it.
    pub fn remove(&self, path: &Path) -> Result<()> {
        remove::tree(&self.path.join(path))
    }

    /// Makes a directory with exactly this mode.
    pub fn make_directory(&self, path: &str, mode: u32) -> Result<()> {
        let made = || {
            let (parent, name) = self.parent(path)?;
            rustix::fs::mkdirat(parent, name, Mode::RWXU)
        };
        made().context(|| format!("cannot make {}", self.shown(path)))?;
        self.set_mode(path, mode)
    }

    /// Makes a symbolic link.
    pub fn make_link(&self, path: &str, target: &str) -> Result<()> {
        let made = || {
            let (parent, name) = self.parent(path)?;
            rustix::fs::symlinkat(target, parent, name)
        };
        made().context(|| format!("cannot make {}", self.shown(path)))
    }

    /// Sets the permissions of a file or a directory, not those of what a link leads to.
    pub fn set_mode(&self, path: &str, mode: u32) -> Result<()> {
        let set = || {
            let entry = beneath::entry(&self.top, path)?;
            rustix::fs::chmod(format!("/proc/self/fd/{}", entry.as_raw_fd()), Mode::from_raw_mode(mode))
        };
        set().context(|| format!("cannot set the mode of {}", self.shown(path)))
    }

    /// Whether the content of the file at `path` has this digest. `moved` hears how much was read.
    pub fn has_digest(
        &self,
        file: &manifest::File,
        buffer: &mut [u8],
        moved: impl Fn(usize),
    ) -> Result<bool> {
        let cannot = || format!("cannot read {}", self.shown(&file.path));
        let opened = beneath::file(&self.top, &file.path, beneath::SAME_MOUNT).context(cannot)?;
        let (opened, mut sha256, mut at) = (File::from(opened), Sha256::new(), 0);
        loop {
            match opened.read_at(buffer, at).context(cannot)? {
                0 => return Ok(hex(&sha256.finalize()) == file.sha256),
                // Somebody lets it grow, perhaps without end.
                count if at + count as u64 > file.size => return Ok(false),
                count => {
                    sha256.update(&buffer[..count]);
                    at += count as u64;
                    moved(count);
                }
            }
        }
    }

    /// Begins to write a file, in place of a file that is there.
    pub fn create<'f>(&self, file: &'f manifest::File) -> Result<NewFile<'f>> {
        let created = || {
            let (parent, name) = self.parent(&file.path)?;
            match rustix::fs::unlinkat(&parent, name, AtFlags::empty()) {
                Ok(()) | Err(Errno::NOENT) => {}
                Err(cause) => return Err(cause),
            }
            let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
            rustix::fs::openat(parent.as_fd(), name, flags, Mode::RUSR | Mode::WUSR)
        };
        let shown = self.shown(&file.path);
        let to = File::from(created().context(|| format!("cannot write {shown}"))?);
        Ok(NewFile { file, to, sha256: Sha256::new(), written: 0, shown })
    }
}

/// A file that is being written. It counts only once it is finished: a run that was killed leaves it with another digest.
pub struct NewFile<'f> {
    file: &'f manifest::File,
    to: File,
    sha256: Sha256,
    written: u64,
    shown: String,
}

impl NewFile<'_> {
    /// How much is still to come.
    pub fn left(&self) -> u64 {
        self.file.size - self.written
    }

    /// Where in the archive it goes on.
    pub fn offset(&self) -> u64 {
        self.file.offset + self.written
    }

    /// Writes what came, which is no more than is [`left`](Self::left).
    pub fn write(&mut self, bytes: &[u8]) -> Result<()> {
        self.to.write_all(bytes).context(|| format!("cannot write {}", self.shown))?;
        self.sha256.update(bytes);
        self.written += bytes.len() as u64;
        Ok(())
    }

    /// Compares the digest, and sets the mode.
    pub fn finish(self) -> Result<()> {
        let NewFile { file, to, sha256, shown, .. } = self;
        let actual = hex(&sha256.finalize());
        if actual != file.sha256 {
            return Err(Error::new(format!(
                "the archive is damaged: the SHA-256 of {} is {actual}, expected {}",
                file.path, file.sha256
            ))
            .hint("fetch or export the archive again, then run this again: files that are right are kept"));
        }
        to.set_permissions(Permissions::from_mode(file.mode))
            .context(|| format!("cannot set the mode of {shown}"))
    }
}
