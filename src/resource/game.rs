//! The shared game installation. In sync means verified on disk.

use super::{Difference, Finding, Resource, ResourceId, Tools, file_list};
use left4me::host::Host;
use left4me::{Error, Result};
use left4me_steam::file_list::{self as list, Comparison, WatchedTree};
use left4me_steam::install::{self, Action};
use left4me_steam::steamclient;
use left4me_steam::verify::{self, Missing};

const ANOTHER_BUILD: &str =
    "sudo left4me-setup game list shows the builds that are kept, game rollback BUILD switches to one";

/// Left 4 Dead 2 Dedicated Server.
#[derive(Debug)]
pub struct Game {
    pub online: bool,
}

impl Resource for Game {
    fn id(&self) -> ResourceId {
        ResourceId::single("game Left 4 Dead 2")
    }

    fn why(&self) -> &'static str {
        "the one installation of 10 GB that all instances share"
    }

    fn inspect(&self, host: &Host) -> Result<Finding> {
        if host.can_own() && host.account()?.is_none() {
            return Ok(self.unless_offline(Finding::Absent));
        }
        let finding = match verify::game(host)? {
            Ok(_) if steamclient::is_missing(host)? => {
                Finding::Differs(vec![Difference::new("steamclient.so", "absent", "present")])
            }
            Ok(_) => match list::compare(host, WatchedTree::Game)? {
                // Writing a list needs no network.
                unlisted @ Comparison::Unlisted => return Ok(file_list::finding(&unlisted)),
                comparison => file_list::finding(&comparison),
            },
            Err(Missing::Everything) => Finding::Absent,
            Err(missing) => {
                Finding::Differs(vec![Difference::new("installation", missing.to_string(), "complete")])
            }
        };
        Ok(self.unless_offline(finding))
    }

    fn converge(&self, host: &Host, tools: &mut Tools) -> Result<()> {
        match verify::game(host)? {
            // Nothing that Steam sends brings it back.
            Err(missing @ Missing::Layer(_)) => {
                return Err(Error::new(missing.to_string()).hint(ANOTHER_BUILD));
            }
            Err(_) => return self.install(host, tools, Action::Install),
            Ok(_) => {}
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

    fn needs(&self, host: &Host) -> Vec<ResourceId> {
        vec![ResourceId::USER, ResourceId::directory(host.layout.root()), ResourceId::STEAMCMD]
    }

    fn warning(&self, found: &Finding) -> Option<&'static str> {
        file_list::warning(found)
    }
}

impl Game {
    fn unless_offline(&self, finding: Finding) -> Finding {
        if finding.is_pending() && !self.online {
            return Finding::Deferred("its download needs the network".into());
        }
        finding
    }

    fn install(&self, host: &Host, tools: &mut Tools, action: Action) -> Result<()> {
        self.need_network()?;
        let installed = install::install(host, tools.settings, tools.reporter, action)?;
        tools.state.game_installed(installed);
        tools.state.save(host)
    }

    fn need_network(&self) -> Result<()> {
        if self.online { Ok(()) } else { Err(Error::new("the game's download needs the network")) }
    }
}
