//! What a directory tree holds, to be compared with another one.

use std::collections::BTreeMap;
use std::fs;
use std::hash::{DefaultHasher, Hasher};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::Path;

/// Each path below a directory with its kind, its mode and a digest of its contents, or where it leads to.
pub type Tree = BTreeMap<String, String>;

/// The tree below `dir`, without what `skip` says of its paths.
pub fn of(dir: &Path, skip: impl Fn(&str) -> bool) -> Tree {
    let mut tree = Tree::new();
    read(dir, "", &skip, &mut tree);
    tree
}

/// Fails with what differs, and with nothing of all that does not.
#[track_caller]
pub fn assert_same(is: &Tree, expected: &Tree, what: &str) {
    let lines = |of: &Tree, not_in: &Tree, sign: &str| -> Vec<String> {
        let others = of.iter().filter(|(path, what)| not_in.get(*path) != Some(*what));
        others.map(|(path, what)| format!("{sign} {path}: {what}")).collect()
    };
    let mut differences = lines(is, expected, "is     ");
    differences.extend(lines(expected, is, "missing"));
    assert!(differences.is_empty(), "{what}\n{}", differences.join("\n"));
}

fn read(dir: &Path, below: &str, skip: &dyn Fn(&str) -> bool, tree: &mut Tree) {
    for entry in fs::read_dir(dir).unwrap() {
        let entry = entry.unwrap();
        let path = format!("{below}{}", entry.file_name().to_str().unwrap());
        if skip(&path) {
            continue;
        }
        let found = entry.path().symlink_metadata().unwrap();
        let mode = found.permissions().mode() & 0o7777;
        let what = if found.is_dir() {
            read(&entry.path(), &format!("{path}/"), skip, tree);
            format!("directory {mode:o}")
        } else if found.is_symlink() {
            format!("link to {}", fs::read_link(entry.path()).unwrap().display())
        } else if found.is_file() {
            let bytes = fs::read(entry.path()).unwrap();
            format!("file {mode:o} of {} bytes, {:016x}", bytes.len(), digest(&bytes))
        } else {
            let device = found.rdev();
            if device == 0 { "whiteout".into() } else { format!("device {device}") }
        };
        tree.insert(path, what);
    }
}

/// Tells contents apart, against accidents only.
fn digest(bytes: &[u8]) -> u64 {
    let mut hasher = DefaultHasher::new();
    hasher.write(bytes);
    hasher.finish()
}
