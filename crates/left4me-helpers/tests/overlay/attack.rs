//! A hostile runtime user swaps directories for links in a tight loop while root mounts.

use super::host::{self, Guard, Host, ROOT, USER};
use rustix::fs::{AtFlags, Mode, OFlags, ResolveFlags, openat2};
use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

const PAIR: &str = "LEFT4ME_TEST_SWAP";
const FILLED: &str = "LEFT4ME_TEST_FILL";
/// Tries per swapped path and victim, twenty pairs: more than twelve thousand in all.
const ROUNDS: usize = 625;
/// So many of the tries at least must mount, and so many be refused: else hardly a swap was met.
const LEAST: usize = 10;
/// One elsewhere, one on the very mount where the layers are.
const VICTIMS: [&str; 2] = ["/etc/victim", "/var/lib/left4me/victim"];

/// Not a test of its own: what the attacking process runs.
#[test]
fn swap_for_ever() {
    let Ok(pair) = std::env::var(PAIR) else { return };
    let (one, two) = pair.split_once(' ').unwrap();
    let cwd = rustix::fs::CWD;
    loop {
        // Refused while the path is a mount point, which is fine.
        let _ = rustix::fs::renameat_with(cwd, one, cwd, two, rustix::fs::RenameFlags::EXCHANGE);
    }
}

/// Swaps `below` with a link to `target`, as the runtime user, until it is dropped.
fn attack(host: &Host, below: &str, target: &Path) -> Guard {
    let (path, link) = (host.path(below), host.path(below).with_extension("swap"));
    symlink(target, &link).unwrap();
    std::os::unix::fs::lchown(&link, Some(USER), Some(USER)).unwrap();
    let mut attacker = Command::new("/proc/self/exe");
    attacker
        .args(["--exact", "attack::swap_for_ever", "--nocapture", "--test-threads=1"])
        .env(PAIR, format!("{} {}", path.display(), link.display()))
        .uid(USER)
        .gid(USER)
        .stdout(Stdio::null());
    let guard = Guard(attacker.spawn().unwrap());
    while path.symlink_metadata().is_ok_and(|m| !m.is_symlink()) {
        std::thread::yield_now();
    }
    guard
}

/// Puts the directory back where the attacker may have left the link.
fn settle(host: &Host, below: &str) {
    let (path, link) = (host.path(below), host.path(below).with_extension("swap"));
    if path.is_symlink() {
        fs::remove_file(&path).unwrap();
        fs::rename(&link, &path).unwrap();
    } else {
        fs::remove_file(&link).unwrap();
    }
}

/// Makes a directory that only root may enter, with files that must never be seen or joined by another.
fn make_victim(victim: &Path) {
    for below in ["8", "a/upper", "a/work", "a/merged"] {
        fs::create_dir_all(victim.join(below)).unwrap();
        fs::write(victim.join(below).join("secret"), "secret").unwrap();
    }
    fs::write(victim.join("a/instance.env"), "L4D2_LOWERDIRS=secret\n").unwrap();
    fs::set_permissions(victim, fs::Permissions::from_mode(0o700)).unwrap();
}

/// Everything in the victims.
fn inventory() -> String {
    let found = Command::new("find").args(VICTIMS).args(["-printf", "%p %m %U\n"]).output().unwrap();
    String::from_utf8(found.stdout).unwrap()
}

fn mounts_on_victims() -> usize {
    let table = fs::read_to_string("/proc/self/mountinfo").unwrap();
    table.lines().filter(|line| line.contains("/victim")).count()
}

/// Looks into the tree that was mounted and writes to it, unless a link is in the way just now.
fn look_inside(below: &str) {
    let how = ResolveFlags::NO_SYMLINKS;
    let root = rustix::fs::open(ROOT, OFlags::DIRECTORY, Mode::empty()).unwrap();
    let Ok(merged) = openat2(root, "runtime/a/merged", OFlags::DIRECTORY, Mode::empty(), how) else { return };
    let secret = rustix::fs::statat(&merged, "secret", AtFlags::empty());
    assert!(secret.is_err(), "{below}: a victim became a layer");
    let flags = OFlags::CREATE | OFlags::WRONLY;
    rustix::fs::openat(&merged, "written", flags, Mode::from_raw_mode(0o644)).unwrap();
}

