use super::misplaced_number;
use super::names::OptionalNames;
use crate::du;
use crate::runtime_user::become_runtime_user;
use clap::Args;
use left4me::Result;

/// Show how much instances have written: new files, files copied up from lower layers, deletions.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  sudo l4d2ctl du
  sudo l4d2ctl du versus --files=20
  sudo l4d2ctl du --json | jq '.instances[] | {name, disk_bytes}'")]
pub struct Du {
    #[command(flatten)]
    names: OptionalNames,
    /// Also show the N largest files of each instance.
    #[arg(long, value_name = "N", num_args = 0..=1, require_equals = true, default_missing_value = "10",
          value_parser = clap::value_parser!(u32).range(1..=10_000))]
    files: Option<u32>,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

impl Du {
    pub fn run(self) -> Result<()> {
        let layout = become_runtime_user()?;
        misplaced_number::check(&layout, &self.names.names)?;
        du::du(&layout, &self.names.names, self.files.unwrap_or_default() as usize, self.json)
    }
}
