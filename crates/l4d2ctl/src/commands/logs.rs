use crate::helper::{From, Part};
use crate::logs;
use crate::runtime_user::become_runtime_user;
use clap::Args;
use left4me::Result;
use std::io::IsTerminal;
use std::process::ExitCode;

/// Show the log of an instance's server.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  sudo l4d2ctl logs versus
  sudo l4d2ctl logs versus -n 1000 --no-follow
  sudo l4d2ctl logs versus --since 1h

Ctrl-C ends it with exit code 130.")]
pub struct Logs {
    /// Name of the instance.
    name: String,
    /// Number of past lines.
    #[arg(long, short = 'n', default_value_t = 200, value_name = "N", allow_negative_numbers = true,
          value_parser = clap::value_parser!(u32).range(..=9_999_999))]
    lines: u32,
    /// Show all lines since TIME instead, such as 1h, '2 days ago', yesterday, 18:00 or '2026-11-24 18:00'.
    #[arg(long, value_name = "TIME", conflicts_with = "lines", allow_hyphen_values = true)]
    since: Option<String>,
    /// Keep printing new lines until Ctrl-C (the default).
    #[arg(long, short = 'f', visible_short_alias = 'F', overrides_with = "no_follow")]
    follow: bool,
    /// Stop after the past lines.
    #[arg(long, overrides_with = "follow")]
    no_follow: bool,
    /// Start each line with its time and program (the default on a terminal).
    #[arg(long, short = 't', overrides_with = "no_timestamps")]
    timestamps: bool,
    /// Print only what the server wrote (the default without a terminal).
    #[arg(long, overrides_with = "timestamps")]
    no_timestamps: bool,
    /// Print the bytes as they are, including terminal sequences.
    #[arg(long)]
    raw: bool,
}

impl Logs {
    pub fn run(self) -> Result<ExitCode> {
        let from = self.since.map_or(From::Lines(self.lines), |time| From::Since(logs::since(&time)));
        let timestamps = self.timestamps || std::io::stdout().is_terminal() && !self.no_timestamps;
        let part = Part { from, follow: !self.no_follow, timestamps };
        logs::logs(&become_runtime_user()?, &self.name, &part, self.raw)
    }
}