/// Mounts while `below` is swapped, at least `rounds` times and until both outcomes have been seen often enough:
/// without them there was no race.
fn mount_under_attack(host: &Host, below: &str, target: &Path, rounds: usize) {
    let before = inventory();
    let attacker = attack(host, below, target);
    let (mut refused, mut mounted) = (0, 0);
    while mounted + refused < rounds || (mounted + refused < ROUNDS && mounted.min(refused) < LEAST) {
        let done = host.call("mount a");
        assert!(!done.err.contains("secret"), "{below}: {}", done.err);
        assert_eq!(mounts_on_victims(), 0, "{below}");
        if done.code == 0 {
            mounted += 1;
            look_inside(below);
        } else {
            refused += 1;
        }
        // Wherever the swaps have carried it, and however often a try meets the link.
        let tries = (0..20).take_while(|_| !host.overlays().is_empty());
        tries.for_each(|_| drop(host.call("umount a")));
        assert!(host.overlays().is_empty(), "{below}: {:?}", host.overlays());
    }
    drop(attacker);
    settle(host, below);
    host.ok("umount a");
    assert_eq!(inventory(), before, "{below}");
    println!("{below} and {}: {mounted} mounted, {refused} refused", target.display());
    assert!(mounted.min(refused) >= LEAST, "{below}: {mounted} mounted, {refused} refused");
}

#[test]
#[ignore = "needs root: tests/run.sh"]
fn swapped_directories() {
    // In memory: every unmount writes its disk out, and what is tried here is the opening, not the disk.
    host::run_in_memory("attack::swapped_directories", |host| {
        host.instance("a", &["overlays/8", "workshop_cache", "installation"]);
        VICTIMS.iter().for_each(|victim| make_victim(Path::new(victim)));
        for (below, target) in [
            ("overlays/8", "8"),
            ("overlays", ""),
            ("workshop_cache", "8"),
            ("installation", "8"),
            ("runtime/a/upper", "a/upper"),
            ("runtime/a/work", "a/work"),
            ("runtime/a/merged", "a/merged"),
            ("runtime/a", "a"),
            ("runtime", ""),
            ("instances/a", "a"),
        ] {
            for victim in VICTIMS {
                mount_under_attack(host, below, &Path::new(victim).join(target), host::rounds(ROUNDS));
            }
        }
        // The host is as good as before.
        host.ok("mount a");
        assert_eq!(host.merged("base").as_deref(), Some("game"));
    });
}

/// Not a test of its own either: fills a directory as fast as it can.
#[test]
fn fill_for_ever() {
    let Ok(directory) = std::env::var(FILLED) else { return };
    for number in 0_u64.. {
        let _ = fs::File::create(format!("{directory}/{number}"));
    }
}

/// All instances share the helper's lock: one that never let go of it would stop them all.
#[test]
#[ignore = "needs root: tests/run.sh"]
fn scratch_that_is_filled_all_the_while() {
    host::run_in_memory("attack::scratch_that_is_filled_all_the_while", |host| {
        let scratch = host.dir("runtime/a/work/work");
        let fill = || {
            let mut attacker = Command::new("/proc/self/exe");
            attacker.args(["--exact", "attack::fill_for_ever", "--test-threads=1"]);
            Guard(attacker.env(FILLED, &scratch).uid(USER).gid(USER).stdout(Stdio::null()).spawn().unwrap())
        };
        let attackers: Vec<Guard> = (0..4).map(|_| fill()).collect();
        while fs::read_dir(&scratch).unwrap().count() < 1000 {
            std::thread::yield_now();
        }
        let mut helper = host.helper("umount a").stderr(Stdio::null()).spawn().unwrap();
        let begin = Instant::now();
        let ended = loop {
            match helper.try_wait().unwrap() {
                None if begin.elapsed().as_secs() < 60 => std::thread::sleep(Duration::from_millis(20)),
                ended => break ended,
            }
        };
        drop(Guard(helper));
        assert!(ended.is_some(), "it still removes what is still made");
        drop(attackers);
        fs::remove_dir_all(&scratch).unwrap();
        host.ok("umount a");
    });
}
