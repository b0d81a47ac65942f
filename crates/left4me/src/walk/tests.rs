use super::*;
use rustix::fs::{FileType, Mode, OFlags};
use std::os::unix::fs::symlink;

/// `branches` directories in each, of which the last one goes on.
fn comb(depth: usize, branches: usize) -> tempfile::TempDir {
    let dir = tempfile::tempdir_in("/dev/shm").unwrap();
    let flags = OFlags::DIRECTORY | OFlags::RDONLY;
    let mut here = rustix::fs::open(dir.path(), flags, Mode::empty()).unwrap();
    for _ in 0..depth {
        for branch in 0..branches {
            rustix::fs::mkdirat(&here, format!("d{branch}"), Mode::RWXU).unwrap();
        }
        here = rustix::fs::openat(&here, format!("d{}", depth % branches), flags, Mode::empty()).unwrap();
    }
    dir
}

fn open(path: &Path) -> OwnedFd {
    beneath::open_to_list(path).unwrap()
}

fn descriptors() -> usize {
    std::fs::read_dir("/proc/self/fd").unwrap().count()
}

#[test]
fn everything_is_seen_once_at_any_depth() {
    for (depth, branches) in [(3, 2), (OPEN - 1, 2), (OPEN, 3), (OPEN + 1, 3), (3 * OPEN, 3), (3000, 3)] {
        let dir = comb(depth, branches);
        let (mut seen, mut deepest, mut most) = (0, 0, 0);
        let unreadable = each(open(dir.path()), 1, |level, entry, stat| {
            assert_eq!((entry.path.iter().count(), entry.depth), (*level, *level));
            assert!(stat.is_directory());
            seen += 1;
            deepest = deepest.max(*level);
            most = most.max(if seen % 100 == 0 { descriptors() } else { 0 });
            Some(level + 1)
        });
        assert_eq!((unreadable, seen, deepest), (0, depth * branches, depth));
        // Those of other tests are among them.
        assert!(most < 500, "{most} descriptors");
        crate::remove::tree(dir.path()).unwrap();
    }
}

/// The directories are closed again while the walk is far below; meanwhile one on the way is moved.
#[test]
fn a_directory_that_was_moved_is_not_returned_to() {
    let dir = comb(3 * OPEN, 2);
    let elsewhere = tempfile::tempdir_in("/dev/shm").unwrap();
    std::fs::create_dir(elsewhere.path().join("secret")).unwrap();
    let (mut seen, mut is_moved) = (Vec::new(), false);
    let unreadable = each(open(dir.path()), (), |(), entry, _| {
        seen.push(entry.path.to_owned());
        if entry.depth == 3 * OPEN && !is_moved {
            let second: PathBuf = entry.path.iter().take(OPEN).collect();
            std::fs::rename(dir.path().join(second), elsewhere.path().join("moved")).unwrap();
            is_moved = true;
        }
        Some(())
    });
    assert!(is_moved && unreadable == 1, "{unreadable}");
    assert!(!seen.iter().any(|path| path.ends_with("secret")));
    crate::remove::tree(&elsewhere.path().join("moved")).unwrap();
}

#[test]
fn links_are_shown_and_not_followed() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::create_dir(dir.path().join("d")).unwrap();
    std::fs::write(dir.path().join("d/file"), "12345").unwrap();
    symlink("/etc", dir.path().join("d/link")).unwrap();
    let mut seen = Vec::new();
    each(open(dir.path()), (), |(), entry, stat| {
        assert_eq!(stat.is_directory(), entry.path == Path::new("d"));
        seen.push(format!("{} {:?} {}", entry.path.display(), stat.kind(), stat.is_whiteout()));
        if stat.kind() == FileType::RegularFile {
            assert_eq!(stat.length(), 5);
        }
        (stat.is_directory() || stat.kind() == FileType::Symlink).then_some(())
    });
    seen.sort();
    assert_eq!(seen, ["d Directory false", "d/file RegularFile false", "d/link Symlink false"]);
}

/// Anyone may make the kernel's mark for "deleted", and no other device.
#[test]
fn whiteouts_are_told_from_devices() {
    let dir = tempfile::tempdir().unwrap();
    let place = dir.path().join("deleted");
    rustix::fs::mknodat(rustix::fs::CWD, &place, FileType::CharacterDevice, Mode::RUSR, 0).unwrap();
    // 1:3, 1:5 and 5:0.
    for (path, expected) in [
        (place.as_path(), true),
        ("/dev/null".as_ref(), false),
        ("/dev/zero".as_ref(), false),
        ("/dev/tty".as_ref(), false),
    ] {
        let name = CString::new(path.file_name().unwrap().as_bytes()).unwrap();
        let directory = open(path.parent().unwrap());
        let stat = Entry { path, depth: 1, directory: &directory, name: &name }.stat().unwrap();
        assert_eq!(
            (stat.kind(), stat.is_whiteout()),
            (FileType::CharacterDevice, expected),
            "{}",
            path.display()
        );
    }
}

#[test]
fn bytes_on_disk_are_those_of_everything_below() {
    let dir = tempfile::tempdir_in("/dev/shm").unwrap();
    assert_eq!(disk_bytes(open(dir.path())), 0);
    std::fs::create_dir_all(dir.path().join("d/e")).unwrap();
    std::fs::write(dir.path().join("one"), vec![1; 8192]).unwrap();
    std::fs::write(dir.path().join("d/e/two"), vec![1; 4096]).unwrap();
    symlink("/usr", dir.path().join("d/link")).unwrap();
    assert_eq!(disk_bytes(open(dir.path())), 12_288);
}

/// Mount points are counted as unreadable, entered never.
#[test]
fn mounts_are_not_entered() {
    let mut mounts = 0;
    struct Mounts<'a>(&'a mut u32);
    impl Visitor for Mounts<'_> {
        type Data = ();
        fn visit(&mut self, (): &(), entry: &Entry) -> Next<()> {
            if !entry.stat().is_ok_and(|stat| stat.is_mount_point()) {
                return Next::Skip;
            }
            Next::Enter(())
        }
        fn failed(&mut self, verb: &str, path: &Path, cause: Errno) -> ControlFlow<()> {
            assert_eq!((verb, cause), ("open", Errno::XDEV), "{}", path.display());
            *self.0 += 1;
            ControlFlow::Continue(())
        }
    }
    // At least /proc is one.
    walk(open(Path::new("/")), (), &mut Mounts(&mut mounts));
    assert!(mounts > 0);
    assert!(each(open(Path::new("/")), (), |(), _, _| None) >= u64::from(mounts));
}

#[test]
fn it_ends_when_it_is_told_to() {
    struct First(u32);
    impl Visitor for First {
        type Data = ();
        fn visit(&mut self, (): &(), _entry: &Entry) -> Next<()> {
            self.0 += 1;
            if self.0 == 2 { Next::Stop } else { Next::Enter(()) }
        }
        fn failed(&mut self, _verb: &str, _path: &Path, _cause: Errno) -> ControlFlow<()> {
            ControlFlow::Break(())
        }
    }
    let dir = tempfile::tempdir().unwrap();
    for name in ["a", "b", "c"] {
        std::fs::write(dir.path().join(name), "").unwrap();
    }
    let mut first = First(0);
    walk(open(dir.path()), (), &mut first);
    assert_eq!(first.0, 2);
    std::fs::remove_file(dir.path().join("a")).unwrap();
    std::fs::remove_file(dir.path().join("b")).unwrap();
    // One visit, and then a file that is no directory.
    let mut first = First(0);
    walk(open(dir.path()), (), &mut first);
    assert_eq!(first.0, 1);
}
