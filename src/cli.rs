//! The command line. Nothing but clap, so that completions and man pages can be made from this file alone.

mod game;

pub use game::{GameCommand, GameRun, WatchOptions};

use clap::parser::ValueSource;
use clap::{ArgMatches, Args, FromArgMatches, Parser, Subcommand};
use std::ops::Deref;
use std::path::PathBuf;

/// Turns a Debian machine into a Left 4 Dead 2 server host, and keeps it that way.
#[derive(Debug, Parser)]
#[command(
    name = "left4me-setup",
    version,
    arg_required_else_help = true,
    after_help = "Examples:\n  sudo left4me-setup plan         show what would change\n  \
                  sudo left4me-setup apply        set up the host, or repair it\n  \
                  sudo left4me-setup doctor       check whether a server can be started\n\n\
                  Exit codes: 0 done or nothing to do, 1 failed, 2 wrong usage, 3 changes pending (plan)."
)]
pub struct Cli {
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Show what `apply` would change; exit code 3 if anything would, 0 if not
    Plan(PlanOptions),
    /// Set up the host: user, directories, files, units, SteamCMD, the game
    Apply(ApplyOptions),
    /// Show what is on this host: version, root, SteamCMD, game, instances
    Status(StatusOptions),
    /// Check whether a server can be started here; exit code 1 if not
    Doctor(DoctorOptions),
    /// Show the settings in effect, and where each comes from
    Config(ConfigOptions),
    /// Stop all servers and remove what `apply` made; state and user only with --purge
    Uninstall(UninstallOptions),
    /// SteamCMD, Valve's downloader
    #[command(name = "steamcmd")]
    SteamCmd {
        #[command(subcommand)]
        command: SteamCmdCommand,
    },
    /// The shared game installation
    Game {
        #[command(subcommand)]
        command: GameCommand,
    },
}

/// What the host should be.
#[derive(Debug, Args)]
pub struct HostOptions {
    #[command(flatten)]
    pub settings: WithOrigin<SettingOptions>,
    /// Use no network; what needs it is listed as deferred
    #[arg(long)]
    pub offline: bool,
    /// Leave /usr/local to the administrator (for the package's own scripts)
    #[arg(long)]
    pub skip_usr_local: bool,
    /// Put back configuration files that were changed by hand
    #[arg(long)]
    pub reset_config: bool,
    /// Work on this directory tree instead of / (image builds, tests)
    #[arg(long, value_name = "DIR")]
    pub sysroot: Option<PathBuf>,
}

/// What /etc/left4me/host.yaml can say too.
#[derive(Debug, Args)]
pub struct SettingOptions {
    /// Leave the game out
    #[arg(long)]
    pub skip_game: bool,
    /// LEFT4ME_ROOT: where all state lives
    #[arg(long, value_name = "DIR", env = "LEFT4ME_ROOT")]
    pub root: Option<PathBuf>,
    #[command(flatten)]
    pub source: SourceOptions,
}

/// Where SteamCMD comes from.
#[derive(Debug, Args)]
pub struct SourceOptions {
    /// Download SteamCMD from here instead of Valve (https, or http to a loopback address)
    #[arg(long, value_name = "URL", env = "LEFT4ME_STEAMCMD_URL")]
    pub steamcmd_url: Option<String>,
    /// SHA-256 that the download must have, instead of the known one
    #[arg(long, value_name = "HEX", env = "LEFT4ME_STEAMCMD_SHA256")]
    pub steamcmd_sha256: Option<String>,
}

/// Options, and which of them the environment gave and not the command line.
#[derive(Debug)]
pub struct WithOrigin<A> {
    options: A,
    from_environment: Vec<String>,
}

impl<A> WithOrigin<A> {
    /// Whether the environment gave the option of this name.
    pub fn is_from_environment(&self, name: &str) -> bool {
        self.from_environment.iter().any(|given| given == name)
    }
}

impl<A> Deref for WithOrigin<A> {
    type Target = A;
    fn deref(&self) -> &A {
        &self.options
    }
}

impl<A: Args> Args for WithOrigin<A> {
    fn group_id() -> Option<clap::Id> {
        A::group_id()
    }
    fn augment_args(command: clap::Command) -> clap::Command {
        A::augment_args(command)
    }
    fn augment_args_for_update(command: clap::Command) -> clap::Command {
        A::augment_args_for_update(command)
    }
}

impl<A: FromArgMatches> FromArgMatches for WithOrigin<A> {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        WithOrigin::from_arg_matches_mut(&mut matches.clone())
    }
    fn from_arg_matches_mut(matches: &mut ArgMatches) -> Result<Self, clap::Error> {
        let is_environment =
            |id: &&clap::Id| matches.value_source(id.as_str()) == Some(ValueSource::EnvVariable);
        let from_environment = matches.ids().filter(is_environment).map(|id| id.to_string()).collect();
        Ok(WithOrigin { options: A::from_arg_matches_mut(matches)?, from_environment })
    }
    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = WithOrigin::from_arg_matches(matches)?;
        Ok(())
    }
}

