//! `left4me-setup game`: its command line.

use super::{Mode, SessionOptions};
use clap::{Args, Subcommand};
use std::path::PathBuf;

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
    /// Install the game, or update it to Valve's latest build while servers run; each gets it at its next start
    Update {
        #[command(flatten)]
        run: GameRun,
        /// Change the installation itself, for which all servers must be stopped; this stops none
        #[arg(long)]
        in_place: bool,
        /// Do what /etc/left4me/host.yaml says under update:, as left4me-update.timer does: afterwards, leave the
        /// servers to be restarted once they are empty
        #[arg(long, conflicts_with = "in_place")]
        scheduled: bool,
        /// Try the update with a copy of this instance first, and publish it only if that comes up
        #[arg(long, value_name = "NAME", conflicts_with_all = ["in_place", "scheduled"])]
        canary: Option<String>,
    },
    /// Compare the game with the list of its files; exit code 1 if one is missing or has another size
    Verify {
        #[command(flatten)]
        run: GameRun,
        /// Let SteamCMD check every file too, and repair what is damaged
        #[arg(long)]
        repair: bool,
    },
    /// Ask Steam which build it offers, without a download; exit code 0 if it is installed, 3 if another one is offered, 1 if
    /// that is not known
    #[command(
        after_help = "Example:\n  sudo left4me-setup game check || [ $? -ne 3 ] || sudo left4me-setup game update"
    )]
    Check {
        #[command(flatten)]
        run: GameRun,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Show the builds that are kept: which one instances get at their next start, and which one each of them runs
    List {
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Use the build before the current one again, or another one that is kept, from the next start of each instance
    #[command(
        after_help = "Examples:\n  sudo left4me-setup game rollback            the build before the current one\n  \
                            sudo left4me-setup game rollback 16546402   this one (game list shows which there are)\n  \
                            sudo l4d2ctl restart --all --when-empty     restart what runs another build\n\n\
                            An update fetches Steam's build again: game pin keeps one."
    )]
    Rollback {
        /// The build; by default the one that the current build is an update of
        build: Option<String>,
        #[command(flatten)]
        wait: GameWait,
    },
    /// Use this build, and let no update move away from it
    #[command(after_help = "Examples:\n  sudo left4me-setup game pin 16546402   stay with this build\n  \
                            sudo left4me-setup game unpin          let game update fetch Steam's build again")]
    Pin {
        /// The build, one that is kept
        build: String,
        #[command(flatten)]
        wait: GameWait,
    },
    /// Let updates change the build again
    Unpin,
    /// Merge all updates into the base, while servers run; no data is copied
    #[command(
        after_help = "Servers that run keep what they have. Builds that need the base that was cannot be used any \
                            more and are named.\nThe base that was stays on disk until nobody has it mounted: game prune \
                            removes it.\n\nExample:\n  sudo left4me-setup game squash && sudo left4me-setup game prune"
    )]
    Squash {
        #[command(flatten)]
        wait: GameWait,
    },
    /// Remove updates that no build and no instance uses, bases that were squashed, and an update that was not finished
    #[command(
        after_help = "What an instance has mounted is kept, and named with the instance. The builds that game list \
                            shows stay.\n\nExample:\n  sudo left4me-setup game prune"
    )]
    Prune {
        #[command(flatten)]
        wait: GameWait,
    },
    /// Show what is installed; exit code 1 if the game is not there
    Status {
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Write the game into one file, which other hosts import instead of downloading it from Steam
    #[command(after_help = EXPORT_HELP)]
    Export {
        /// The archive to write: a plain tar, of the size of the game
        #[arg(value_name = "FILE")]
        to: PathBuf,
        /// Replace a file that is there
        #[arg(long, short)]
        force: bool,
        #[command(flatten)]
        watch: WatchOptions,
    },
    /// Install or update the game from an archive that `game export` wrote on another host; servers may run
    #[command(after_help = IMPORT_HELP)]
    Import {
        /// The archive, or the https URL of it
        #[arg(value_name = "FILE|URL")]
        from: String,
        /// Require this digest of the archive's manifest, which `game export` prints
        #[arg(long, value_name = "HEX")]
        sha256: Option<String>,
        /// Try the build with a copy of this instance first, and publish it only if that comes up
        #[arg(long, value_name = "NAME")]
        canary: Option<String>,
        #[command(flatten)]
        watch: WatchOptions,
    },
}

const EXPORT_HELP: &str = "\
Examples:
  sudo left4me-setup game export /srv/www/l4d2.tar
  sudo left4me-setup game import https://files.example.org/l4d2.tar --sha256 HEX    on the other hosts

Any web server can serve the file; with range requests, a host fetches only what it lacks.
`tar tf FILE` lists it, and `tar xOf FILE manifest.json | sha256sum` prints its digest again.
Steam's manifest is in it, so that `game update` works on the other hosts. No file of an instance is.";

const IMPORT_HELP: &str = "\
Examples:
  sudo left4me-setup game import /mnt/usb/l4d2.tar
  sudo left4me-setup game import https://files.example.org/l4d2.tar --sha256 HEX

Each file is compared with the SHA-256 in the archive's manifest while it comes, which finds damage and a
download that was cut. The manifest comes from the same place: only --sha256, with the digest that
`game export` printed on a host of yours, protects against who controls that server.
An import that was interrupted goes on where it was when it is run again.";

/// How a command without SteamCMD runs.
#[derive(Debug, Args)]
pub struct WatchOptions {
    /// How to show progress
    #[arg(long, value_enum, default_value = "auto")]
    pub progress: Mode,
    /// Fail at once if another run is in progress, instead of waiting for it
    #[arg(long)]
    pub no_wait: bool,
}

/// Whether to wait.
#[derive(Debug, Args)]
pub struct GameWait {
    /// Fail at once if another run is in progress, instead of waiting for it
    #[arg(long)]
    pub no_wait: bool,
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
