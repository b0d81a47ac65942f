use crate::canary::canary;
use crate::runtime_user::become_runtime_user;
use clap::Args;
use left4me::Result;
use left4me::name::InstanceName;

/// Start a copy of an instance where no player finds it, see whether it comes up, and delete the copy.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  sudo l4d2ctl canary versus
  sudo left4me-setup game update --canary versus   the same for an update, before it is published

The copy has the overlays and the configuration of the instance, a free port, and passwords of its own. It has to answer \
players and its console, and to do so again after ten seconds without a crash; where MetaMod is installed, none of its \
plugins may have failed. It is called canary-NAME, is in `status` while it runs, and does not start at boot.")]
pub struct Canary {
    /// Name of the instance.
    name: String,
    /// Try the update that is staged and not published yet.
    #[arg(long)]
    staged: bool,
    /// How many seconds it may take until it answers.
    #[arg(long, value_name = "SECONDS", default_value_t = 120, value_parser = clap::value_parser!(u64).range(1..=3600))]
    timeout: u64,
}

impl Canary {
    pub fn run(self) -> Result<()> {
        let layout = become_runtime_user()?;
        canary(&layout, &InstanceName::parse(&self.name)?, self.staged, self.timeout)
    }
}
