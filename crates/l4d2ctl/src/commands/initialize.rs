use crate::runtime_user::become_runtime_user;
use crate::{initialize, shadowed_cfg};
use clap::Args;
use left4me::Result;
use left4me::name::InstanceName;
use left4me::output::{answer, note};
use std::path::PathBuf;

/// Make an instance from a specification, or change its specification; its files are kept.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  sudo l4d2ctl initialize versus -f versus.yaml
  printf 'port: 27015\\n' | sudo l4d2ctl initialize plain -f -
  l4d2ctl initialize versus -f versus.yaml --check

A specification:
  port: 27015                        # the only required key
  overlays:                          # directories below overlays/, the first one wins
    - standard
    - {path: '8', alias: overlay_8}  # its server.cfg is also cfg/server_overlay_8.cfg
  arguments: ['-tickrate 100', '+map c1m1_hotel']
  config: ['hostname my server', 'rcon_password secret']

A running server uses the new specification from its next start on.")]
pub struct Initialize {
    /// Name of the instance: a-z, 0-9, '_' and '-', at most 64 characters.
    name: String,
    /// File with the specification (YAML); '-' reads standard input.
    #[arg(short = 'f', long = "spec", alias = "file", value_name = "SPEC")]
    spec: PathBuf,
    /// Only check the specification, and whether it fits this host.
    #[arg(long)]
    check: bool,
}

impl Initialize {
    pub fn run(self) -> Result<()> {
        let name = InstanceName::parse(&self.name)?;
        let (spec, text) = initialize::read_spec(&self.spec)?;
        if !self.check {
            return initialize::initialize(&become_runtime_user()?, &name, &spec, &text);
        }
        match become_runtime_user() {
            Ok(layout) => {
                initialize::check_on_this_host(&layout, &name, &spec)?;
                shadowed_cfg::notes(&layout, &spec).iter().for_each(|sentence| note(sentence));
            }
            // A specification can be checked on any machine, not only on a host.
            Err(error) => {
                note(&format!("did not check ports and overlays of this host: {}", error.message()))
            }
        }
        answer(&format!("{}: OK\n", initialize::source_name(&self.spec)))
    }
}
