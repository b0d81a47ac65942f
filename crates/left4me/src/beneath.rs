//! Opening what lies below a directory whose owner may be hostile: by descriptor, beneath it, links refused.
//!
//! The tree below `LEFT4ME_ROOT` belongs to the runtime user, who may change it at any instant, so nobody with
//! more rights reaches anything there by a path. The ways in which openat2 may resolve one are named here and
//! nowhere else.

use rustix::fs::{Mode, OFlags, ResolveFlags, openat2};
use rustix::io::Result;
use std::os::fd::{AsFd, OwnedFd};
use std::path::Path;

/// For an absolute path, and for the directories directly below `LEFT4ME_ROOT`, on which an administrator may have
/// mounted a disk: nothing outside, no symbolic link, no link of /proc.
pub const ANY_MOUNT: ResolveFlags =
    ResolveFlags::BENEATH.union(ResolveFlags::NO_SYMLINKS).union(ResolveFlags::NO_MAGICLINKS);
/// For everything else. The runtime user can mount FUSE, whose server can keep whoever looks waiting for ever.
pub const SAME_MOUNT: ResolveFlags = ANY_MOUNT.union(ResolveFlags::NO_XDEV);
/// For files that the engine reads through links too, as an overlay's server.cfg: a link may stay in the directory.
pub const LINKS_INSIDE: ResolveFlags = SAME_MOUNT.difference(ResolveFlags::NO_SYMLINKS);
/// For `..` alone, on the way back up; whoever uses it compares what it led to.
const PARENT: ResolveFlags = SAME_MOUNT.difference(ResolveFlags::BENEATH);

/// A directory to be handed on or looked into; opening it this way neither reads it nor blocks.
const HANDLE: OFlags = OFlags::PATH.union(OFlags::DIRECTORY).union(OFlags::NOFOLLOW).union(OFlags::CLOEXEC);
const LISTED: OFlags = OFlags::RDONLY.union(OFlags::DIRECTORY).union(OFlags::NOFOLLOW).union(OFlags::CLOEXEC);
/// Neither a FIFO without a writer nor a terminal holds up who opens it.
pub(crate) const READ: OFlags =
    OFlags::RDONLY.union(OFlags::NONBLOCK).union(OFlags::NOCTTY).union(OFlags::CLOEXEC);

/// Opens a directory by its absolute path, across mounts, through no link.
pub fn open_absolute(path: &Path) -> Result<OwnedFd> {
    open_absolute_in(Path::new("/"), path)
}

/// [`open_absolute`], seen from another directory that is root's own, such as PID 1's `/`.
pub fn open_absolute_in(slash: &Path, path: &Path) -> Result<OwnedFd> {
    // Without NOFOLLOW: PID 1's is a link of the kernel's.
    let slash = rustix::fs::open(slash, HANDLE.difference(OFlags::NOFOLLOW), Mode::empty())?;
    match path.strip_prefix("/") {
        Ok(below) if !below.as_os_str().is_empty() => directory_on_any_mount(slash, below),
        _ => Ok(slash),
    }
}

/// Opens a directory by a path that leads through nothing hostile but its last part, which is no link.
pub fn open_directory(path: &Path) -> Result<OwnedFd> {
    rustix::fs::open(path, HANDLE, Mode::empty())
}

/// [`open_directory`], to list it.
pub fn open_to_list(path: &Path) -> Result<OwnedFd> {
    rustix::fs::open(path, LISTED, Mode::empty())
}

/// A directory beneath another, which may be a mount of its own.
pub fn directory_on_any_mount(parent: impl AsFd, path: impl AsRef<Path>) -> Result<OwnedFd> {
    openat2(parent, path.as_ref(), HANDLE, Mode::empty(), ANY_MOUNT)
}

/// A directory beneath another, on the same mount.
pub fn directory(parent: impl AsFd, path: impl AsRef<Path>) -> Result<OwnedFd> {
    openat2(parent, path.as_ref(), HANDLE, Mode::empty(), SAME_MOUNT)
}

/// [`directory`], to list it; the empty path is `parent` itself.
pub fn directory_to_list(parent: impl AsFd, path: impl AsRef<Path>) -> Result<OwnedFd> {
    let path = path.as_ref();
    let path = if path.as_os_str().is_empty() { Path::new(".") } else { path };
    openat2(parent, path, LISTED, Mode::empty(), SAME_MOUNT)
}

/// Whatever lies at `path`, on the same mount, without reading it; of a link, the link.
pub fn entry(parent: impl AsFd, path: impl AsRef<Path>) -> Result<OwnedFd> {
    let flags = OFlags::PATH | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    openat2(parent, path.as_ref(), flags, Mode::empty(), SAME_MOUNT)
}

/// A file for reading; it may turn out to be a FIFO or a device, which [`crate::read`] refuses.
pub fn file(parent: impl AsFd, path: impl AsRef<Path>, resolve: ResolveFlags) -> Result<OwnedFd> {
    let links = if resolve.contains(ResolveFlags::NO_SYMLINKS) { OFlags::NOFOLLOW } else { OFlags::empty() };
    openat2(parent, path.as_ref(), READ | links, Mode::empty(), resolve)
}

