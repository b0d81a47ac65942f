//! The command line. Nothing but clap, so that completions and man pages can be made from this file alone.

use clap::{Args, Parser, Subcommand};
use std::path::PathBuf;

/// Left 4 Dead 2 servers on this host: make, start, stop and watch them.
#[derive(Debug, Parser)]
#[command(
    name = "l4d2ctl",
    version,
    arg_required_else_help = true,
    disable_help_subcommand = true,
    after_help = "\
Examples:
  sudo l4d2ctl initialize versus -f versus.yaml   make an instance, or change it
  sudo l4d2ctl start versus --wait                start it and wait until ready
  sudo l4d2ctl status                             all instances at a glance
  sudo l4d2ctl logs versus                        follow what it says

Run by root, it becomes the runtime user (left4me) first.
Exit codes: 0 done or nothing to do, 1 failed, 2 usage; a failed helper's exit code is passed on."
)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

const ASKS: &str = "\
On a terminal it asks first when an instance runs or has written files, and an unknown name is an error. Without a \
terminal it does not ask, and what does not exist is done already.";

/// Which instances a command is about.
#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
pub struct Names {
    /// Instances.
    #[arg(value_name = "NAME")]
    pub names: Vec<String>,
    /// All instances of this host.
    #[arg(long)]
    pub all: bool,
}

/// The commands of l4d2ctl.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Install or update the shared game: runs 'left4me-setup game update'.
    Install {
        /// Arguments for 'left4me-setup game update'.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<String>,
    },
    /// Make an instance from a specification, or give it a new one; its own files are kept.
    #[command(after_help = "\
Examples:
  sudo l4d2ctl initialize versus -f versus.yaml
  printf 'port: 27015\\n' | sudo l4d2ctl initialize plain -f -
  l4d2ctl initialize versus -f versus.yaml --check

A specification:
  port: 27015                        # the only key that must be there
  overlays:                          # directories below overlays/, the first one wins
    - standard
    - {path: '8', alias: overlay_8}  # its cfg/server.cfg is also there as cfg/server_overlay_8.cfg
  arguments: ['-tickrate 100', '+map c1m1_hotel']
  config: ['hostname my server', 'rcon_password secret']

A running server takes the new specification at its next start.")]
    Initialize {
        /// The instance: a-z, 0-9, '_' and '-', at most 64 characters.
        name: String,
        /// The specification, YAML; '-' reads standard input.
        #[arg(short = 'f', long = "spec", alias = "file", value_name = "SPEC")]
        spec: PathBuf,
        /// Only check the specification, and whether it fits this host; write nothing.
        #[arg(long)]
        check: bool,
    },
    /// Start instances, now and after every reboot.
    #[command(after_help = "\
Examples:
  sudo l4d2ctl start versus
  sudo l4d2ctl start versus coop --wait=120
  sudo l4d2ctl start --all

--all starts what is to run: an instance that was stopped with 'l4d2ctl stop' stays stopped, unless --stopped is given.

A server that cannot be started, because of a missing overlay or a port in use, is not started at the next boot \
either, unless it was to be before. One that starts and then crashes is.")]
    Start {
        #[command(flatten)]
        names: Names,
        /// With --all: also start instances that were stopped on purpose.
        #[arg(long, conflicts_with = "names")]
        stopped: bool,
        /// Wait until the server answers, at most SECONDS.
        #[arg(long, value_name = "SECONDS", num_args = 0..=1, require_equals = true, default_missing_value = "60",
              value_parser = clap::value_parser!(u64).range(1..=86_400))]
        wait: Option<u64>,
    },
    /// Stop instances; they stay stopped after a reboot.
    #[command(after_help = "\
What still uses a stopped server's file tree, such as a shell in it, is named on standard error; the next start, \
reset or delete needs it gone.")]
    Stop {
        #[command(flatten)]
        names: Names,
    },
    /// Stop and start instances: new specifications, overlays and game updates take effect.
    ///
    /// What starts at a boot stays as it is: a stopped instance runs now and not after a reboot. With --all, an
    /// instance that was stopped with 'l4d2ctl stop' stays stopped.
    Restart {
        #[command(flatten)]
        names: Names,
        /// Wait until the server answers, at most SECONDS.
        #[arg(long, value_name = "SECONDS", num_args = 0..=1, require_equals = true, default_missing_value = "60",
              value_parser = clap::value_parser!(u64).range(1..=86_400))]
        wait: Option<u64>,
    },
    /// Stop instances and remove them with everything they wrote.
    #[command(after_help = ASKS)]
    Delete {
        #[command(flatten)]
        names: Names,
        /// Do not ask.
        #[arg(long, short = 'y')]
        yes: bool,
    },
    /// Stop instances and empty their own layer; the specification stays.
    #[command(after_help = ASKS)]
    Reset {
        #[command(flatten)]
        names: Names,
        /// Do not ask.
        #[arg(long, short = 'y')]
        yes: bool,
    },
    /// Show state, players, map, uptime, memory and disk.
    #[command(after_help = "\
