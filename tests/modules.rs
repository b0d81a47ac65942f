//! The modules of `left4me-setup` depend on each other in one direction.

#![allow(clippy::unwrap_used, reason = "what a test cannot go on without fails it")]

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

const SOURCE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/src");

/// Which modules of the top level each of them imports, tests left out.
fn imports() -> BTreeMap<String, BTreeSet<String>> {
    let mut imports: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut todo = vec![PathBuf::from(SOURCE)];
    while let Some(path) = todo.pop() {
        if path.is_dir() {
            todo.extend(std::fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path()));
            continue;
        }
        let below = path.strip_prefix(SOURCE).unwrap();
        let is_test = below.iter().any(|part| Path::new(part).file_stem().unwrap() == "tests");
        if is_test || below.extension().is_none_or(|kind| kind != "rs") {
            continue;
        }
        let module = below.iter().next().map(|first| Path::new(first).file_stem().unwrap()).unwrap();
        let text = std::fs::read_to_string(&path).unwrap();
        let code = text.split("#[cfg(test)]\nmod tests {").next().unwrap();
        let names = code.split("crate::").skip(1).flat_map(imported);
        imports.entry(module.to_str().unwrap().to_owned()).or_default().extend(names);
    }
    for (module, used) in &mut imports {
        used.remove(module);
    }
    imports
}

/// `state::State;` → state; `{made, state};` → both
fn imported(after: &str) -> Vec<String> {
    let word = |text: &str| -> String {
        text.trim().chars().take_while(|c| c.is_ascii_lowercase() || *c == '_').collect()
    };
    match after.strip_prefix('{').and_then(|list| list.split_once('}')) {
        Some((list, _)) => list.split(',').map(word).collect(),
        None => vec![word(after)],
    }
}

#[test]
fn only_commands_know_the_command_line() {
    let knows = |(module, used): (&String, &BTreeSet<String>)| {
        let is_one = used.contains("cli") || used.contains("commands");
        is_one.then(|| module.clone())
    };
    let who: Vec<String> = imports().iter().filter_map(knows).collect();
    assert_eq!(who, ["commands"]);
}

#[test]
fn no_import_runs_in_a_circle() {
    let mut left = imports();
    assert!(left.len() > 15 && left["plan"].contains("resource"), "{left:?}");
    // Whatever imports nothing that is left cannot be in a circle.
    loop {
        let names: BTreeSet<String> = left.keys().cloned().collect();
        let before = left.len();
        left.retain(|_, used| used.iter().any(|name| names.contains(name)));
        if left.len() == before {
            break;
        }
    }
    assert!(left.is_empty(), "in a circle, or above one: {left:?}");
}
