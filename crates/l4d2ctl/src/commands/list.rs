use crate::list;
use crate::runtime_user::become_runtime_user;
use clap::Args;
use left4me::Result;

/// List instances with their ports and overlays.
#[derive(Debug, Args)]
pub struct List {
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

impl List {
    pub fn run(self) -> Result<()> {
        list::list(&become_runtime_user()?, self.json)
    }
}
