//! The SteamCMD tree. It updates itself, so what belongs to it is what lay there after its last update.

use super::{Difference, Finding, Resource, ResourceId, Tools, file_list};
use left4me::host::Host;
use left4me::{Error, Result};
use left4me_steam::download::source::Source;
use left4me_steam::download::steamcmd;
use left4me_steam::file_list::{self as list, Comparison, WatchedTree};
use left4me_steam::{install, preflight};
use std::os::unix::fs::PermissionsExt;

/// SteamCMD, downloaded, verified, unpacked.
#[derive(Debug)]
pub struct SteamCmd {
    pub source: Source,
    pub online: bool,
}

const PROGRAMS: [&str; 2] = ["steamcmd.sh", "linux32/steamcmd"];

impl Resource for SteamCmd {
    fn id(&self) -> ResourceId {
        ResourceId::STEAMCMD
    }

    fn why(&self) -> &'static str {
        "Valve's downloader, the only way to the game; verified by its SHA-256"
    }

    fn inspect(&self, host: &Host) -> Result<Finding> {
        let finding = match self.inspect_programs(host)? {
            Finding::InSync => match list::compare(host, WatchedTree::SteamCmd)? {
                // Writing a list needs no network.
                unlisted @ Comparison::Unlisted => return Ok(file_list::finding(&unlisted)),
                comparison => file_list::finding(&comparison),
            },
            found => found,
        };
        if finding.is_pending() && !self.online {
            return Ok(Finding::Deferred("its download needs the network".into()));
        }
        Ok(finding)
    }

    fn converge(&self, host: &Host, tools: &mut Tools) -> Result<()> {
        let found = self.inspect_programs(host)?;
        if found == Finding::InSync && list::compare(host, WatchedTree::SteamCmd)? == Comparison::Unlisted {
            return list::write_list(host, WatchedTree::SteamCmd);
        }
        if !self.online {
            return Err(Error::new("SteamCMD's download needs the network"));
        }
        preflight::before_steamcmd(host)?;
        // A client that had updated itself shall have so again: servers use its libraries.
        let had_updated = list::was_client_updated(host);
        let lock = install::lock_steam(host, tools.reporter, tools.settings.wait)?;
        let fetched = steamcmd::fetch(host, &self.source, tools.reporter)?;
        list::write_list(host, WatchedTree::SteamCmd)?;
        drop(lock);
        tools.state.steamcmd_installed(fetched);
        tools.state.save(host)?;
        if found != Finding::Absent && had_updated {
            install::update_client(host, tools.settings, tools.reporter)?;
        }
        Ok(())
    }

    fn needs(&self, host: &Host) -> Vec<ResourceId> {
        vec![ResourceId::USER, ResourceId::directory(host.layout.root())]
    }

    fn warning(&self, found: &Finding) -> Option<&'static str> {
        file_list::warning(found)
    }
}

impl SteamCmd {
    /// What it cannot start without; the rest is for its list to tell.
    fn inspect_programs(&self, host: &Host) -> Result<Finding> {
        if host.can_own() && host.account()?.is_none() {
            return Ok(Finding::Absent);
        }
        host.as_runtime_user(|| {
            let tree = host.path(&host.layout.steam());
            if std::fs::symlink_metadata(&tree).is_err() {
                return Ok(Finding::Absent);
            }
            let missing =
                PROGRAMS.iter().filter_map(|program| match std::fs::symlink_metadata(tree.join(program)) {
                    Ok(found) if found.is_file() && found.permissions().mode() & 0o100 != 0 => None,
                    Ok(_) => Some(Difference::new(program, "not an executable file", "executable")),
                    Err(_) => Some(Difference::new(program, "absent", "executable")),
                });
            Ok(Finding::from_differences(missing.collect()))
        })
    }
}
