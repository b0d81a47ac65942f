//! Files that appear whole or not at all.

use crate::{Context, Error, Result};
use rustix::fs::{AtFlags, CWD, Mode, OFlags, RenameFlags};
use rustix::io::Errno;
use std::fs::File;
use std::io::Write;
use std::os::fd::AsFd;
use std::os::unix::fs::{PermissionsExt, fchown};
use std::path::{Path, PathBuf};

/// Owner and group to give a new file; `None` leaves the writer's own.
pub type Owner = Option<(u32, u32)>;

/// The name under which a file is prepared: hidden, beside its target, the same on every run, so
/// that what a killed run left behind is overwritten by the next one and never piles up.
pub fn staging_path(target: &Path) -> PathBuf {
    let name = target.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
    target.with_file_name(format!(".{name}.left4me-new"))
}

/// Writes `content` under a temporary name in the same directory, syncs it, gives it owner and mode,
/// and renames it over `target`; then syncs the directory.
///
/// `check` sees the finished temporary file first; its error leaves `target` as it was.
pub fn write_checked(
    target: &Path,
    content: &[u8],
    mode: u32,
    owner: Owner,
    check: impl FnOnce(&Path) -> Result<()>,
) -> Result<()> {
    let prepared = prepare(target, content, mode, owner)?;
    check(&prepared.staging)?;
    prepared.put_in_place()?;
    sync_parent(target)
}

/// A file that is whole and on disk, but not under its name yet. Dropped, it is gone.
#[must_use]
pub struct Prepared {
    staging: PathBuf,
    target: Option<PathBuf>,
}

/// The first half of a write, for several files of which all shall be there or none.
pub fn prepare(target: &Path, content: &[u8], mode: u32, owner: Owner) -> Result<Prepared> {
    let prepared = Prepared { staging: staging_path(target), target: Some(target.to_owned()) };
    fill(CWD, &prepared.staging, content, mode, owner)
        .context(|| format!("cannot write {}", target.display()))?;
    Ok(prepared)
}

impl Prepared {
    /// The second half: a rename, which [`sync_parent`] makes durable.
    pub fn put_in_place(mut self) -> Result<()> {
        let Some(target) = self.target.take() else { return Ok(()) };
        std::fs::rename(&self.staging, &target).context(|| {
            let _ = std::fs::remove_file(&self.staging);
            format!("cannot replace {}", target.display())
        })
    }
}

impl Drop for Prepared {
    fn drop(&mut self) {
        if self.target.is_some() {
            let _ = std::fs::remove_file(&self.staging);
        }
    }
}

/// [`write_checked`] without a check.
pub fn write(target: &Path, content: &[u8], mode: u32, owner: Owner) -> Result<()> {
    write_checked(target, content, mode, owner, |_| Ok(()))
}

/// [`write`] of a file that must not exist yet; returns whether it did not.
pub fn write_new(target: &Path, content: &[u8], mode: u32, owner: Owner) -> Result<bool> {
    let prepared = prepare(target, content, mode, owner)?;
    match rustix::fs::renameat_with(CWD, &prepared.staging, CWD, target, RenameFlags::NOREPLACE) {
        Ok(()) => sync_parent(target).map(|()| true),
        Err(Errno::EXIST) => Ok(false),
        Err(e) => Err(std::io::Error::from(e)).context(|| format!("cannot write {}", target.display())),
    }
}

/// [`write`] of the file that `target` ends in, into an opened directory, wherever `target`'s path leads by now.
pub fn write_in(directory: impl AsFd, target: &Path, content: &[u8], mode: u32) -> Result<()> {
    let failed = || format!("cannot write {}", target.display());
    let staging = staging_path(target);
    let (Some(staging), Some(name)) = (staging.file_name(), target.file_name()) else {
        return Err(Error::new(failed()));
    };
    let directory = directory.as_fd();
    let written = fill(directory, Path::new(staging), content, mode, None)
        .and_then(|()| Ok(rustix::fs::renameat(directory, staging, directory, name)?));
    if written.is_err() {
        let _ = rustix::fs::unlinkat(directory, staging, AtFlags::empty());
    }
    written.and_then(|()| Ok(rustix::fs::fsync(directory)?)).context(failed)
}

/// A symbolic link that appears under its name in one step, replacing a link or file of that name.
pub fn symlink(target: &Path, link: &Path) -> Result<()> {
    let staging = staging_path(link);
    let _ = std::fs::remove_file(&staging);
    std::os::unix::fs::symlink(target, &staging)
        .and_then(|()| std::fs::rename(&staging, link))
        .context(|| format!("cannot link {}", link.display()))?;
    sync_parent(link)
}

/// Makes a rename or an unlink in `path`'s directory durable.
pub fn sync_parent(path: &Path) -> Result<()> {
    let parent = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    // A FIFO in its place would wait for a writer.
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
    rustix::fs::open(parent, flags, Mode::empty())
        .and_then(rustix::fs::fsync)
        .map_err(std::io::Error::from)
        .context(|| format!("cannot sync {}", parent.display()))
}

fn fill(
    directory: impl AsFd,
    staging: &Path,
    content: &[u8],
    mode: u32,
    owner: Owner,
) -> std::io::Result<()> {
    match rustix::fs::unlinkat(&directory, staging, AtFlags::empty()) {
        Ok(()) | Err(Errno::NOENT) => {}
        Err(e) => return Err(e.into()),
    }
    let mut file = create_new(directory, staging)?;
    file.write_all(content)?;
    if let Some((uid, gid)) = owner {
        fchown(&file, Some(uid), Some(gid))?;
    }
    file.set_permissions(std::fs::Permissions::from_mode(mode))?;
    file.sync_all()
}

