//! Killed just before every call that writes, one after the other: nothing half-written is ever seen
//! under its real name, and the next run ends where an undisturbed one does.

use crate::tree::{Tree, is_whole};
use left4me_test_support::needs;
use std::collections::{BTreeMap, VecDeque};
use std::os::unix::process::ExitStatusExt;
use std::sync::Mutex;

/// What changes a file system. `openat` too, where it makes a file.
///
/// Of our program alone, without strace's -f: strace counts the calls of each process by itself, so with it
/// ours would be killed first at every number. What systemd-sysusers and usermod leave when they are killed
/// is theirs.
const WRITES: [&str; 18] = [
    "openat",
    "openat2",
    "write",
    "pwrite64",
    "mkdir",
    "mkdirat",
    "rename",
    "renameat2",
    "unlink",
    "unlinkat",
    "rmdir",
    "symlink",
    "symlinkat",
    "linkat",
    "fchmod",
    "fchown",
    "fsync",
    "ftruncate",
];

/// Where a run starts from, and what it is.
struct Scenario {
    name: &'static str,
    /// Brings the tree to where the run starts.
    before: fn(&Tree),
    arguments: &'static [&'static str],
}

const SCENARIOS: [Scenario; 3] = [
    Scenario { name: "fresh", before: |_| (), arguments: &["apply", "--yes"] },
    Scenario {
        name: "moved",
        before: |tree| drop(tree.apply()),
        arguments: &["apply", "--yes", "--root", "/srv/l4d2"],
    },
    Scenario {
        name: "uninstalled",
        before: |tree| drop(tree.apply()),
        arguments: &["uninstall", "--yes", "--purge"],
    },
];

#[test]
#[ignore = "needs strace: tests/run.sh"]
fn killed_before_every_write_the_next_run_converges() {
    needs::file("/usr/bin/strace");
    let first = Tree::mine();
    let mut points = 0;
    for scenario in &SCENARIOS {
        // Three times undisturbed: what is right, and where a run can be killed.
        let right = first.sibling(scenario.name);
        (scenario.before)(&right);
        let start = right.files();
        let todo = kill_points(&right, scenario);
        let end = (right.listing(), right.files());
        points += todo.len();

        let todo = Mutex::new(VecDeque::from(todo));
        std::thread::scope(|scope| {
            for worker in 0..2 {
                let (todo, first, start, end) = (&todo, &first, &start, &end);
                scope.spawn(move || {
                    while let Some((call, number)) = next(todo) {
                        let tree = first.sibling(&format!("{}-{worker}-{call}-{number}", scenario.name));
                        (scenario.before)(&tree);
                        kill_at(&tree, scenario, &call, number);
                        let whole = format!("{}: killed before {call} {number}", scenario.name);
                        assert_whole(&tree, start, &end.1, &whole);
                        let again = tree.run(scenario.arguments);
                        assert_eq!(again.code, 0, "{whole}: {again:?}");
                        assert_eq!(tree.listing(), end.0, "{whole}");
                        std::fs::remove_dir_all(&tree.root).unwrap();
                    }
                });
            }
        });
    }
    assert!(points >= 150, "only {points} points");
}

fn next(todo: &Mutex<VecDeque<(String, usize)>>) -> Option<(String, usize)> {
    todo.lock().unwrap().pop_front()
}

/// Every call of the program that writes, with its number among the calls of its kind.
fn kill_points(tree: &Tree, scenario: &Scenario) -> Vec<(String, usize)> {
    let log = tree.beside(&format!("{}.strace", scenario.name));
    let (trace, path) = (format!("trace={}", WRITES.join(",")), log.to_str().unwrap());
    let output = tree.traced(&["-o", path, "-e", &trace], scenario.arguments).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    let mut points = Vec::new();
    for line in std::fs::read_to_string(log).unwrap().lines() {
        let Some((call, arguments)) = line.split_once('(') else { continue };
        let number = counts.entry(call.to_owned()).or_default();
        *number += 1;
        let writes = match call {
            "openat" | "openat2" => arguments.contains("O_CREAT"),
            "write" => !arguments.starts_with("1,") && !arguments.starts_with("2,"),
            _ => true,
        };
        if writes {
            points.push((call.to_owned(), *number));
        }
    }
    points
}

fn kill_at(tree: &Tree, scenario: &Scenario, call: &str, number: usize) {
    let (trace, inject) = (format!("trace={call}"), format!("inject={call}:signal=KILL:when={number}"));
    let output =
        tree.traced(&["-o", "/dev/null", "-e", &trace, "-e", &inject], scenario.arguments).output().unwrap();
    assert_eq!(output.status.signal(), Some(9), "{call} {number}: {output:?}");
}

/// Each file is as before, or as after, or not there.
#[track_caller]
fn assert_whole(
    tree: &Tree,
    start: &BTreeMap<String, Vec<u8>>,
    end: &BTreeMap<String, Vec<u8>>,
    context: &str,
) {
    for (path, content) in tree.files() {
        let mut known = [start.get(&path), end.get(&path)].into_iter().flatten();
        assert!(known.any(|known| is_whole(&path, &content, known)), "{context}: {path} is half-written");
    }
}

/// Nothing is written, touched, locked for writing or asked of the network.
#[test]
#[ignore = "needs strace: tests/run.sh"]
fn the_second_apply_makes_no_call_that_writes() {
    needs::file("/usr/bin/strace");
    for tree in Tree::each() {
        tree.apply();
        let log = tree.root.join("../strace/log");
        let directory = log.parent().unwrap();
        std::fs::create_dir(directory).unwrap();
        std::fs::set_permissions(directory, std::os::unix::fs::PermissionsExt::from_mode(0o777)).unwrap();
        let options = ["-f", "-o", log.to_str().unwrap(), "-e", "trace=file,desc,network"];
        let output = tree.traced(&options, &["apply"]).output().unwrap();
        assert!(output.status.success(), "{output:?}");
        let traced = std::fs::read_to_string(&log).unwrap();
        assert!(traced.contains("etc/sudoers.d/left4me-setup"), "the trace shows nothing");
        let wrote: Vec<&str> = traced.lines().filter(|line| is_write(line)).collect();
        assert_eq!(wrote, [""; 0]);
    }
}

fn is_write(line: &str) -> bool {
    let call = line.split_once(' ').map_or(line, |(_, call)| call.trim_start());
    let Some((name, arguments)) = call.split_once('(') else { return false };
    match name {
        "open" | "openat" | "openat2" => {
            ["O_CREAT", "O_WRONLY", "O_RDWR", "O_TRUNC"].iter().any(|flag| arguments.contains(flag))
        }
        "write" => !arguments.starts_with("1,") && !arguments.starts_with("2,"),
        "socket" | "connect" | "utimensat" | "setxattr" | "fchownat" | "fchmodat" | "chmod" | "chown" => true,
        name => WRITES.contains(&name),
    }
}
