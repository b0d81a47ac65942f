//! The builds of the game that are kept on this host: which there are, who runs them, and changing between them.

pub mod kept;
pub mod list;
pub mod mounted;
pub mod old_base;
pub mod prune;
pub mod rollback;
pub mod running;
pub mod squash;