/// How to show progress.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Mode {
    /// Bars on a terminal, else plain lines
    Auto,
    /// Bars
    Bar,
    /// Lines, at most one per 10 seconds or 5 percent
    Plain,
    /// One JSON object per line, on standard output
    Json,
}

/// How SteamCMD is run and watched.
#[derive(Debug, Args)]
pub struct SessionOptions {
    /// How to show progress
    #[arg(long, value_enum, default_value = "auto")]
    pub progress: Mode,
    /// End SteamCMD after this many seconds without any progress
    #[arg(long, value_name = "SECONDS", default_value_t = 900, env = "LEFT4ME_STEAMCMD_STALL")]
    pub stall: u64,
    /// First pause before SteamCMD is retried; later pauses grow to six times this
    #[arg(long, value_name = "SECONDS", default_value_t = 10, env = "LEFT4ME_STEAMCMD_PAUSE")]
    pub pause: u64,
    /// Log in to Steam with this account instead of anonymously; the login is kept for later runs
    #[arg(long, value_name = "USER")]
    pub login: Option<String>,
    /// Read the account's password from this file (mode 0600) instead of asking; the systemd
    /// credential steam-password does the same
    #[arg(long, value_name = "FILE", requires = "login")]
    pub password_file: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub struct PlanOptions {
    #[command(flatten)]
    pub host: HostOptions,
    /// Show the changed lines of files too, and those that you changed and `apply` keeps
    #[arg(long)]
    pub diff: bool,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, Args)]
pub struct ApplyOptions {
    #[command(flatten)]
    pub host: HostOptions,
    #[command(flatten)]
    pub session: SessionOptions,
    /// Do not ask
    #[arg(long, short)]
    pub yes: bool,
    /// Print only problems
    #[arg(long, short)]
    pub quiet: bool,
    /// Fail at once if another run is in progress, instead of waiting for it
    #[arg(long)]
    pub no_wait: bool,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, Args)]
pub struct StatusOptions {
    /// Work on this directory tree instead of /
    #[arg(long, value_name = "DIR")]
    pub sysroot: Option<PathBuf>,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, Args)]
pub struct DoctorOptions {
    /// Show the checks that passed, too
    #[arg(long, short)]
    pub verbose: bool,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, Args)]
#[command(
    args_conflicts_with_subcommands = true,
    after_help = "A value comes from a flag, else the environment, else /etc/left4me/host.yaml, else a default.\n\
                  host.yaml, all of whose keys are optional:\n  \
                  root: /srv/left4me           # where all state lives\n  \
                  steamcmd:\n    \
                  mirror: https://example.org/steamcmd_linux.tar.gz\n    \
                  digest: SHA-256 of that file\n  \
                  game: true                   # false: apply leaves the game out\n  \
                  ports: 27015-27030           # the ports that l4d2ctl initialize accepts\n  \
                  update:                      # or true, or false: whether a timer updates the game (default: false)\n    \
                  schedule: '04:30'          # when, as systemd.time(7) describes it\n    \
                  canary: versus             # the instance that tries a build first (default: none)\n    \
                  warn: 60                   # seconds between a warning to players and a restart\n    \
                  deadline: '06:00'          # when servers with players restart too (default: never)"
)]
pub struct ConfigOptions {
    #[command(subcommand)]
    pub command: Option<ConfigCommand>,
    #[command(flatten)]
    pub settings: WithOrigin<SettingOptions>,
    /// Read the settings of this directory tree instead of /
    #[arg(long, value_name = "DIR")]
    pub sysroot: Option<PathBuf>,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, Subcommand)]
pub enum ConfigCommand {
    /// Write /etc/left4me/host.yaml from the settings of this host; an existing file is never replaced
    Init {
        #[command(flatten)]
        settings: WithOrigin<SettingOptions>,
        /// Work on this directory tree instead of /
        #[arg(long, value_name = "DIR")]
        sysroot: Option<PathBuf>,
    },
}

#[derive(Debug, Args)]
pub struct UninstallOptions {
    /// Remove LEFT4ME_ROOT with the game and all instances, and the user, too
    #[arg(long)]
    pub purge: bool,
    /// Do not ask
    #[arg(long, short)]
    pub yes: bool,
    /// Fail at once if another run is in progress, instead of waiting for it
    #[arg(long)]
    pub no_wait: bool,
    /// Work on this directory tree instead of /
    #[arg(long, value_name = "DIR")]
    pub sysroot: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
pub enum SteamCmdCommand {
    /// Download SteamCMD and let it update itself; does nothing if it is there
    Install {
        #[command(flatten)]
        source: WithOrigin<SourceOptions>,
        #[command(flatten)]
        run: GameRun,
        /// Download it again
        #[arg(long)]
        force: bool,
    },
    /// Run SteamCMD by hand, as the runtime user
    #[command(
        after_help = "Example:\n  sudo left4me-setup steamcmd run -- +login anonymous +app_info_print 222860 +quit"
    )]
    Run {
        /// Arguments for SteamCMD
        #[arg(last = true, value_name = "ARGS")]
        arguments: Vec<std::ffi::OsString>,
    },
}
