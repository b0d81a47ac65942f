//! `left4me-setup game`: its command line.

use super::SessionOptions;
use clap::{Args, Subcommand};

#[derive(Debug, Subcommand)]
pub enum GameCommand {
    /// Install the game, or finish an install that was interrupted
    Install {
        #[command(flatten)]
        run: GameRun,
        /// Check every file and repair what is damaged
        #[arg(long)]
        validate: bool,
    },
    /// Install the game, or update it to Valve's latest build; refused while an instance has the game mounted
    Update {
        #[command(flatten)]
        run: GameRun,
    },
    /// Compare the game with the list of its files; exit code 1 if one is missing or has another size
    Verify {
        #[command(flatten)]
        run: GameRun,
        /// Let SteamCMD check every file too, and repair what is damaged
        #[arg(long)]
        repair: bool,
    },
    /// Show what is installed; exit code 1 if the game is not there
    Status {
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
}

/// How a command of the game runs.
#[derive(Debug, Args)]
pub struct GameRun {
    #[command(flatten)]
    pub session: SessionOptions,
    /// Fail at once if another run is in progress, instead of waiting for it
    #[arg(long)]
    pub no_wait: bool,
}
