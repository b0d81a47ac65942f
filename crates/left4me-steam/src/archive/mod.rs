//! A build of the game as one file, so that many hosts need only one download from Steam.
//!
//! The archive is an uncompressed tar: first `manifest.json`, then all directories, links and files of the game, as
//! the layers merged show them. [`manifest`] is its format: what each path is, and where in the archive its content
//! lies. Whoever imports an archive believes its manifest alone, after [`check`]; the other headers are there for `tar`.
//!
//! [`contents`] lists a tree and [`export`] writes the archive. [`source`] opens one, a file or a URL, [`tree`] writes
//! below a directory, [`reconcile`] finds out what is missing there, and [`fill`] brings it. [`fresh`] uses
//! all of it on a host without a game, [`import`] on any. [`file`] puts an archive in place.

pub mod check;
pub mod contents;
pub mod export;
pub mod file;
pub mod fill;
pub mod fresh;
mod header;
mod http;
pub mod import;
pub mod manifest;
mod pool;
pub mod reconcile;
pub mod source;
pub mod tree;

use left4me::host::Host;
use left4me::{Error, Result};

/// Steam's own scratch directories, which are no part of the game.
pub const LEFT_OUT: [&str; 2] = ["steamapps/downloading", "steamapps/temp"];

/// Only root mounts, and only on the running machine.
fn require_mounts(host: &Host, to: &str) -> Result<()> {
    if host.can_own() && host.is_running() {
        return Ok(());
    }
    Err(Error::new(format!("only root can {to}")).hint("run it again with sudo"))
}

#[cfg(test)]
mod tests;
