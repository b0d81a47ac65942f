//! A host without a game: the archive becomes a tree beside the installation, which takes its place when all of it
//! is verified.

use super::fill::fill;
use super::reconcile::reconcile;
use super::source::Archive;
use super::tree::Tree;
use crate::download::swap;
use crate::install::{self, mounted};
use crate::preflight;
use crate::verify::{self, VerifiedGame};
use left4me::host::Host;
use left4me::report::Reporter;
use left4me::{Context, Error, Result, atomic, beneath, walk};
use std::path::{Path, PathBuf};

/// Where an old tree goes that holds something of which nobody knows whose it is.
const ASIDE: &str = ".installation.before-import";

/// What came of it.
#[derive(Debug)]
pub struct Imported {
    /// What is installed now.
    pub game: VerifiedGame,
    /// What was in the installation's place and is kept.
    pub set_aside: Option<PathBuf>,
}

/// Makes the game of `archive` the installation. The caller holds SteamCMD's lock.
pub fn import(host: &Host, archive: &mut Archive, wait: bool, reporter: &dyn Reporter) -> Result<Imported> {
    let base = host.game().base().to_path_buf();
    let target = host.path(&base);
    let staging = atomic::staging_path(&target);
    host.as_runtime_user(|| {
        require_room_aside(host)?;
        std::fs::create_dir_all(&staging).context(|| format!("cannot make {}", staging.display()))?;
        write(&Tree::open(&staging)?, archive, reporter)?;
        let game = require(
            archive,
            verify::game_in(&host.game(), |path| match path.strip_prefix(&base) {
                Ok(below) => staging.join(below),
                Err(_) => host.path(path),
            }),
        )?;
        let _game = install::lock_game(host, reporter, wait)?;
        mounted::require_unmounted(host)?;
        swap::swap_in(&staging, &target)?;
        Ok(Imported { game, set_aside: put_away(host, &staging)? })
    })
}

/// Makes `tree` what the archive holds.
pub fn write(tree: &Tree, archive: &mut Archive, reporter: &dyn Reporter) -> Result<()> {
    let manifest = archive.manifest.clone();
    let todo = reconcile(tree, &manifest, reporter)?;
    preflight::require_free(tree.path(), todo.bytes())?;
    fill(tree, archive, &todo.files, reporter)
}

/// The game that a tree holds must be the one that its archive names.
pub fn require(archive: &Archive, found: Result<VerifiedGame, verify::Missing>) -> Result<VerifiedGame> {
    let hint =
        "make the archive again: sudo left4me-setup game export FILE, on a host where `game verify` succeeds";
    let refuse = |why: String| Error::new(format!("{} is refused: {why}", archive.name)).hint(hint);
    let game = found.map_err(|missing| refuse(format!("its game is not complete: {missing}")))?;
    let build = &archive.manifest.build;
    if game.build != *build {
        return Err(refuse(format!("it holds build {}, not {build} as it says", game.build)));
    }
    Ok(game)
}

fn aside(host: &Host) -> PathBuf {
    host.layout.root().join(ASIDE)
}

fn require_room_aside(host: &Host) -> Result<()> {
    let aside = aside(host);
    if std::fs::symlink_metadata(host.path(&aside)).is_err() {
        return Ok(());
    }
    Err(Error::new(format!("{} is still there from an earlier import", aside.display()))
        .hint("look what is in it, and move it elsewhere; then run this again"))
}

/// Removes what was in the installation's place if that is only Steam's own, and keeps it otherwise.
fn put_away(host: &Host, old: &Path) -> Result<Option<PathBuf>> {
    let Ok(top) = beneath::open_to_list(old) else { return Ok(None) };
    let mut others = 0_u64;
    let unreadable = walk::each(top, (), |(), entry, stat| {
        if entry.path.starts_with("steamapps") {
            return None;
        }
        others += u64::from(!stat.is_directory());
        stat.is_directory().then_some(())
    });
    if others + unreadable == 0 {
        return left4me::remove::tree(old).map(|()| None);
    }
    let aside = aside(host);
    std::fs::rename(old, host.path(&aside))
        .context(|| format!("cannot keep the old files as {}", aside.display()))?;
    Ok(Some(aside))
}
