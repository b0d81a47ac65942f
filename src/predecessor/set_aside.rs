//! A unit file of the predecessor's that would be read instead of ours: it is set aside under another name.

use super::rivals;
use crate::deployed;
use crate::resource::{Difference, Finding, Removal, Resource, ResourceId, Tools, Uninstall};
use left4me::host::{Host, Owner};
use left4me::systemd::Manager;
use left4me::{Context, Result, atomic, printable};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

/// A unit file that would be read instead of ours.
#[derive(Debug)]
pub struct SetAside {
    pub path: PathBuf,
}

impl Resource for SetAside {
    fn id(&self) -> ResourceId {
        ResourceId::at(super::KIND, &self.path)
    }

    fn why(&self) -> &'static str {
        "the predecessor's unit would be read instead of ours; a running server stays"
    }

    fn inspect(&self, host: &Host) -> Result<Finding> {
        match std::fs::symlink_metadata(host.path(&self.path)) {
            Ok(_) if self.is_in_use(host)? => Ok(Finding::Deferred(
                "servers run from it; stop them (l4d2ctl stop --all), apply again, start them".into(),
            )),
            Ok(_) => {
                let mut to = format!("set aside as {}", self.backup().display());
                if let Some((cpus, drop_in)) = self.cpus(host) {
                    to += &format!(", {} kept in {}", printable::line(&cpus), drop_in.display());
                }
                Ok(Finding::Differs(vec![Difference::new("presence", "outranks our unit", to)]))
            }
            Err(e) if matches!(e.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
                Ok(Finding::InSync)
            }
            Err(e) => Err(e).context(|| format!("cannot inspect {}", self.path.display())),
        }
    }

    fn converge(&self, host: &Host, _: &mut Tools) -> Result<()> {
        self.keep_cpus(host)?;
        let path = host.path(&self.path);
        std::fs::rename(&path, host.path(&self.backup()))
            .context(|| format!("cannot set {} aside", self.path.display()))?;
        atomic::sync_parent(&path)
    }

    /// Takes back the drop-in; what was set aside stays so.
    fn remove(&self, host: &Host, _: &Uninstall) -> Result<Removal> {
        let path = self.drop_in().map(|drop_in| host.path(&drop_in));
        let is_ours =
            |path: &PathBuf| std::fs::read_to_string(path).is_ok_and(|text| text.starts_with(&self.origin()));
        let Some(path) = path.filter(is_ours) else { return Ok(Removal::Absent) };
        std::fs::remove_file(&path).context(|| format!("cannot remove {}", path.display()))?;
        // Others may have theirs beside it.
        let _ = path.parent().map(std::fs::remove_dir);
        Ok(Removal::Removed)
    }

    /// Without our unit files the host would be left with no unit.
    fn needs(&self, host: &Host) -> Vec<ResourceId> {
        deployed::units(&host.layout).map(ResourceId::file).collect()
    }

    fn notes(&self, host: &Host) -> Vec<String> {
        let is_there = std::fs::symlink_metadata(host.path(&self.path)).is_ok();
        is_there.then(|| rivals::note(&rivals::unit(&self.path))).into_iter().collect()
    }
}

impl SetAside {
    /// One for each unit file that its bundle has under one of our names.
    pub fn for_each_unit() -> impl Iterator<Item = SetAside> {
        ["left4me-server@.service", "l4d2-game.slice", "l4d2-build.slice"]
            .into_iter()
            .map(|unit| SetAside { path: format!("/usr/local/lib/systemd/system/{unit}").into() })
    }

    /// systemd reads no file whose name ends like this.
    pub fn backup(&self) -> PathBuf {
        PathBuf::from(format!("{}.left4me-old", self.path.display()))
    }

    /// Of a slice, which CPUs it had: the host's own choice, and where it goes on to hold.
    fn cpus(&self, host: &Host) -> Option<(String, PathBuf)> {
        let text = std::fs::read_to_string(host.path(&self.path)).ok()?;
        let cpus = text.lines().map(str::trim).find(|line| line.starts_with("AllowedCPUs="))?;
        Some((cpus.to_owned(), self.drop_in()?))
    }

    fn drop_in(&self) -> Option<PathBuf> {
        let slice = self.path.file_name()?.to_str().filter(|name| name.ends_with(".slice"))?;
        Some(PathBuf::from(format!("/etc/systemd/system/{slice}.d/10-cpus.conf")))
    }

    /// First line of the drop-in: whose it is, so that it can go again.
    fn origin(&self) -> String {
        format!("# From the predecessor's {}.\n", self.path.display())
    }

    fn keep_cpus(&self, host: &Host) -> Result<()> {
        let Some((cpus, drop_in)) = self.cpus(host) else { return Ok(()) };
        let path = host.path(&drop_in);
        if std::fs::symlink_metadata(&path).is_ok() {
            // An administrator's own, which had outranked the slice anyway.
            return Ok(());
        }
        if let Some(parent) = path.parent() {
            std::fs::create_dir_all(parent)
                .context(|| format!("cannot make the directory of {}", drop_in.display()))?;
        }
        let text = format!("{}[Slice]\n{cpus}\n", self.origin());
        atomic::write(&path, text.as_bytes(), 0o644, host.ids(Owner::Root)?)
    }

    /// Our unit is bound to a unit for the mount, which a server of the old one does not have: systemd
    /// would stop the server for it at the next reload.
    fn is_in_use(&self, host: &Host) -> Result<bool> {
        let is_server = self.path.extension().is_some_and(|kind| kind == "service");
        if !is_server || !host.has_systemd() {
            return Ok(false);
        }
        let mut manager = Manager::connect()?;
        let mut units = manager.units(&["left4me-server@*.service"])?;
        units.retain(|unit| !["inactive", "failed"].contains(&unit.active.as_str()));
        let files = manager.property(&units, "FragmentPath")?;
        Ok(files.iter().flatten().any(|file| Path::new(file) == self.path))
    }
}
