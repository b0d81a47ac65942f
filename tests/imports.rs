//! No crate has modules that import each other in a circle: each can be read, and moved, without the others.

#![allow(clippy::unwrap_used)]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

/// What each module of a crate imports from its own crate; a module is a file or folder right below `src`.
type Imports = BTreeMap<String, BTreeSet<String>>;

fn imports(source: &Path) -> Imports {
    let mut imports = Imports::new();
    for entry in fs::read_dir(source).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
        if !["lib", "main", "bin", "tests"].contains(&name.as_str()) {
            collect(&path, "super::", imports.entry(name).or_default());
        }
    }
    let modules: BTreeSet<String> = imports.keys().cloned().collect();
    for (module, imported) in &mut imports {
        imported.retain(|other| other != module && modules.contains(other));
    }
    imports
}

/// `above` is how the file calls the crate's root, if not by its name.
fn collect(path: &Path, above: &str, imported: &mut BTreeSet<String>) {
    if path.is_dir() {
        let above = format!("super::{above}");
        fs::read_dir(path).unwrap().for_each(|entry| collect(&entry.unwrap().path(), &above, imported));
        return;
    }
    if path.extension().is_none_or(|extension| extension != "rs") || path.ends_with("tests.rs") {
        return;
    }
    let text = fs::read_to_string(path).unwrap();
    let code = text.split("#[cfg(test)]").next().unwrap_or_default();
    let code: Vec<&str> = code.lines().map(|line| line.split("//").next().unwrap_or_default()).collect();
    let code = code.join("\n");
    for mention in code.split("crate::").skip(1).chain(code.split(above).skip(1)) {
        imported.extend(first_names(mention));
    }
}

/// `a` of `a::b`, and `a` and `c` of `{a::b, c}`.
fn first_names(path: &str) -> Vec<String> {
    let name = |text: &str| text.trim().chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
    let Some(group) = path.strip_prefix('{') else { return vec![name(path)] };
    let (mut names, mut depth, mut start) = (Vec::new(), 0, 0);
    for (at, c) in group.char_indices() {
        match c {
            '{' => depth += 1,
            ',' | '}' if depth == 0 => {
                names.push(name(&group[start..at]));
                start = at + 1;
                if c == '}' {
                    break;
                }
            }
            '}' => depth -= 1,
            _ => {}
        }
    }
    names
}

/// Modules that are left when those that import nothing of what is left are taken away, again and again.
fn circles(mut imports: Imports) -> Imports {
    loop {
        let done: BTreeSet<String> = imports
            .iter()
            .filter(|(_, imported)| imported.is_empty())
            .map(|(module, _)| module.clone())
            .collect();
        if done.is_empty() {
            return imports;
        }
        imports.retain(|module, _| !done.contains(module));
        imports.values_mut().for_each(|imported| imported.retain(|other| !done.contains(other)));
    }
}

#[test]
fn no_crate_has_an_import_circle() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for source in [
        "src",
        "crates/left4me/src",
        "crates/left4me-steam/src",
        "crates/l4d2ctl/src",
        "crates/left4me-helpers/src/bin/left4me-overlay",
        "crates/left4me-helpers/src/bin/left4me-systemctl",
    ] {
        let imports = imports(&root.join(source));
        assert!(imports.values().any(|imported| !imported.is_empty()), "{source}: {imports:?}");
        assert_eq!(circles(imports), Imports::new(), "{source}");
    }
}

#[test]
fn circles_are_found() {
    let imports = |table: &[(&str, &[&str])]| -> Imports {
        let own = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        table.iter().map(|(module, imported)| ((*module).to_owned(), own(imported))).collect()
    };
    assert_eq!(circles(imports(&[("a", &["b", "c"]), ("b", &["c"]), ("c", &[])])), Imports::new());
    let circle = imports(&[("a", &["b"]), ("b", &["c"]), ("c", &["a"])]);
    assert_eq!(circles(circle.clone()), circle);
    for (path, names) in [
        ("a::b;", vec!["a"]),
        ("{a, b};", vec!["a", "b"]),
        ("{Error, a::{self, B}, c};", vec!["Error", "a", "c"]),
        ("{\n    a::B,\n    c,\n};", vec!["a", "c", ""]),
    ] {
        assert_eq!(first_names(path), names, "{path}");
    }
}
