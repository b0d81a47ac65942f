use super::misplaced_number;
use super::names::OptionalNames;
use crate::list;
use crate::runtime_user::become_runtime_user;
use clap::Args;
use left4me::Result;

/// Show state, players, map, uptime, memory and disk use.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  sudo l4d2ctl status
  sudo l4d2ctl status versus --players
  sudo l4d2ctl status versus --json | jq '.instances[0].ready'

On a narrow terminal, columns are left out; sudo l4d2ctl status | cat shows all of them.
The JSON always has the same shape: {\"schema\": 1, \"instances\": [...]}.")]
pub struct Status {
    #[command(flatten)]
    names: OptionalNames,
    /// Print JSON.
    #[arg(long)]
    json: bool,
    /// Show who plays, too: name, score and time on the server.
    #[arg(long)]
    players: bool,
    /// Show the table again every SECONDS until Ctrl-C.
    #[arg(long, value_name = "SECONDS", num_args = 0..=1, require_equals = true, default_missing_value = "2",
          value_parser = clap::value_parser!(u64).range(1..=3600), conflicts_with = "json")]
    watch: Option<u64>,
}

impl Status {
    pub fn run(self) -> Result<()> {
        let layout = become_runtime_user()?;
        misplaced_number::check(&layout, &self.names.names)?;
        list::status(&layout, &self.names.names, self.json, self.watch, self.players)
    }
}
