//! Whether the game is complete: what a server starts from is there, and every file that Steam brought.

use crate::file_list::{self, Comparison, Damage, WatchedTree};
use crate::verify::{self, Missing, VerifiedGame};
use left4me::Result;
use left4me::host::Host;
use std::fmt;

/// A complete game.
#[derive(Debug, PartialEq, Eq)]
pub struct Complete {
    /// What is installed.
    pub game: VerifiedGame,
    /// Its files were compared with their list. Without one only a few were looked at.
    pub is_listed: bool,
}

/// Why a game is not complete.
#[derive(Debug, PartialEq, Eq)]
pub enum Incomplete {
    /// It is not installed, or a server could not start.
    Missing(Missing),
    /// Files are missing or have another size.
    Damaged(VerifiedGame, Damage),
}

impl fmt::Display for Incomplete {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Incomplete::Missing(missing) => missing.fmt(f),
            Incomplete::Damaged(_, damage) => write!(f, "files {damage}"),
        }
    }
}

impl Incomplete {
    /// The command that restores it.
    pub fn remedy(&self) -> &'static str {
        match self {
            Incomplete::Missing(Missing::Layer(_)) => {
                "sudo left4me-setup game rollback uses the build before"
            }
            Incomplete::Missing(Missing::File(..)) | Incomplete::Damaged(..) => {
                "sudo left4me-setup game verify --repair"
            }
            Incomplete::Missing(_) => "sudo left4me-setup apply",
        }
    }
}

/// Compares the game, through all its layers, with the list of its files.
pub fn check(host: &Host) -> Result<std::result::Result<Complete, Incomplete>> {
    let game = match verify::game(host)? {
        Ok(game) => game,
        Err(missing) => return Ok(Err(Incomplete::Missing(missing))),
    };
    Ok(match file_list::compare_listed(host, WatchedTree::Game)? {
        Comparison::Damaged(damage) => Err(Incomplete::Damaged(game, damage)),
        Comparison::Complete => Ok(Complete { game, is_listed: true }),
        Comparison::Unlisted => Ok(Complete { game, is_listed: false }),
    })
}
