//! The shared game installation. In sync means proven to be there, by what lies on disk.

use super::{Difference, Finding, Tools, file_list};
use left4me::host::Host;
use left4me::{Error, Result};
use left4me_steam::file_list::{self as list, Comparison, WatchedTree};
use left4me_steam::install::{self, Action};
use left4me_steam::steamclient;
use left4me_steam::verify::{self, Missing};

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
        let finding = match verify::game(host)? {
            Ok(_) if steamclient::is_missing(host)? => {
                Finding::Differs(vec![Difference::new("steamclient.so", "absent", "present")])
            }
            Ok(_) => match list::compare(host, WatchedTree::Game)? {
                // Writing a list needs no network.
                Comparison::Unlisted => return Ok(file_list::finding(&Comparison::Unlisted)),
                comparison => file_list::finding(&comparison),
            },
            Err(Missing::Everything) => Finding::Absent,
            Err(missing) => {
                Finding::Differs(vec![Difference::new("installation", missing.to_string(), "complete")])
            }
        };
        Ok(self.unless_offline(finding))
    }

    fn unless_offline(&self, finding: Finding) -> Finding {
        match self.online {
            false if finding.is_pending() => Finding::Deferred("its download needs the network".into()),
            _ => finding,
        }
    }

    pub fn converge(&self, host: &Host, tools: &mut Tools) -> Result<()> {
        if verify::game(host)?.is_err() {
            return self.install(host, tools, Action::Install);
        }
        if steamclient::is_missing(host)? {
            self.need_network()?;
            install::update_client(host, tools.settings, tools.reporter)?;
        }
        match list::compare(host, WatchedTree::Game)? {
            Comparison::Complete => Ok(()),
            Comparison::Unlisted => list::write_list(host, WatchedTree::Game),
            Comparison::Damaged(_) => self.install(host, tools, Action::Validate),
        }
    }

    fn install(&self, host: &Host, tools: &mut Tools, action: Action) -> Result<()> {
        self.need_network()?;
        let installed = install::install(host, tools.settings, tools.reporter, action)?;
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
