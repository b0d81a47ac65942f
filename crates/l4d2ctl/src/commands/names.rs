//! The instances that a command is about.

use super::misplaced_number;
use crate::batch::Batch;
use crate::runtime_user::become_runtime_user;
use clap::Args;
use left4me::Result;

#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
pub struct Names {
    /// Instances.
    #[arg(value_name = "NAME")]
    names: Vec<String>,
    /// All instances of this host.
    #[arg(long)]
    pub all: bool,
}

impl Names {
    /// The batch of these instances, as the runtime user.
    pub fn select(&self) -> Result<Batch> {
        let layout = become_runtime_user()?;
        misplaced_number::check(&layout, &self.names)?;
        Batch::select(layout, &self.names, self.all)
    }
}

/// Names that may be left out, which means all instances.
#[derive(Debug, Args)]
pub struct OptionalNames {
    /// Instances; all when none is named.
    #[arg(value_name = "NAME", conflicts_with = "all")]
    pub names: Vec<String>,
    /// All instances of this host.
    #[arg(long)]
    all: bool,
}
