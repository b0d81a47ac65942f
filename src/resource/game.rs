//! The shared game installation. In sync means proven to be there, by what lies on disk.

use super::{Difference, Finding, Tools, file_list};
use left4me::host::Host;
use left4me::{Error, Result};
use left4me_steam::record::{self, Look, Watched};
use left4me_steam::{client, install, proof};

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
        let finding = match self.look(host)? {
            Ok(_) if client::is_missing(host)? => {
                Finding::Differs(vec![Difference::new("steamclient.so", "absent", "present")])
            }
            Ok(_) => match record::look(host, Watched::Game)? {
                // Writing a list needs no network.
                Look::Unlisted => return Ok(file_list::finding(&Look::Unlisted)),
                look => file_list::finding(&look),
            },
            Err(proof::Missing::Everything) => Finding::Absent,
            Err(missing) => {
                Finding::Differs(vec![Difference::new("installation", missing.to_string(), "complete")])
            }
        };
        Ok(self.unless_offline(finding))
    }

    fn look(&self, host: &Host) -> Result<std::result::Result<proof::Proof, proof::Missing>> {
        host.as_runtime_user(|| Ok(proof::look(&host.path(host.game().base()))))
    }

    fn unless_offline(&self, finding: Finding) -> Finding {
        match self.online {
            false if finding.is_pending() => Finding::Deferred("its download needs the network".into()),
            _ => finding,
        }
    }

    pub fn converge(&self, host: &Host, tools: &mut Tools) -> Result<()> {
        if self.look(host)?.is_err() {
            return self.install(host, tools, install::Wish::Complete);
        }
        if client::is_missing(host)? {
            self.need_network()?;
            install::update_client(host, tools.settings, tools.reporter)?;
        }
        match record::look(host, Watched::Game)? {
            Look::Whole => Ok(()),
            Look::Unlisted => record::as_it_lies(host, Watched::Game),
            Look::Damaged(_) => self.install(host, tools, install::Wish::Validate),
        }
    }

    fn install(&self, host: &Host, tools: &mut Tools, wish: install::Wish) -> Result<()> {
        self.need_network()?;
        let installed = install::install(host, tools.settings, tools.reporter, wish)?;
        tools.state.game_installed(installed);
        tools.state.save(host)
    }

    fn need_network(&self) -> Result<()> {
        match self.online {
            true => Ok(()),
            false => Err(Error::new("the game's download needs the network")),
        }
    }
}
