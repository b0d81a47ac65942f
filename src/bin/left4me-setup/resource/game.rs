//! The shared game installation. In sync means proven to be there, by what lies on disk.

use super::{Difference, Finding, Tools};
use crate::host::Host;
use crate::steam::{client, install, proof};
use left4me_setup::{Error, Result};

/// Left 4 Dead 2 Dedicated Server.
#[derive(Debug)]
pub struct Game {
    pub online: bool,
}

impl Game {
    pub fn inspect(&self, host: &Host) -> Result<Finding> {
        if host.can_own() && host.account()?.is_none() {
            return Ok(self.unless_offline(Finding::Absent));
        }
        let finding =
            match host.as_runtime_user(|| Ok(proof::look(&host.path(&host.layout.installation()))))? {
                Ok(_) if client::is_missing(host)? => {
                    Finding::Differs(vec![Difference::new("steamclient.so", "absent", "present")])
                }
                Ok(_) => return Ok(Finding::InSync),
                Err(proof::Missing::Everything) => Finding::Absent,
                Err(missing) => {
                    Finding::Differs(vec![Difference::new("installation", missing.to_string(), "complete")])
                }
            };
        Ok(self.unless_offline(finding))
    }

    fn unless_offline(&self, finding: Finding) -> Finding {
        match self.online {
            true => finding,
            false => Finding::Deferred("its download needs the network".into()),
        }
    }

    pub fn converge(&self, host: &Host, tools: &mut Tools) -> Result<()> {
        if !self.online {
            return Err(Error::new("the game's download needs the network"));
        }
        let complete =
            host.as_runtime_user(|| Ok(proof::look(&host.path(&host.layout.installation())).is_ok()))?;
        if complete {
            return install::update_client(host, tools.session, tools.progress);
        }
        let installed = install::install(host, tools.session, tools.progress, install::Wish::Complete)?;
        tools.state.game_installed(installed);
        tools.state.save(host)
    }
}