/// Exclusive and without following links: nothing that is put under this name meanwhile is ever written to.
fn create_new(directory: impl AsFd, name: &Path) -> rustix::io::Result<File> {
    let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    rustix::fs::openat(directory, name, flags, Mode::from_raw_mode(0o600)).map(File::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What an attacker puts there after the old staging file was removed.
    #[test]
    fn nothing_that_waits_under_the_staging_name_is_written_to() {
        let dir = tempfile::tempdir().unwrap();
        let place = |name: &str| dir.path().join(name);
        std::fs::write(place("file"), "theirs").unwrap();
        std::os::unix::fs::symlink("file", place("link")).unwrap();
        std::os::unix::fs::symlink("absent", place("dangling")).unwrap();
        std::fs::hard_link(place("file"), place("hard link")).unwrap();
        for name in ["file", "link", "dangling", "hard link"] {
            let refused = create_new(CWD, &place(name)).unwrap_err();
            assert_eq!(refused, rustix::io::Errno::EXIST, "{name}");
        }
        assert_eq!(std::fs::read_to_string(place("file")).unwrap(), "theirs");
        assert!(!place("absent").exists());
        let new = create_new(CWD, &place("new")).unwrap();
        let mode = new.metadata().unwrap().permissions().mode();
        assert_eq!(mode & 0o177, 0, "{mode:o}");
        // No child of another thread's has it.
        assert_eq!(rustix::io::fcntl_getfd(&new).unwrap(), rustix::io::FdFlags::CLOEXEC);
    }

    #[test]
    fn files_written_in_a_directory_and_links_are_there_whole() {
        let dir = tempfile::tempdir().unwrap();
        let (file, link) = (dir.path().join("file"), dir.path().join("link"));
        let opened = File::open(dir.path()).unwrap();
        for content in ["one", "another"] {
            write_in(&opened, &file, content.as_bytes(), 0o640).unwrap();
            assert_eq!(std::fs::read_to_string(&file).unwrap(), content);
        }
        assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o7777, 0o640);
        for target in ["file", "elsewhere"] {
            symlink(Path::new(target), &link).unwrap();
            assert_eq!(std::fs::read_link(&link).unwrap(), Path::new(target));
        }
        // What cannot be put in place leaves nothing behind.
        let taken = dir.path().join("taken");
        std::fs::create_dir_all(taken.join("inner")).unwrap();
        assert!(write_in(&opened, &taken, b"x", 0o640).is_err());
        assert!(write(&taken, b"x", 0o640, None).is_err());
        drop(prepare(&dir.path().join("never"), b"x", 0o640, None).unwrap());
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 3);
        assert!(write_in(&opened, Path::new("/"), b"x", 0o640).is_err());
    }

    #[test]
    fn replaces_whole_and_keeps_the_old_one_on_a_failed_check() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("a");
        write(&file, b"one", 0o640, None).unwrap();
        let failed = write_checked(&file, b"two", 0o640, None, |new| {
            assert_eq!(std::fs::read(new).unwrap(), b"two");
            Err(Error::new("no"))
        });
        assert_eq!(failed.unwrap_err().message(), "no");
        assert_eq!(std::fs::read(&file).unwrap(), b"one");
        assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o7777, 0o640);
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_planted_link_is_replaced_not_followed() {
        let dir = tempfile::tempdir().unwrap();
        let victim = dir.path().join("victim");
        std::fs::write(&victim, "safe").unwrap();
        let file = dir.path().join("a");
        std::os::unix::fs::symlink(&victim, &file).unwrap();
        std::os::unix::fs::symlink(&victim, staging_path(&file)).unwrap();
        write(&file, b"new", 0o600, None).unwrap();
        assert_eq!(std::fs::read(&victim).unwrap(), b"safe");
        assert_eq!(std::fs::read(&file).unwrap(), b"new");
    }

    #[test]
    fn a_new_file_replaces_nothing() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("a");
        assert_eq!(write_new(&file, b"one", 0o644, None), Ok(true));
        assert_eq!(write_new(&file, b"two", 0o644, None), Ok(false));
        assert_eq!(std::fs::read(&file).unwrap(), b"one");
        let link = dir.path().join("link");
        std::os::unix::fs::symlink("/nowhere", &link).unwrap();
        assert_eq!(write_new(&link, b"two", 0o644, None), Ok(false));
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 2);
    }

    /// Its owner puts one in the directory's place between the rename and the sync.
    #[test]
    fn a_fifo_for_a_directory_holds_nobody_up() {
        let dir = tempfile::tempdir().unwrap();
        let fifo = dir.path().join("instance");
        rustix::fs::mkfifoat(rustix::fs::CWD, &fifo, rustix::fs::Mode::RWXU).unwrap();
        let (done, told) = std::sync::mpsc::channel();
        std::thread::spawn(move || done.send(sync_parent(&fifo.join("instance.env"))));
        let synced = told.recv_timeout(std::time::Duration::from_secs(20)).expect("it hangs");
        assert!(synced.unwrap_err().message().ends_with("Not a directory (os error 20)"));
    }
}
