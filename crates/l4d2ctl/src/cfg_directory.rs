//! `left4dead2/cfg` of an instance's own layer, opened.
//!
//! A server can write everything below its `runtime/NAME`, so any name there may be a link to somewhere else, such
//! as another instance. No link is followed: directories are opened and made one beneath the other, and files are
//! read and written in the opened directory.

use left4me::layout::{Layout, RUNTIME_USER};
use left4me::name::InstanceName;
use left4me::read::{self, Limit, Links};
use left4me::{Context, Error, Result, atomic, beneath};
use rustix::fs::{AtFlags, Mode};
use rustix::io::Errno;
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};

/// The directory below any layer from which the engine executes configuration.
pub const CFG: &str = "left4dead2/cfg";

/// The opened directory.
pub struct CfgDirectory {
    directory: OwnedFd,
    path: PathBuf,
}

impl CfgDirectory {
    /// Opens it; `None` where it does not exist.
    pub fn open(layout: &Layout, name: &InstanceName) -> Result<Option<CfgDirectory>> {
        let path = layout.upper(name).join(CFG);
        let opened = beneath::open_directory(&layout.runtime(name))
            .and_then(|runtime| beneath::directory_to_list(runtime, Path::new("upper").join(CFG)));
        match opened {
            Ok(directory) => Ok(Some(CfgDirectory { directory, path })),
            Err(Errno::NOENT) => Ok(None),
            Err(cause) => Err(refusal(&path, cause)),
        }
    }

    /// Opens it, and makes it and the directories beside its layer if they are missing.
    pub fn make(layout: &Layout, name: &InstanceName) -> Result<CfgDirectory> {
        let runtime = layout.runtime(name);
        crate::instances::make_directory(&runtime)?;
        let opened = beneath::open_directory(&runtime).map_err(|cause| refusal(&runtime, cause))?;
        for beside in ["work", "merged"] {
            make(&opened, Path::new(beside)).map_err(|cause| refusal(&runtime.join(beside), cause))?;
        }
        let mut below = PathBuf::new();
        let mut directory = opened;
        for part in Path::new("upper").join(CFG).components() {
            below.push(part);
            directory =
                make(&directory, Path::new(&part)).map_err(|cause| refusal(&runtime.join(&below), cause))?;
        }
        Ok(CfgDirectory { directory, path: runtime.join(below) })
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// A regular file's content, up to `limit` bytes; `None` for anything else.
    pub fn read(&self, file: &str, limit: u64) -> Option<Vec<u8>> {
        read::file_beneath(
            &self.directory,
            Path::new(file),
            &self.path.join(file),
            Links::Refuse,
            Limit::Whole(limit),
        )
        .ok()
        .flatten()
    }

    /// Writes a file, whole or not at all; a link of that name is replaced, not followed.
    pub fn write(&self, file: &str, content: &[u8]) -> Result<()> {
        atomic::write_in(&self.directory, &self.path.join(file), content, 0o640)
    }

    /// Removes a file; nothing to do when there is none.
    pub fn remove(&self, file: &str) -> Result<()> {
        match rustix::fs::unlinkat(&self.directory, file, AtFlags::empty()) {
            Err(cause) if cause != Errno::NOENT => {
                Err(cause).context(|| format!("cannot remove {}", self.path.join(file).display()))
            }
            _ => Ok(()),
        }
    }
}

fn make(directory: &OwnedFd, name: &Path) -> rustix::io::Result<OwnedFd> {
    match rustix::fs::mkdirat(directory, name, Mode::from_raw_mode(0o750)) {
        Err(cause) if cause != Errno::EXIST => Err(cause),
        _ => beneath::directory_to_list(directory, name),
    }
}

fn refusal(path: &Path, cause: Errno) -> Error {
    let why = match cause {
        Errno::LOOP | Errno::NOTDIR => "is a symbolic link or not a directory".to_owned(),
        cause => format!("cannot be opened: {}", std::io::Error::from(cause)),
    };
    Error::new(format!("{0} {why}", path.display())).hint(match cause {
        Errno::LOOP | Errno::NOTDIR => {
            // Not as root: a link in place of a parent directory would lead root elsewhere.
            format!("move it away: sudo -u {RUNTIME_USER} mv {0} {0}.old", path.display())
        }
        _ => format!("sudo namei -l {} shows whose it is", path.display()),
    })
}
