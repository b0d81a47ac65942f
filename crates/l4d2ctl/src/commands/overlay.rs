use crate::overlays;
use crate::runtime_user::become_runtime_user;
use clap::{Args, Subcommand};
use left4me::Result;
use left4me::name::InstanceName;
use std::path::PathBuf;

/// Look at content layers: which there are, and which one a file comes from.
#[derive(Debug, Args)]
pub struct Overlay {
    #[command(subcommand)]
    question: Question,
}

#[derive(Debug, Subcommand)]
enum Question {
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
