//! How a tree that is otherwise right compares with the list of its files.

use super::{Difference, Finding};
use left4me_steam::file_list::Comparison;

/// What a difference in the list itself, not in the tree, is called.
const LIST: &str = "list of files";

/// What that is of the tree's resource.
pub fn finding(comparison: &Comparison) -> Finding {
    Finding::from_differences(match comparison {
        Comparison::Complete => Vec::new(),
        Comparison::Damaged(damage) => vec![Difference::new("files", damage.to_string(), "all there")],
        Comparison::Unlisted => vec![Difference::new(LIST, "absent or of another build", "written down")],
    })
}

/// A list out of date keeps no server from starting.
pub fn warning(found: &Finding) -> Option<&'static str> {
    let Finding::Differs(differences) = found else { return None };
    differences
        .iter()
        .all(|difference| difference.attribute == LIST)
        .then_some("Steam's files changed since they were listed, so that a lost one would go unseen")
}
