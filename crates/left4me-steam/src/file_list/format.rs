//! A list of files as text, and how one list follows from another.

use std::collections::BTreeMap;
use std::fmt::Write;

/// Size by path, relative to the top of the tree.
pub type Files = BTreeMap<String, u64>;

/// First line of a list; the number is its schema.
const HEAD: &str = "left4me-setup files 1";

/// The list as text: its subject, then each directory and below it size and name of its files. A comparison reads
/// it without parsing it first.
pub fn to_text(subject: &str, files: &Files) -> String {
    let mut text = format!("{HEAD}\nof {subject}\n");
    let mut by_directory: BTreeMap<&str, Vec<(&str, u64)>> = BTreeMap::new();
    for (path, size) in files {
        let (directory, name) = path.rsplit_once('/').unwrap_or((".", path));
        by_directory.entry(directory).or_default().push((name, *size));
    }
    for (directory, files) in by_directory {
        let _ = writeln!(text, "in {directory}");
        for (name, size) in files {
            let _ = writeln!(text, "{size} {name}");
        }
    }
    text
}

/// What `text` is the list of; nothing when it is no list that we can read.
pub fn subject(text: &str) -> Option<&str> {
    let mut lines = text.lines();
    (lines.next() == Some(HEAD)).then(|| lines.next()?.strip_prefix("of ")).flatten()
}

/// Parses a list.
pub fn parse(text: &str) -> Files {
    let mut files = Files::new();
    for_each(text, |directory, name, size| {
        let path = if directory == "." { name.to_owned() } else { format!("{directory}/{name}") };
        files.insert(path, size);
    });
    files
}

pub(super) fn for_each<'t>(text: &'t str, mut found: impl FnMut(&'t str, &'t str, u64)) {
    let mut directory = ".";
    for line in text.lines().skip(2) {
        match line.split_once(' ') {
            Some(("in", path)) => directory = path,
            Some((size, name)) => found(directory, name, size.parse().unwrap_or(0)),
            None => {}
        }
    }
}

/// The new list of a tree after Steam changed it. `old` is the list before; `before` and `after` are the files that
/// were there. `validated`: Steam checked every file.
///
/// A file that was there before and is not on the old list belongs to somebody else. A listed file that is damaged
/// and that Steam did not touch is not Steam's if it checked every file, and is still damaged otherwise.
pub fn merge(old: &Files, before: &Files, mut after: Files, validated: bool) -> Files {
    after.retain(|path, size| old.contains_key(path) || before.get(path) != Some(size));
    for (path, listed) in old {
        let (was, is) = (before.get(path), after.get(path));
        if was == Some(listed) || was != is {
            continue;
        }
        if validated {
            after.remove(path);
        } else {
            after.insert(path.clone(), *listed);
        }
    }
    after
}
