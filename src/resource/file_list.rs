//! What the list of a tree's files says about the tree, as a finding.

use super::{Difference, Finding};
use left4me_steam::file_list::Comparison;

/// What a difference in the list itself, not in the tree, is called.
pub const LIST: &str = "list of files";

/// What that is of a tree that is otherwise right.
pub fn finding(comparison: &Comparison) -> Finding {
    Finding::of(match comparison {
        Comparison::Complete => Vec::new(),
        Comparison::Damaged(damage) => vec![Difference::new("files", damage.to_string(), "all there")],
        Comparison::Unlisted => vec![Difference::new(LIST, "absent or of another build", "written down")],
    })
}