Examples:
  sudo l4d2ctl status
  sudo l4d2ctl status versus --json | jq '.instances[0].ready'

A narrow terminal shows fewer columns; sudo l4d2ctl status | cat shows all.
The JSON always has the same shape: {\"schema\": 1, \"instances\": [...]}.")]
    Status {
        /// Instances; all when none is named.
        #[arg(value_name = "NAME", conflicts_with = "all")]
        names: Vec<String>,
        /// All instances of this host.
        #[arg(long)]
        all: bool,
        /// Print JSON.
        #[arg(long)]
        json: bool,
        /// Show the table again every SECONDS, until Ctrl-C.
        #[arg(long, value_name = "SECONDS", num_args = 0..=1, require_equals = true, default_missing_value = "2",
              value_parser = clap::value_parser!(u64).range(1..=3600), conflicts_with = "json")]
        watch: Option<u64>,
    },
    /// Show what instances have written: new files, files copied up from a layer below, deletions.
    #[command(after_help = "\
Examples:
  sudo l4d2ctl du
  sudo l4d2ctl du versus --files=20
  sudo l4d2ctl du --json | jq '.instances[] | {name, disk_bytes}'")]
    Du {
        /// Instances; all when none is named.
        #[arg(value_name = "NAME", conflicts_with = "all")]
        names: Vec<String>,
        /// All instances of this host.
        #[arg(long)]
        all: bool,
        /// Show the N largest files of each instance too.
        #[arg(long, value_name = "N", num_args = 0..=1, require_equals = true, default_missing_value = "10",
              value_parser = clap::value_parser!(u32).range(1..=10_000))]
        files: Option<u32>,
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
    /// List instances with their ports and overlays.
    List {
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
    /// Print an instance's specification, as YAML that 'initialize' takes.
    #[command(after_help = "\
Example:
  sudo l4d2ctl show versus > versus.yaml
  editor versus.yaml
  sudo l4d2ctl initialize versus -f versus.yaml

It holds the rcon password.")]
    Show {
        /// The instance.
        name: String,
    },
    /// Show what an instance's server says.
    #[command(after_help = "\
Examples:
  sudo l4d2ctl logs versus
  sudo l4d2ctl logs versus -n 1000 --no-follow
  sudo l4d2ctl logs versus --since 1h

Ctrl-C ends it with exit code 130, as it does journalctl.")]
    Logs {
        /// The instance.
        name: String,
        /// How many past lines.
        #[arg(long, short = 'n', default_value_t = 200, value_name = "N", allow_negative_numbers = true,
              value_parser = clap::value_parser!(u32).range(..=9_999_999))]
        lines: u32,
        /// Show all lines since TIME instead: 1h, '2 days ago', yesterday, 18:00, '2026-11-24 18:00'.
        #[arg(long, value_name = "TIME", conflicts_with = "lines", allow_hyphen_values = true)]
        since: Option<String>,
        /// Go on with new lines until Ctrl-C (the default).
        #[arg(long, short = 'f', visible_short_alias = 'F', overrides_with = "no_follow")]
        follow: bool,
        /// End after the past lines.
        #[arg(long, overrides_with = "follow")]
        no_follow: bool,
        /// Start each line with its time and the program that said it (the default on a terminal).
        #[arg(long, short = 't', overrides_with = "no_timestamps")]
        timestamps: bool,
        /// Print the server's own words alone (the default without a terminal).
        #[arg(long, overrides_with = "timestamps")]
        no_timestamps: bool,
        /// Print the bytes as they are, terminal sequences included.
        #[arg(long)]
        raw: bool,
    },
    /// Look at content layers: which there are, and which one a file comes from.
    Overlay {
        /// What to look at.
        #[command(subcommand)]
        command: OverlayCommand,
    },
}

/// The questions about overlays.
#[derive(Debug, Subcommand)]
pub enum OverlayCommand {
    /// List the overlays of this host and who uses them.
    List {
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
    /// Show an instance's layers, the one that wins first.
    Show {
        /// The instance.
        name: String,
    },
    /// Say which layer a file of an instance comes from and what it shadows.
    #[command(after_help = "\
Example:
  sudo l4d2ctl overlay explain versus left4dead2/cfg/server.cfg")]
    Explain {
        /// The instance.
        name: String,
        /// A path inside the server's tree, such as left4dead2/cfg/server.cfg.
        path: PathBuf,
    },
}
