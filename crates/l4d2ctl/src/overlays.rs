//! `overlay list|show|explain`: which layers there are, and which one a file comes from.

use crate::layers::{self, Found};
use crate::{instances, table};
use left4me::layout::Layout;
use left4me::name::{InstanceName, OverlayRef};
use left4me::output::{answer, document};
use left4me::{Error, Result, beneath, printable, walk};
use serde::Serialize;
use std::collections::BTreeMap;
use std::path::{Component, Path};

/// How deep below `overlays/` to look for directories with game files.
const DEPTH: usize = 4;

#[derive(Serialize)]
struct Entry {
    path: String,
    exists: bool,
    disk_bytes: u64,
    used_by: Vec<String>,
}

/// `overlay list`: the overlays on disk, and those that instances name.
pub fn list(layout: &Layout, json: bool) -> Result<()> {
    #[derive(Serialize)]
    struct List {
        schema: u32,
        overlays: Vec<Entry>,
    }
    let mut users: BTreeMap<String, Vec<String>> = BTreeMap::new();
    find(&layout.overlays(), &mut users);
    for name in instances::list(layout)? {
        for overlay in instances::facts(layout, &name).overlays {
            users.entry(overlay.to_string()).or_default().push(name.to_string());
        }
    }
    let overlays: Vec<Entry> =
        users.into_iter().map(|(path, used_by)| entry(layout, path, used_by)).collect();
    if json {
        return answer(&document(&List { schema: 1, overlays })?);
    }
    let mut rows = vec![["OVERLAY", "DISK", "USED BY"].map(str::to_owned).to_vec()];
    rows.extend(overlays.into_iter().map(|e| {
        let disk = if e.exists { table::bytes(e.disk_bytes) } else { "missing".to_owned() };
        vec![e.path, disk, e.used_by.join(", ")]
    }));
    answer(&table::plain(&rows))
}

fn entry(layout: &Layout, path: String, used_by: Vec<String>) -> Entry {
    let exists = layout.overlays().join(&path).is_dir();
    let directory = beneath::open_directory(&layout.overlays())
        .and_then(|overlays| beneath::directory_to_list(overlays, Path::new(&path)));
    Entry { exists, disk_bytes: directory.map_or(0, walk::disk_bytes), path, used_by }
}

/// A directory with `left4dead2` in it is an overlay; others are searched.
fn find(overlays: &Path, found: &mut BTreeMap<String, Vec<String>>) {
    let Ok(top) = beneath::open_to_list(overlays) else { return };
    walk::each(top, (), |(), entry, stat| {
        if !stat.is_directory() {
            return None;
        }
        let path = entry.path.to_str()?;
        if beneath::directory(entry.directory, entry.file_name().join("left4dead2")).is_ok() {
            if OverlayRef::parse(path).is_ok() {
                found.entry(path.to_owned()).or_default();
            }
            return None;
        }
        (entry.depth < DEPTH).then_some(())
    });
}

/// `overlay show`: the layers, numbered from the top.
pub fn show(layout: &Layout, name: &InstanceName) -> Result<()> {
    let mut rows = vec![["#", "LAYER", "PATH"].map(str::to_owned).to_vec()];
    rows.extend(layers::list(layout, name)?.into_iter().enumerate().map(|(number, (label, path))| {
        let missing = if path.is_dir() { "" } else { "  (missing)" };
        vec![number.to_string(), label, format!("{}{missing}", path.display())]
    }));
    answer(&table::plain(&rows))
}

/// `overlay explain`: every layer that has, or deletes, one path, from the top.
pub fn explain(layout: &Layout, name: &InstanceName, path: &Path) -> Result<()> {
    if path.components().any(|c| !matches!(c, Component::Normal(_) | Component::CurDir)) {
        return Err(Error::usage(format!(
            "'{}' is not a path inside the server's tree",
            printable::quote_path(path)
        ))
        .hint("give a relative path, such as left4dead2/cfg/server.cfg"));
    }
    let mut rows = Vec::new();
    // A directory that was deleted and made again hides its content in lower layers. Only root can read the
    // kernel's mark for that, but the mounted tree shows it.
    let is_mounted = instances::is_mounted(&layout.merged(name))?;
    let merged = if is_mounted { beneath::open_directory(&layout.merged(name)).ok() } else { None };
    let is_gone = merged.is_some_and(|merged| matches!(layers::lookup(merged, path), Ok(None)));
    let mut hidden = false;
    for (label, layer) in layers::list(layout, name)? {
        let Ok(Some(found)) = beneath::open_directory(&layer).and_then(|layer| layers::lookup(layer, path))
        else {
            continue;
        };
        let is_first = rows.is_empty();
        let verdict = match (&found, hidden) {
            (_, true) => "shadowed",
            (Found::Hidden, _) => "deleted by",
            _ if is_gone => "hidden in",
            (Found::Directory, _) if is_first => "merged from",
            (Found::Directory, _) => "and from",
            (Found::File(_), _) => "comes from",
        };
        // A file or a deletion ends the search; directories are merged with those below.
        hidden |= !matches!(found, Found::Directory);
        let detail = match &found {
            Found::File(stat) => table::bytes(stat.st_size.unsigned_abs()),
            Found::Directory => "directory".to_owned(),
            Found::Hidden => "-".to_owned(),
        };
        rows.push(vec![verdict.to_owned(), label, detail, layer.join(path).display().to_string()]);
    }
    if rows.is_empty() {
        return Err(Error::new(format!("no layer of '{name}' has {}", printable::quote_path(path)))
            .hint(format!("sudo l4d2ctl overlay show {name} lists the layers")));
    }
    answer(&table::plain(&rows))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn overlays_are_found_below_directories() {
        let dir = tempfile::tempdir().unwrap();
        for path in [
            "standard/left4dead2",
            "users/42/custom/left4dead2/overlays/x/left4dead2",
            "a/b/c/d/e/left4dead2",
            "empty",
        ] {
            fs::create_dir_all(dir.path().join(path)).unwrap();
        }
        let mut found = BTreeMap::new();
        find(dir.path(), &mut found);
        assert_eq!(found.into_keys().collect::<Vec<_>>(), ["standard", "users/42/custom"]);
    }
}
