//! Imports an archive: another way for the game to come to this host.

use super::source::{Archive, is_url};
use super::tree::Tree;
use super::{fresh, require_mounts};
use crate::download::retry::RetryPolicy;
use crate::file_list::{self, WatchedTree};
use crate::install::{self, Installed, Judge, Made};
use crate::staging;
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
        /// The build that was there before.
        before: Option<String>,
        /// What was in the installation's place and is kept.
        set_aside: Option<PathBuf>,
    },
}

/// Imports an archive and verifies the game. Over a game, it becomes an update, which `judge` sees before it is published.
pub fn import(host: &Host, request: &Request, reporter: &dyn Reporter, judge: Judge) -> Result<Outcome> {
    import_with(host, request, reporter, judge, &RetryPolicy::DEFAULT)
}

pub(super) fn import_with(
    host: &Host,
    request: &Request,
    reporter: &dyn Reporter,
    judge: Judge,
    policy: &RetryPolicy,
) -> Result<Outcome> {
    let _steamcmd = install::lock_steam(host, reporter, request.wait)?;
    let open = || Archive::open(&request.from, request.sha256.as_deref(), policy, reporter);
    // Root may read files that the runtime user may not; the network is not root's business.
    let mut archive = if is_url(&request.from) { host.as_runtime_user(open)? } else { open()? };
    require_pinned(request, &archive.manifest.build)?;
    let before = verify::game(host)?;
    let layers = host.game_layers()?;
    match &before {
        Ok(game) if game.build == archive.manifest.build => return Ok(Outcome::Unchanged(game.clone())),
        Err(_) if layers.names().is_empty() => return into_empty(host, &mut archive, request.wait, reporter),
        _ => {}
    }
    require_mounts(host, "import an archive where a game is already")?;
    let before_build = before.as_ref().ok().map(|game| game.build.clone());
    let staged = staging::stage_with(host, &layers, before, |_| {
        let made = stage(host, &mut archive, reporter);
        reporter.finished(made.is_ok());
        made
    })?;
    judge(&staged)?;
    let installed = staged.publish(reporter, request.wait)?;
    Ok(Outcome::Imported { installed, before: before_build, set_aside: None })
}

/// On a host without a game.
fn into_empty(host: &Host, archive: &mut Archive, wait: bool, reporter: &dyn Reporter) -> Result<Outcome> {
    let imported = fresh::import(host, archive, wait, reporter);
    reporter.finished(imported.is_ok());
    let fresh::Imported { game, set_aside } = imported?;
    file_list::write_list(host, WatchedTree::Game)?;
    Ok(Outcome::Imported { installed: installed(archive, game), before: None, set_aside })
}

/// Makes the game that this process sees what the archive holds.
fn stage(host: &Host, archive: &mut Archive, reporter: &dyn Reporter) -> Result<Made> {
    host.as_runtime_user(|| fresh::write(&Tree::open(&host.path(host.game().base()))?, archive, reporter))?;
    let game = fresh::require(archive, verify::game(host)?)?;
    let files = file_list::next_game_list(host, None, true)?;
    Ok(Made { installed: installed(archive, game), files })
}

fn installed(archive: &Archive, game: VerifiedGame) -> Installed {
    let attempts = vec![format!("imported from {}", archive.name)];
    Installed { game, attempts, offered: None, account: None, published: None }
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
