//! Imports an archive: another way for the game to come to this host.

use super::fresh;
use super::source::{Archive, is_url};
use crate::download::retry::RetryPolicy;
use crate::file_list::{self, WatchedTree};
use crate::install::{self, Installed};
use crate::verify::{self, VerifiedGame};
use left4me::game_layers::LayerName;
use left4me::host::Host;
use left4me::report::Reporter;
use left4me::{Error, Result};
use std::path::PathBuf;

/// What is imported, and how.
#[derive(Debug, Clone)]
pub struct Request {
    /// A file or a URL.
    pub from: String,
    /// The digest that the archive's manifest must have.
    pub sha256: Option<String>,
    /// The build that this host is to keep.
    pub pinned: Option<String>,
    /// Wait while another run is at work with SteamCMD.
    pub wait: bool,
}

/// What came of it.
#[derive(Debug)]
pub enum Outcome {
    /// The game has this build already.
    Unchanged(VerifiedGame),
    /// The game came from the archive.
    Imported {
        /// For the record.
        installed: Installed,
        /// What was in the installation's place and is kept.
        set_aside: Option<PathBuf>,
    },
}

/// Imports an archive and verifies the game.
pub fn import(host: &Host, request: &Request, reporter: &dyn Reporter) -> Result<Outcome> {
    import_with(host, request, reporter, &RetryPolicy::DEFAULT)
}

pub(super) fn import_with(
    host: &Host,
    request: &Request,
    reporter: &dyn Reporter,
    policy: &RetryPolicy,
) -> Result<Outcome> {
    let _steamcmd = install::lock_steam(host, reporter, request.wait)?;
    let open = || Archive::open(&request.from, request.sha256.as_deref(), policy, reporter);
    // Root may read files that the runtime user may not; the network is not root's business.
    let mut archive = if is_url(&request.from) { host.as_runtime_user(open)? } else { open()? };
    require_pinned(request, &archive.manifest.build)?;
    match verify::game(host)? {
        Ok(game) if game.build == archive.manifest.build => Ok(Outcome::Unchanged(game)),
        Ok(game) => {
            Err(Error::new(format!("this host has build {} of the game already", game.build))
                .hint("an archive is imported only where no game is yet; sudo left4me-setup game update fetches the latest build"))
        }
        Err(_) => {
            let imported = fresh::import(host, &mut archive, request.wait, reporter);
            reporter.finished(imported.is_ok());
            let fresh::Imported { game, set_aside } = imported?;
            file_list::write_list(host, WatchedTree::Game)?;
            let attempts = vec![format!("imported from {}", archive.name)];
            let installed = Installed { game, attempts, offered: None, account: None, published: None };
            Ok(Outcome::Imported { installed, set_aside })
        }
    }
}

fn require_pinned(request: &Request, build: &str) -> Result<()> {
    match request.pinned.as_deref().and_then(|pinned| LayerName::parse(pinned).ok()) {
        Some(pinned) if pinned.build() != build => {
            Err(Error::new(format!("build {pinned} is pinned, and {} holds build {build}", request.from))
                .hint("sudo left4me-setup game unpin, then run it again"))
        }
        _ => Ok(()),
    }
}
