use super::*;
use crate::walk::{LISTED, OPEN};
use rustix::fs::{OFlags, RenameFlags};
use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};

fn closed(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

/// A chain of directories named `d`, made without ever naming it whole.
fn deep(top: &Path, depth: usize, mode: u32) -> rustix::io::Result<()> {
    let flags = OFlags::DIRECTORY | OFlags::RDONLY;
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
            if rustix::process::geteuid().is_root() {
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
#[ignore = "needs root: tests/run.sh"]
fn what_belongs_to_another() {
    left4me_test_support::needs::root();
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
            let said = format!("cannot open 'work' below {}: Permission denied (os error 13)", top.display());
            assert_eq!(error.message(), said);
        }
    }
}

/// More in one directory than is remembered at once, far below.
#[test]
fn wide_and_deep() {
    let dir = tempfile::tempdir_in("/dev/shm").unwrap();
    let top = dir.path().join("tree");
    deep(&top, 2 * OPEN, 0o700).unwrap();
    let wide = top.join("d/d");
    for i in 0..LISTED + 10 {
        fs::create_dir_all(wide.join(format!("{i}/e"))).unwrap();
        fs::write(wide.join(format!("{i}.file")), "").unwrap();
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

/// Whoever removes as root what another may have planted goes only so deep.
#[test]
fn a_bound_on_the_depth() {
    let dir = tempfile::tempdir().unwrap();
    let parent = beneath::open_directory(dir.path()).unwrap();
    let top = dir.path().join("tree");
    for (depth, is_removed) in [(3, true), (4, false)] {
        deep(&top, depth, 0o700).unwrap();
        let done = entry(&parent, OsStr::new("tree"), &top, Bounds { depth: 2, ..Bounds::NONE });
        assert_eq!((done.is_ok(), top.exists()), (is_removed, !is_removed), "{done:?}");
        if let Err(error) = done {
            let said =
                format!("cannot remove 'd' below {}: Directory not empty (os error 39)", top.display());
            assert_eq!(error.message(), said);
        }
    }
}

#[test]
fn a_bound_on_the_number() {
    let dir = tempfile::tempdir().unwrap();
    let parent = beneath::open_directory(dir.path()).unwrap();
    let top = dir.path().join("tree");
    // The directory itself, another one in it, and the files there.
    for (files, is_removed) in [(3, true), (4, false)] {
        fs::create_dir_all(top.join("d")).unwrap();
        (0..files).for_each(|file| fs::write(top.join(format!("d/{file}")), "").unwrap());
        let done = entry(&parent, OsStr::new("tree"), &top, Bounds { entries: 5, ..Bounds::NONE });
        assert_eq!((done.is_ok(), top.exists()), (is_removed, !is_removed), "{done:?}");
        if let Err(error) = done {
            assert_eq!(error.message(), format!("{} has more than 5 entries", top.display()));
        }
    }
}

/// Somebody puts a new file in whenever one is removed.
#[test]
fn what_is_added_meanwhile_is_not_waited_for() {
    struct Refills(usize);
    impl Visitor for Refills {
        type Data = ();
        const REMOVES: bool = true;
        fn visit(&mut self, (): &(), entry: &Entry) -> Next<()> {
            self.0 += 1;
            rustix::fs::unlinkat(entry.directory, entry.name, AtFlags::empty()).unwrap();
            let flags = OFlags::CREATE | OFlags::WRONLY;
            let made = rustix::fs::openat(entry.directory, format!("new {}", self.0), flags, Mode::RWXU);
            made.unwrap();
            if self.0 < 1000 { Next::Skip } else { Next::Stop }
        }
        fn failed(&mut self, _verb: &str, _path: &Path, _cause: Errno) -> ControlFlow<()> {
            ControlFlow::Break(())
        }
    }
    let dir = tempfile::tempdir_in("/dev/shm").unwrap();
    ["a", "b", "c"].iter().for_each(|name| fs::write(dir.path().join(name), "").unwrap());
    let mut refills = Refills(0);
    walk::walk(beneath::open_to_list(dir.path()).unwrap(), (), &mut refills);
    assert_eq!(refills.0, 3);
}

#[test]
fn a_directory_without_a_name_is_no_tree() {
    for path in ["/", "..", ""] {
        assert_eq!(tree(Path::new(path)).unwrap_err().message(), format!("cannot remove {path}"));
    }
}

#[test]
fn what_is_no_directory_goes_too() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("file");
    fs::write(&file, "x").unwrap();
    tree(&file).unwrap();
    assert!(!file.exists());
    let top = dir.path().join("top");
    fs::create_dir_all(top.join("a/b")).unwrap();
    fs::write(top.join("a/file"), "x").unwrap();
    contents(beneath::open_to_list(&top).unwrap(), &top).unwrap();
    assert_eq!(fs::read_dir(&top).unwrap().count(), 0);
}

/// What stays keeps its mode, unless nothing in it could be removed with that.
#[test]
fn a_directory_that_is_emptied_keeps_its_mode() {
    let dir = tempfile::tempdir().unwrap();
    let top = dir.path().join("top");
    for (mode, after) in [(0o755, 0o755), (0o2770, 0o2770), (0o500, 0o700), (0o055, 0o700)] {
        fs::create_dir_all(top.join("a")).unwrap();
        let opened = beneath::open_to_list(&top).unwrap();
        closed(&top, mode);
        contents(opened, &top).unwrap();
        let found = fs::metadata(&top).unwrap().permissions().mode() & 0o7777;
        assert_eq!((found, fs::read_dir(&top).unwrap().count()), (after, 0), "{mode:o}: {found:o}");
    }
}
