//! A timer of ours is on or off: at boot by a link, and now by asking systemd.

use super::{Difference, Finding, Removal, Resource, ResourceId, Tools, Uninstall};
use left4me::host::Host;
use left4me::systemd::Manager;
use left4me::{Context, Error, Result, atomic};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

const UNITS: &str = "/usr/lib/systemd/system";
const SETTINGS: &str = "/etc/systemd/system";

/// One timer, which the package brings.
#[derive(Debug)]
pub struct Timer {
    pub unit: &'static str,
    pub on: bool,
    pub why: &'static str,
}

impl Resource for Timer {
    fn id(&self) -> ResourceId {
        ResourceId::at("timer", self.unit)
    }

    fn why(&self) -> &'static str {
        self.why
    }

    fn inspect(&self, host: &Host) -> Result<Finding> {
        if self.on && self.is_masked(host) {
            return Ok(Finding::Modified);
        }
        let now = if host.has_systemd() { self.is_active()? } else { self.on };
        let states = [("at boot", self.is_linked(host)?), ("now", now)];
        let different = states.into_iter().filter(|(_, is)| *is != self.on);
        let word = |on: bool| if on { "on" } else { "off" };
        let differences = different.map(|(when, is)| Difference::new(when, word(is), word(self.on)));
        Ok(Finding::from_differences(differences.collect()))
    }

    fn converge(&self, host: &Host, _: &mut Tools) -> Result<()> {
        if !self.on {
            return self.turn_off(host);
        }
        let link = host.path(&self.link());
        if let Some(wants) = link.parent() {
            std::fs::create_dir_all(wants)
                .context(|| format!("cannot make {SETTINGS}/timers.target.wants"))?;
        }
        atomic::symlink(&self.file(), &link)?;
        if host.has_systemd() {
            Host::run("systemctl", &["start", "--no-ask-password", self.unit])?;
        }
        Ok(())
    }

    fn remove(&self, host: &Host, _: &Uninstall) -> Result<Removal> {
        let was_on = self.is_linked(host)?;
        self.turn_off(host)?;
        Ok(if was_on { Removal::Removed } else { Removal::Absent })
    }

    fn needs(&self, _: &Host) -> Vec<ResourceId> {
        vec![ResourceId::file(self.file())]
    }
}

impl Timer {
    fn file(&self) -> PathBuf {
        Path::new(UNITS).join(self.unit)
    }

    fn link(&self) -> PathBuf {
        Path::new(SETTINGS).join("timers.target.wants").join(self.unit)
    }

    /// The link may lead to another file of that name: an administrator enabled theirs, and systemd goes by the name.
    fn is_linked(&self, host: &Host) -> Result<bool> {
        let link = self.link();
        match std::fs::symlink_metadata(host.path(&link)) {
            Ok(found) if found.is_symlink() => Ok(true),
            Ok(_) => Err(Error::new(format!("{} is not a link", link.display()))
                .hint(format!("move it away: mv {0} {0}.old", link.display()))),
            Err(e) if matches!(e.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => Ok(false),
            Err(e) => Err(e).context(|| format!("cannot inspect {}", link.display())),
        }
    }

    /// An administrator's way to say that it shall never run.
    fn is_masked(&self, host: &Host) -> bool {
        let mask = host.path(&Path::new(SETTINGS).join(self.unit));
        std::fs::read_link(mask).is_ok_and(|target| target == Path::new("/dev/null"))
    }

    fn is_active(&self) -> Result<bool> {
        let units = Manager::connect()?.units(&[self.unit])?;
        Ok(units.iter().any(|unit| unit.active == "active"))
    }

    fn turn_off(&self, host: &Host) -> Result<()> {
        let link = host.path(&self.link());
        if self.is_linked(host)? {
            std::fs::remove_file(&link).context(|| format!("cannot remove {}", self.link().display()))?;
            atomic::sync_parent(&link)?;
        }
        if let Some(wants) = link.parent() {
            // As systemctl does; others' links keep it. Also without our link: a killed run may have removed only that.
            let _ = std::fs::remove_dir(wants);
        }
        if host.has_systemd() && self.is_active()? {
            Host::run("systemctl", &["stop", "--no-ask-password", self.unit])?;
        }
        Ok(())
    }
}
