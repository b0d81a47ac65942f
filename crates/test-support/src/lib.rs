//! What the tests of several crates share. Never part of a program.

#![allow(clippy::unwrap_used, clippy::panic, reason = "what a test cannot go on without fails it")]

pub mod account;
pub mod alone;
pub mod bundle;
pub mod client;
pub mod deb;
pub mod engine;
mod faults;
mod http;
pub mod namespace;
pub mod needs;
pub mod rcon;
pub mod server;
pub mod steam;
pub mod systemd;
pub mod transcripts;
pub mod tree;

use std::path::{Path, PathBuf};

/// The top of the source tree.
pub fn repository() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.ancestors().nth(2).unwrap_or(here).to_owned()
}

/// `target/debug`, found from this test's own program in `target/debug/deps`.
pub fn target_dir() -> PathBuf {
    let program = std::env::current_exe().unwrap_or_default();
    program.ancestors().nth(2).unwrap_or(Path::new("target")).to_owned()
}

/// A program of another crate of the workspace; `cargo test` without `--package` builds all of them.
pub fn program(name: &str) -> PathBuf {
    let path = target_dir().join(name);
    assert!(path.exists(), "{name} is not built\nhint: cargo build --workspace");
    path
}
