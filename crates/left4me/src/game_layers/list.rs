//! `updates/current` and its like: lists of layers, one name a line, topmost first.

use super::name::LayerName;
use crate::{Error, Result, printable};
use std::collections::HashSet;
use std::path::Path;

/// Largest list in bytes that anyone reads.
pub const MAX_BYTES: u64 = 4096;
/// More layers than this want a squash; the kernel takes 500 in all.
pub const MOST: usize = 100;

/// The layers that the list in `file` names.
pub fn parse_list(text: &[u8], file: &Path) -> Result<Vec<LayerName>> {
    let refuse = |line: usize, why: &str| {
        Error::new(format!("{} line {line} {why}", file.display())).hint(
            "choose a build again: sudo left4me-setup game list, then sudo left4me-setup game rollback BUILD",
        )
    };
    let mut names: Vec<LayerName> = Vec::new();
    let mut seen = HashSet::new();
    for (number, line) in String::from_utf8_lossy(text).lines().enumerate() {
        if line.is_empty() {
            continue;
        }
        let name = LayerName::parse(line).map_err(|_| {
            refuse(number + 1, &format!("is not a build id: {}", printable::bounded(line, 40)))
        })?;
        if !seen.insert(name.clone()) {
            return Err(refuse(number + 1, &format!("lists {name} again")));
        }
        if names.len() == MOST {
            return Err(refuse(number + 1, &format!("is one more than the {MOST} layers that are possible")));
        }
        names.push(name);
    }
    Ok(names)
}

/// The list of these layers as text.
pub fn to_list(names: &[LayerName]) -> String {
    names.iter().map(|name| format!("{name}\n")).collect()
}
