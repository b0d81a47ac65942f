//! What the list of a tree's files says about the tree, as a finding.

use super::{Difference, Finding};
use left4me_steam::record::Look;

/// What a difference in the list itself, not in the tree, is called.
pub const LIST: &str = "list of files";

/// What that is of a tree that is otherwise right.
pub fn finding(look: &Look) -> Finding {
    Finding::of(match look {
        Look::Whole => Vec::new(),
        Look::Damaged(damage) => vec![Difference::new("files", damage.words(), "all there")],
        Look::Unlisted => vec![Difference::new(LIST, "absent or of another build", "written down")],
    })
}
