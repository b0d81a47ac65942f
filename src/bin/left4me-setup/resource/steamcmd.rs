//! The SteamCMD tree. It updates itself, so only what it cannot start without is asked for.

use super::{Difference, Finding, Tools};
use crate::host::Host;
use crate::steam::source::Source;
use crate::{preflight, steam};
use left4me_setup::{Error, Result};
use std::os::unix::fs::PermissionsExt;

/// SteamCMD, downloaded, verified, unpacked.
#[derive(Debug)]
pub struct SteamCmd {
    pub source: Source,
    pub online: bool,
}

const PROGRAMS: [&str; 2] = ["steamcmd.sh", "linux32/steamcmd"];

impl SteamCmd {
    pub fn inspect(&self, host: &Host) -> Result<Finding> {
        let found = self.look(host)?;
        match found {
            Finding::Absent | Finding::Differs(_) if !self.online => {
                Ok(Finding::Deferred("its download needs the network".into()))
            }
            found => Ok(found),
        }
    }

    fn look(&self, host: &Host) -> Result<Finding> {
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
            Ok(Finding::of(missing.collect()))
        })
    }

    pub fn converge(&self, host: &Host, tools: &mut Tools) -> Result<()> {
        if !self.online {
            return Err(Error::new("SteamCMD's download needs the network"));
        }
        preflight::before_steamcmd(host)?;
        let fetched = steam::download::fetch(host, &self.source, tools.progress)?;
        tools.state.steamcmd_installed(fetched);
        tools.state.save(host)
    }
}
