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
    /// Install the game, or update it to Valve's latest build while servers run; each server gets it at its next restart
    Update {
        #[command(flatten)]
        run: GameRun,
        /// Change the installation itself; stop all servers first, as this stops none
        #[arg(long)]
        in_place: bool,
        /// Follow update: in /etc/left4me/host.yaml, as left4me-update.timer does, and queue restarts of the servers
        /// for when they are empty
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
    /// Ask Steam for its latest build, without downloading it; exit code 0 if it is installed, 3 if it is not, 1 if Steam
    /// does not say
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
    /// List the builds that are kept, with the current one, which servers get at their next start, and who runs which
    List {
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Go back to the previous build, or switch to any other one that is kept; servers get it at their next restart
    #[command(
        after_help = "Examples:\n  sudo left4me-setup game rollback            the build before the current one\n  \
                            sudo left4me-setup game rollback 16546402   this one (game list shows which there are)\n  \
                            sudo l4d2ctl restart --all --when-empty     restart what runs another build\n\n\
                            The next update installs Steam's latest build again; game pin prevents that."
    )]
    Rollback {
        /// The build; by default the one before the current one
        build: Option<String>,
        #[command(flatten)]
        wait: GameWait,
    },
    /// Switch to this build and stay there: updates change nothing until game unpin
    #[command(after_help = "Examples:\n  sudo left4me-setup game pin 16546402   stay with this build\n  \
                            sudo left4me-setup game unpin          let game update install Steam's latest build again")]
    Pin {
        /// The build; game list shows which are kept
        build: String,
        #[command(flatten)]
        wait: GameWait,
    },
    /// Let updates change the build again
    Unpin,
    /// Merge all updates into the base, while servers run; no data is copied
    #[command(
        after_help = "Running servers keep the layers they started with. Builds that need the old base can no longer be \
                            rolled back to; the command names them.\nThe old base stays on disk while a server uses it; \
                            after that, game prune removes it.\n\nExample:\n  sudo left4me-setup game squash && \
                            sudo left4me-setup game prune"
    )]
    Squash {
        #[command(flatten)]
        wait: GameWait,
    },
    /// Remove what is no longer in use: updates of no kept build, old bases, and an unfinished update
    #[command(
        after_help = "Builds that game list shows as kept stay, and so does everything that a running server uses; the \
                            command names it and the server.\n\nExample:\n  sudo left4me-setup game prune"
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
        /// The archive, or its https URL
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

Any web server can serve the file; if it supports range requests, a host fetches only what it lacks.
`tar tf FILE` lists it, and `tar xOf FILE manifest.json | sha256sum` prints its digest again.
It includes Steam's manifest, so that `game update` works on the other hosts, and no files of instances.";

const IMPORT_HELP: &str = "\
Examples:
  sudo left4me-setup game import /mnt/usb/l4d2.tar
  sudo left4me-setup game import https://files.example.org/l4d2.tar --sha256 HEX

Each file is checked against its SHA-256 in the archive's manifest as it arrives, which detects damage and
incomplete downloads. The manifest comes from the same place: only --sha256, with the digest that
`game export` printed on your own host, protects against whoever controls that server.
Run an interrupted import again to resume it.";

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
