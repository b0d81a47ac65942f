//! The builds that are kept: listed, used again, merged and removed, with real mounts in a namespace (ring 2).

#![allow(clippy::unwrap_used, reason = "what a test cannot go on without fails it")]

mod host;
mod rollback;
mod squash;