/// The directory that `child` is in by now, to list it.
pub(crate) fn parent(child: impl AsFd) -> Result<OwnedFd> {
    openat2(child, "..", LISTED, Mode::empty(), PARENT)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rustix::io::Errno;
    use std::os::unix::fs::symlink;

    /// Which flags a function passes shows in what it refuses.
    #[test]
    fn what_each_way_refuses() {
        let dir = tempfile::tempdir().unwrap();
        let at = |name: &str| dir.path().join(name);
        std::fs::create_dir_all(at("d/e")).unwrap();
        std::fs::write(at("d/file"), "x").unwrap();
        symlink("d", at("link")).unwrap();
        symlink("file", at("d/inside")).unwrap();
        symlink(at("d/file"), at("d/outside")).unwrap();
        let top = open_directory(dir.path()).unwrap();
        let ways = |path: &str| {
            [
                directory_on_any_mount(&top, path),
                directory(&top, path),
                directory_to_list(&top, path),
                file(&top, path, SAME_MOUNT),
                file(&top, path, LINKS_INSIDE),
            ]
        };
        let table = [
            ("d", "ok ok ok ok ok"),
            ("d/file", "NOTDIR NOTDIR NOTDIR ok ok"),
            ("link", "NOTDIR NOTDIR NOTDIR LOOP ok"),
            ("link/e", "LOOP LOOP LOOP LOOP ok"),
            ("d/inside", "NOTDIR NOTDIR NOTDIR LOOP ok"),
            ("d/outside", "NOTDIR NOTDIR NOTDIR LOOP XDEV"),
            ("d/../..", "XDEV XDEV XDEV XDEV XDEV"),
            ("/etc", "XDEV XDEV XDEV XDEV XDEV"),
        ];
        for (path, expected) in table {
            let found = ways(path).map(shown);
            assert_eq!(found.join(" "), expected, "{path}");
        }
        // Every /proc is a mount of its own.
        let slash = open_absolute(Path::new("/")).unwrap();
        assert!(directory_on_any_mount(&slash, "proc").is_ok());
        assert_eq!(directory_on_any_mount(&slash, "proc/self/fd").unwrap_err(), Errno::LOOP);
        for refused in [
            directory(&slash, "proc"),
            directory_to_list(&slash, "proc"),
            entry(&slash, "proc"),
            file(&slash, "proc/stat", SAME_MOUNT),
            file(&slash, "proc/stat", LINKS_INSIDE),
        ] {
            assert_eq!(refused.unwrap_err(), Errno::XDEV);
        }
        let proc = open_directory(Path::new("/proc")).unwrap();
        assert!(file(&proc, "self/root/etc/passwd", LINKS_INSIDE).is_err());
        // From PID 1's `/` as from ours, the path leads to what it names.
        let inside = dir.path().canonicalize().unwrap();
        for slash in ["/", "/proc/self/root"] {
            let opened = |path: &Path| open_absolute_in(Path::new(slash), path);
            for path in [inside.join("d"), "/proc".into(), "/".into()] {
                let found = rustix::fs::fstat(opened(&path).unwrap()).unwrap();
                let expected = rustix::fs::stat(&path).unwrap();
                assert_eq!(
                    (found.st_dev, found.st_ino),
                    (expected.st_dev, expected.st_ino),
                    "{slash} {path:?}"
                );
            }
            assert_eq!(shown(opened(&inside.join("link"))), "NOTDIR");
            assert_eq!(shown(opened(&inside.join("link/e"))), "LOOP");
        }
    }

    fn shown(opened: Result<OwnedFd>) -> &'static str {
        match opened {
            Ok(_) => "ok",
            Err(Errno::LOOP) => "LOOP",
            Err(Errno::NOTDIR) => "NOTDIR",
            Err(Errno::XDEV) => "XDEV",
            Err(_) => "other",
        }
    }

    #[test]
    fn entries_are_opened_as_they_are() {
        let dir = tempfile::tempdir().unwrap();
        symlink("/nowhere", dir.path().join("link")).unwrap();
        let top = open_directory(dir.path()).unwrap();
        let link = rustix::fs::fstat(entry(&top, "link").unwrap()).unwrap();
        assert_eq!(rustix::fs::FileType::from_raw_mode(link.st_mode), rustix::fs::FileType::Symlink);
        let here = directory_to_list(&top, "").unwrap();
        let (here, top) = (rustix::fs::fstat(here).unwrap(), rustix::fs::fstat(&top).unwrap());
        assert_eq!(here.st_ino, top.st_ino);
        assert!(open_directory(&dir.path().join("link")).is_err());
        assert!(open_to_list(&dir.path().join("link")).is_err());
    }

    /// A child of another thread's must not get what lies in a tree of somebody else's.
    #[test]
    fn nothing_opened_is_inherited() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("file"), "x").unwrap();
        std::fs::create_dir(dir.path().join("d")).unwrap();
        let top = open_directory(dir.path()).unwrap();
        let opened = [
            open_absolute(Path::new("/")),
            open_absolute(&dir.path().canonicalize().unwrap()),
            open_to_list(dir.path()),
            directory_on_any_mount(&top, "d"),
            directory(&top, "d"),
            directory_to_list(&top, "d"),
            entry(&top, "file"),
            file(&top, "file", SAME_MOUNT),
            file(&top, "file", LINKS_INSIDE),
            parent(directory(&top, "d").unwrap()),
            Ok(top),
        ];
        for (at, opened) in opened.into_iter().enumerate() {
            let flags = rustix::io::fcntl_getfd(opened.unwrap()).unwrap();
            assert_eq!(flags, rustix::io::FdFlags::CLOEXEC, "{at}");
        }
    }
}
