//! The names that a command line gives.

use super::misplaced_number;
use crate::batch::Batch;
use crate::runtime_user::become_runtime_user;
use clap::Args;
use left4me::Result;

#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
pub struct Names {
    /// Names of instances.
    #[arg(value_name = "NAME")]
    names: Vec<String>,
    /// All instances of this host.
    #[arg(long)]
    pub all: bool,
}

impl Names {
    /// For a command that has more ways to say what it is about.
    pub fn of(names: &[String], all: bool) -> Names {
        Names { names: names.to_vec(), all }
    }

    /// Becomes the runtime user and selects these instances.
    pub fn select(&self) -> Result<Batch> {
        let layout = become_runtime_user()?;
        misplaced_number::check(&layout, &self.names)?;
        Batch::select(layout, &self.names, self.all)
    }
}

/// Names that may be left out: then the command is about all instances.
#[derive(Debug, Args)]
pub struct OptionalNames {
    /// Names of instances; without any, all are shown.
    #[arg(value_name = "NAME", conflicts_with = "all")]
    pub names: Vec<String>,
    /// All instances of this host.
    #[arg(long)]
    all: bool,
}
