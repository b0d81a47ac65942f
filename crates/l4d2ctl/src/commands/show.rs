use crate::instance_spec;
use crate::runtime_user::become_runtime_user;
use clap::Args;
use left4me::Result;
use left4me::name::InstanceName;

/// Print an instance's specification as YAML, ready for 'initialize'.
#[derive(Debug, Args)]
#[command(after_help = "\
Example:
  sudo l4d2ctl show versus > versus.yaml
  editor versus.yaml
  sudo l4d2ctl initialize versus -f versus.yaml

The output contains the rcon password.")]
pub struct Show {
    /// Name of the instance.
    name: String,
}

impl Show {
    pub fn run(self) -> Result<()> {
        let name = InstanceName::parse(&self.name)?;
        instance_spec::show(&become_runtime_user()?, &name)
    }
}
