use crate::overlays;
use crate::runtime_user::become_runtime_user;
use clap::{Args, Subcommand};
use left4me::Result;
use left4me::name::InstanceName;
use std::path::PathBuf;

/// Show overlays, and which layer a file comes from.
#[derive(Debug, Args)]
pub struct Overlay {
    #[command(subcommand)]
    question: Question,
}

#[derive(Debug, Subcommand)]
enum Question {
    /// List the overlays of this host, and the instances that use them.
    List {
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
    /// Show an instance's layers, highest precedence first.
    Show {
        /// Name of the instance.
        name: String,
    },
    /// Show which layer a file comes from, and which lower layers have it too.
    #[command(after_help = "\
Example:
  sudo l4d2ctl overlay explain versus left4dead2/cfg/server.cfg")]
    Explain {
        /// Name of the instance.
        name: String,
        /// Path in the server's file tree, such as left4dead2/cfg/server.cfg.
        path: PathBuf,
    },
}

impl Overlay {
    pub fn run(self) -> Result<()> {
        let layout = become_runtime_user()?;
        match self.question {
            Question::List { json } => overlays::list(&layout, json),
            Question::Show { name } => overlays::show(&layout, &InstanceName::parse(&name)?),
            Question::Explain { name, path } => {
                overlays::explain(&layout, &InstanceName::parse(&name)?, &path)
            }
        }
    }
}
