//! The items of the predecessor's bundle that would undo what `apply` did: its next run and ours undo each other for
//! ever, until the items are removed.

use super::{CHECKOUT, KIND};
use crate::outcome::{Applied, AppliedResource, Outcome};
use left4me::printable;
use std::path::Path;

/// The item of a unit file.
pub fn unit(path: &Path) -> String {
    format!("file:{}", path.display())
}

/// The item of a link.
pub fn link(path: &Path) -> String {
    format!("symlink:{}", path.display())
}

/// What to say of one item, in a plan.
pub fn note(item: &str) -> String {
    format!("the predecessor's bundle will undo this; remove its item {}", printable::line(item))
}

/// What to say of all of them, after an apply; nothing where there were none.
pub fn summary(applied: &Applied) -> Option<String> {
    let items: Vec<String> = applied.resources.iter().filter_map(item).collect();
    let list = items.join(", ");
    (!items.is_empty()).then(|| {
        format!("the predecessor's bundle will undo this; remove its items {}", printable::line(&list))
    })
}

/// The item that had made it otherwise.
fn item(result: &AppliedResource) -> Option<String> {
    let Outcome::Changed(differences) = &result.outcome else { return None };
    let was = |attribute: &str| differences.iter().find(|d| d.attribute == attribute).map(|d| d.is.as_str());
    if let Some(path) = result.id.path_if(KIND) {
        return was("presence").map(|_| unit(path));
    }
    let path = result.id.path_if("link")?;
    was("target").filter(|target| Path::new(target).starts_with(CHECKOUT)).map(|_| link(path))
}
