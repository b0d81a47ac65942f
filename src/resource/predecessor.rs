//! What the predecessor's bundle left on a host that is taken over. Nothing of it is deleted: what
//! would outrank ours is set aside under another name, what is ours too moves by rename.

use super::{Difference, Finding, Removal};
use left4me::host::{Host, Owner};
use left4me::systemd::Manager;
use left4me::{Context, Error, Result, atomic, beneath, printable};
use nix::fcntl::{RenameFlags, renameat2};
use std::io::ErrorKind;
use std::os::fd::OwnedFd;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

/// A unit file that would be read instead of ours.
#[derive(Debug)]
pub struct SetAside {
    pub path: PathBuf,
}

impl SetAside {
    /// systemd reads no file whose name ends like this.
    pub fn backup(&self) -> PathBuf {
        PathBuf::from(format!("{}.left4me-old", self.path.display()))
    }

    pub fn inspect(&self, host: &Host) -> Result<Finding> {
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

    /// Its own, as far as it is there.
    pub fn rival(&self, host: &Host) -> Option<String> {
        let there = std::fs::symlink_metadata(host.path(&self.path)).is_ok();
        there.then(|| format!("file:{}", self.path.display()))
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

    /// Takes back the drop-in; what was set aside stays so.
    pub fn remove(&self, host: &Host) -> Result<Removal> {
        let path = self.drop_in().map(|drop_in| host.path(&drop_in));
        let is_ours =
            |path: &PathBuf| std::fs::read_to_string(path).is_ok_and(|text| text.starts_with(&self.origin()));
        let Some(path) = path.filter(is_ours) else { return Ok(Removal::Absent) };
        std::fs::remove_file(&path).context(|| format!("cannot remove {}", path.display()))?;
        // Others may have theirs beside it.
        let _ = path.parent().map(std::fs::remove_dir);
        Ok(Removal::Removed)
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

    pub fn converge(&self, host: &Host) -> Result<()> {
        self.keep_cpus(host)?;
        let path = host.path(&self.path);
        std::fs::rename(&path, host.path(&self.backup()))
            .context(|| format!("cannot set {} aside", self.path.display()))?;
        atomic::sync_parent(&path)
    }
}

/// A SteamCMD tree at an old place. A running server keeps its files: a rename changes no inode.
#[derive(Debug)]
pub struct Moved {
    pub from: PathBuf,
    pub to: PathBuf,
}

impl Moved {
    pub fn inspect(&self, host: &Host) -> Result<Finding> {
        let found = match std::fs::symlink_metadata(host.path(&self.from)) {
            Ok(found) if found.is_dir() => found,
            _ => return Ok(Finding::InSync),
        };
        if host.can_own() && host.account()?.is_none_or(|account| account.ids.uid != found.uid()) {
            // Not the runtime user's: SteamCMD is fetched anew, and this is left where it is.
            return Ok(Finding::InSync);
        }
        let look = || Ok(std::fs::symlink_metadata(host.path(&self.to)).is_ok());
        match host.as_runtime_user(look)? {
            true => Ok(Finding::InSync),
            false => {
                let to = self.to.display().to_string();
                Ok(Finding::Differs(vec![Difference::new("place", self.from.display().to_string(), to)]))
            }
        }
    }

    /// By descriptors of both directories: the runtime user owns the second, and the name in it must
    /// be free.
    pub fn converge(&self, host: &Host) -> Result<()> {
        let (from, from_name) = split(host, &self.from)?;
        let (to, to_name) = split(host, &self.to)?;
        renameat2(&from, from_name.as_str(), &to, to_name.as_str(), RenameFlags::RENAME_NOREPLACE).map_err(
            |e| {
                let error =
                    Error::new(format!("cannot move {} to {}: {e}", self.from.display(), self.to.display()));
                match e {
                    nix::Error::EXDEV => error.hint(format!(
                        "they are on different file systems: sudo -u left4me cp -a {} {}",
                        self.from.display(),
                        self.to.display()
                    )),
                    _ => error,
                }
            },
        )?;
        rustix::fs::fsync(&to).context(|| format!("cannot sync {}", host.layout.root().display()))
    }
}

/// The directory of `path`, opened without following a link at its end, and the name in it.
fn split(host: &Host, path: &Path) -> Result<(OwnedFd, String)> {
    let parent = path.parent().unwrap_or(Path::new("/"));
    let dir =
        beneath::open_to_list(&host.path(parent)).context(|| format!("cannot open {}", parent.display()))?;
    let name = path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
    Ok((dir, name))
}
