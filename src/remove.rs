//! Removing a tree whose owner may be hostile: as deep as it likes, full of links, changed meanwhile.
//!
//! Every step goes through a descriptor that was reached without a link and without crossing a mount.
//! Nothing recurses, and a bounded number of directories is open: what lies deeper is first moved up.

use crate::{Context, Error, Result, printable};
use rustix::fs::{AtFlags, Dir, Mode, OFlags, RenameFlags, ResolveFlags, openat2};
use rustix::io::Errno;
use std::ffi::{CStr, CString, OsStr};
use std::os::fd::{AsFd, AsRawFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

const DIRECTORY: OFlags = OFlags::DIRECTORY.union(OFlags::NOFOLLOW).union(OFlags::CLOEXEC);
const CONFINED: ResolveFlags =
    ResolveFlags::BENEATH.union(ResolveFlags::NO_SYMLINKS).union(ResolveFlags::NO_XDEV);
/// How many directories are open at once.
const OPEN: usize = 64;
/// How many names of one directory are held at once.
const LISTED: usize = 10_000;

/// Removes `path`, whatever it is, with all that is in it; nothing to do when there is nothing.
pub fn tree(path: &Path) -> Result<()> {
    let (Some(parent), Some(name)) = (path.parent(), path.file_name()) else {
        return Err(Error::new(format!("cannot remove {}", path.display())));
    };
    let parent = match rustix::fs::open(parent, DIRECTORY | OFlags::PATH, Mode::empty()) {
        Ok(parent) => parent,
        Err(Errno::NOENT) => return Ok(()),
        Err(e) => return Err(e).context(|| format!("cannot open {}", parent.display())),
    };
    let name = CString::new(name.as_bytes()).context(|| format!("cannot remove {}", path.display()))?;
    let here = Level { name: c"".to_owned(), dir: parent, todo: Vec::new(), is_whole: true };
    let Some(top) = here.remove_or_open(&name, path)? else { return Ok(()) };
    contents(top, path)?;
    here.remove_empty(&name).context(|| format!("cannot remove {}", path.display()))
}

/// Removes all that is in the directory `top`, which must be open for reading; `shown` names it in errors.
pub fn contents(top: OwnedFd, shown: &Path) -> Result<()> {
    let mut levels = vec![Level::new(c"".to_owned(), top, shown)?];
    let mut moved = 0;
    while let Some(here) = levels.last_mut() {
        if let Some(name) = here.todo.pop() {
            let Some(dir) = here.remove_or_open(&name, shown)? else { continue };
            if levels.len() < OPEN {
                levels.push(Level::new(name, dir, shown)?);
            } else {
                let name = move_up(&levels, &name, &dir, &mut moved, shown)?;
                levels[0].todo.push(name);
            }
        } else if !here.is_whole {
            here.list(shown)?;
        } else {
            let name = levels.pop().map(|done| done.name).unwrap_or_default();
            if let Some(parent) = levels.last() {
                parent.remove_empty(&name).context(|| format!("cannot remove {}", path(shown, &name)))?;
            }
        }
    }
    Ok(())
}

/// A directory on the way down, and which of its entries are still to go.
struct Level {
    name: CString,
    dir: OwnedFd,
    todo: Vec<CString>,
    /// Whether `todo` was all there is.
    is_whole: bool,
}

impl Level {
    fn new(name: CString, dir: OwnedFd, shown: &Path) -> Result<Level> {
        let mut level = Level { name, dir, todo: Vec::new(), is_whole: false };
        level.list(shown)?;
        Ok(level)
    }

    fn list(&mut self, shown: &Path) -> Result<()> {
        let listed = self.with_rights(names);
        let read = |e| Error::new(format!("cannot read {}: {}", path(shown, &self.name), words(e)));
        let (todo, is_whole) = listed.map_err(read)?;
        (self.todo, self.is_whole) = (todo, is_whole);
        Ok(())
    }

    /// A directory that holds something is opened, all else is gone.
    fn remove_or_open(&self, name: &CStr, shown: &Path) -> Result<Option<OwnedFd>> {
        let mount_point = || {
            Error::new(format!("{} is a mount point, it was left alone", path(shown, name)))
                .hint(format!("grep {} /proc/mounts shows it; sudo umount unmounts it", shown.display()))
        };
        let failed = |what: &str, e: Errno| {
            Err(Error::new(format!("cannot {what} {}: {}", path(shown, name), words(e))))
        };
        match self.with_rights(|dir| rustix::fs::unlinkat(dir, name, AtFlags::empty())) {
            Ok(()) | Err(Errno::NOENT) => return Ok(None),
            Err(Errno::BUSY) => return Err(mount_point()),
            Err(unlink) => {
                match self.with_rights(|dir| rustix::fs::unlinkat(dir, name, AtFlags::REMOVEDIR)) {
                    // It goes, too, when it belongs to somebody else and could not be opened.
                    Ok(()) | Err(Errno::NOENT) => return Ok(None),
                    Err(Errno::BUSY) => return Err(mount_point()),
                    Err(Errno::NOTDIR) => return failed("remove", unlink),
                    Err(_) => {}
                }
            }
        }
        match open(&self.dir, name) {
            Ok(inner) => Ok(Some(inner)),
            Err(Errno::XDEV) => Err(mount_point()),
            Err(e) => failed("open", e),
        }
    }

    fn remove_empty(&self, name: &CStr) -> rustix::io::Result<()> {
        match self.with_rights(|dir| rustix::fs::unlinkat(dir, name, AtFlags::REMOVEDIR)) {
            Err(Errno::NOENT) => Ok(()),
            done => done,
        }
    }

    /// Tries it again after making the directory accessible, if it is ours: a game makes some that are not.
    fn with_rights<T>(&self, work: impl Fn(&OwnedFd) -> rustix::io::Result<T>) -> rustix::io::Result<T> {
        match work(&self.dir) {
            Err(Errno::ACCESS) if open_up(&self.dir) => work(&self.dir),
            done => done,
        }
    }
}

/// Moves the directory `name` of the last level, open as `dir`, to the first one; returns its name there.
fn move_up(levels: &[Level], name: &CStr, dir: &OwnedFd, moved: &mut u64, shown: &Path) -> Result<CString> {
    let (top, here) = (&levels[0].dir, &levels[levels.len() - 1].dir);
    loop {
        *moved += 1;
        let new = CString::new(format!(".left4me-removing-{moved}")).unwrap_or_default();
        match rustix::fs::renameat_with(here, name, top, &new, RenameFlags::NOREPLACE) {
            Ok(()) => return Ok(new),
            Err(Errno::EXIST) => {}
            // Its entry ".." changes, for which it must be writable.
            Err(Errno::ACCESS) if rights(dir).is_some_and(|mode| mode & 0o700 != 0o700) && open_up(dir) => {}
            Err(e) => return Err(e).context(|| format!("cannot remove {}", path(shown, name))),
        }
    }
}

fn open(parent: &OwnedFd, name: &CStr) -> rustix::io::Result<OwnedFd> {
    let for_reading = || openat2(parent, name, DIRECTORY | OFlags::RDONLY, Mode::empty(), CONFINED);
    match for_reading() {
        Err(Errno::ACCESS) => {
            let closed = openat2(parent, name, DIRECTORY | OFlags::PATH, Mode::empty(), CONFINED)?;
            if open_up(&closed) { for_reading() } else { Err(Errno::ACCESS) }
        }
        opened => opened,
    }
}

/// Makes a directory of our own accessible to us. By its descriptor: its name may be a link's by now.
fn open_up(dir: impl AsFd) -> bool {
    let itself = format!("/proc/self/fd/{}", dir.as_fd().as_raw_fd());
    rustix::fs::chmod(itself, Mode::RWXU).is_ok()
}

fn rights(dir: &OwnedFd) -> Option<u32> {
    rustix::fs::fstat(dir).ok().map(|stat| stat.st_mode & 0o777)
}

/// Names in a directory, and whether these are all.
fn names(dir: &OwnedFd) -> rustix::io::Result<(Vec<CString>, bool)> {
    let mut names = Vec::new();
    for entry in Dir::read_from(dir)? {
        let entry = entry?;
        let name: &CStr = entry.file_name();
        if name == c"." || name == c".." {
            continue;
        }
        if names.len() == LISTED {
            return Ok((names, false));
        }
        names.push(name.to_owned());
    }
    Ok((names, true))
}

/// A name somewhere in the tree, whose owner chose it: it must not steer a terminal.
fn path(shown: &Path, name: &CStr) -> String {
    let is_top = name.is_empty() || shown.file_name() == Some(OsStr::from_bytes(name.to_bytes()));
    match is_top {
        true => shown.display().to_string(),
        false => format!("'{}' below {}", printable::line_of_bytes(name.to_bytes()), shown.display()),
    }
}

fn words(cause: Errno) -> std::io::Error {
    cause.into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use std::os::unix::fs::{PermissionsExt, symlink};

    fn closed(path: &Path, mode: u32) {
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    }

    /// A chain of directories named `d`, made without ever naming it whole.
    fn deep(top: &Path, depth: usize, mode: u32) -> rustix::io::Result<()> {
        let flags = DIRECTORY | OFlags::RDONLY;
        rustix::fs::mkdir(top, Mode::RWXU)?;
        let mut here = rustix::fs::open(top, flags, Mode::empty())?;
        for _ in 0..depth {
            rustix::fs::mkdirat(&here, "d", Mode::RWXU)?;
            let below = rustix::fs::openat(&here, "d", flags, Mode::empty())?;
            rustix::fs::fchmod(&here, Mode::from_raw_mode(mode))?;
            here = below;
        }
        Ok(())
    }

    #[test]
    fn links_are_removed_and_not_followed() {
        let dir = tempfile::tempdir().unwrap();
        let kept = dir.path().join("kept");
        fs::create_dir(&kept).unwrap();
        fs::write(kept.join("file"), "x").unwrap();
        let top = dir.path().join("tree");
        fs::create_dir_all(top.join("inner")).unwrap();
        symlink(&kept, top.join("inner/link")).unwrap();
        tree(&top).unwrap();
        tree(&top).unwrap();
        tree(&top.join("absent/too")).unwrap();
        assert!(!top.exists() && kept.join("file").exists());
        symlink(&kept, &top).unwrap();
        tree(&top).unwrap();
        assert!(!top.is_symlink() && kept.join("file").exists());
    }

    /// In memory: a disk takes its time over so many directories.
    #[test]
    fn any_depth_with_few_descriptors() {
        let dir = tempfile::tempdir_in("/dev/shm").unwrap();
        for depth in [OPEN - 1, OPEN, OPEN + 1, 1_900, 20_000] {
            let top = dir.path().join("tree");
            deep(&top, depth, 0o700).unwrap();
            tree(&top).unwrap();
            assert!(!top.exists(), "{depth}");
        }
    }

    /// The tree is nobody's, and so is the work: no more rights than its directories give, in this thread alone.
    fn as_nobody<T: Send>(work: impl FnOnce() -> T + Send) -> T {
        std::thread::scope(|scope| {
            let worker = scope.spawn(move || {
                if nix::unistd::geteuid().is_root() {
                    nix::unistd::setfsuid(65534.into());
                }
                work()
            });
            worker.join().unwrap()
        })
    }

    #[test]
    fn directories_of_our_own_are_opened() {
        let dir = tempfile::tempdir().unwrap();
        closed(dir.path(), 0o777);
        let top = dir.path().join("tree");
        for mode in [0o500, 0o300, 0o000] {
            as_nobody(|| {
                fs::create_dir_all(top.join("closed/inner/more")).unwrap();
                fs::write(top.join("closed/inner/file"), "x").unwrap();
                closed(&top.join("closed/inner"), mode);
                closed(&top.join("closed"), mode);
                tree(&top).unwrap();
            });
            assert!(!top.exists(), "{mode:o}");
        }
        as_nobody(|| {
            deep(&top, 3 * OPEN, 0o500).unwrap();
            tree(&top).unwrap();
        });
        assert!(!top.exists());
    }

    /// What the kernel leaves in `work` is root's and empty; what root filled is not ours to remove.
    #[test]
    fn what_belongs_to_another() {
        if !nix::unistd::geteuid().is_root() {
            assert!(std::env::var_os("CI").is_none(), "two users need root");
            return println!("skipped: two users need root");
        }
        let dir = tempfile::tempdir().unwrap();
        closed(dir.path(), 0o777);
        let top = dir.path().join("tree");
        let theirs = top.join("work/work");
        for filled in [false, true] {
            as_nobody(|| fs::create_dir_all(top.join("work")).unwrap());
            fs::create_dir(&theirs).unwrap();
            closed(&theirs, 0o000);
            if filled {
                fs::write(theirs.join("file"), "x").unwrap();
            }
            let done = as_nobody(|| tree(&top));
            assert_eq!((done.is_err(), top.exists(), theirs.join("file").exists()), (filled, filled, filled));
            if let Err(error) = done {
                let said =
                    format!("cannot open 'work' below {}: Permission denied (os error 13)", top.display());
                assert_eq!(error.message(), said);
            }
        }
    }

    /// A subtree moved to the top collides with names that wait there for it, or with a full listing.
    #[test]
    fn wide_and_deep_with_names_in_the_way() {
        let dir = tempfile::tempdir().unwrap();
        let top = dir.path().join("tree");
        deep(&top, 2 * OPEN, 0o700).unwrap();
        for i in 0..5 {
            fs::write(top.join(format!(".left4me-removing-{i}")), "").unwrap();
        }
        let wide = top.join("d/d");
        for i in 0..LISTED + 10 {
            fs::write(wide.join(i.to_string()), "").unwrap();
        }
        tree(&top).unwrap();
        assert!(!top.exists());
    }

    /// Somebody exchanges directories with links to what must stay, all the while.
    #[test]
    fn an_attacker_gains_nothing() {
        use rustix::fs::CWD;
        use std::sync::atomic::{AtomicBool, Ordering};
        let dir = tempfile::tempdir().unwrap();
        let (top, kept, bait) = (dir.path().join("tree"), dir.path().join("kept"), dir.path().join("bait"));
        fs::create_dir(&kept).unwrap();
        fs::write(kept.join("file"), "x").unwrap();
        let (done, swapped) = (AtomicBool::new(false), AtomicBool::new(false));
        let attack = || {
            while !done.load(Ordering::Relaxed) {
                let _ = symlink(&kept, &bait);
                for victim in ["d", "d/d", "d/d/d/d"] {
                    let victim = top.join(victim);
                    if rustix::fs::renameat_with(CWD, &bait, CWD, victim, RenameFlags::EXCHANGE).is_ok() {
                        swapped.store(true, Ordering::Relaxed);
                    }
                }
            }
        };
        std::thread::scope(|scope| {
            scope.spawn(attack);
            for _ in 0..300 {
                // What the other one changes meanwhile is an error at worst.
                let _ = deep(&top, 6, 0o700);
                let _ = tree(&top);
            }
            done.store(true, Ordering::Relaxed);
        });
        assert!(swapped.into_inner());
        tree(&top).unwrap();
        assert!(!top.exists());
        assert_eq!(fs::read_to_string(kept.join("file")).unwrap(), "x");
    }
}
