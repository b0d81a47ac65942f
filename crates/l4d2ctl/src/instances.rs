//! The instances of this host, and the facts in their files.

use left4me::layout::Layout;
use left4me::lock::Lock;
use left4me::name::{InstanceName, OverlayRef};
use left4me::read::{self, Limit, Links};
use left4me::{Context, Error, Result, beneath, instance_env};
use rustix::fs::{AtFlags, CWD, StatxAttributes, StatxFlags};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

/// All instances, in reading order.
pub fn list(layout: &Layout) -> Result<Vec<InstanceName>> {
    left4me::instances::list(&layout.instances())
}

/// Whether the instance was initialized.
pub fn exists(layout: &Layout, name: &InstanceName) -> bool {
    layout.instance_env(name).symlink_metadata().is_ok()
}

/// An error that lists the existing instances, unless this is one.
pub fn require(layout: &Layout, name: &InstanceName) -> Result<()> {
    if exists(layout, name) {
        return Ok(());
    }
    let known: Vec<String> = list(layout)?.iter().map(ToString::to_string).collect();
    let hint = if known.is_empty() {
        format!("make it first: sudo l4d2ctl initialize {name} -f SPEC")
    } else {
        format!("instances on this host: {}", known.join(", "))
    };
    Err(Error::new(format!("there is no instance '{name}'")).hint(hint))
}

/// The instances that a command is about, each once.
pub fn select(layout: &Layout, names: &[String], everything: bool) -> Result<Vec<InstanceName>> {
    if everything {
        let mut all = list(layout)?;
        all.retain(|name| !is_canary(layout, name));
        return Ok(all);
    }
    let mut selected: Vec<InstanceName> = Vec::new();
    for name in names {
        let name = InstanceName::parse(name)?;
        if !selected.contains(&name) {
            selected.push(name);
        }
    }
    Ok(selected)
}

/// There is one in an instance that is a canary's.
pub fn canary_mark(layout: &Layout, name: &InstanceName) -> PathBuf {
    layout.instance(name).join("canary")
}

/// Whether this instance is a canary, running or left behind: it is gone in a moment, and no part of `--all`.
pub fn is_canary(layout: &Layout, name: &InstanceName) -> bool {
    canary_mark(layout, name).symlink_metadata().is_ok()
}

/// What an instance's `instance.env` says.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Facts {
    /// Its port; `None` where the file is damaged.
    pub port: Option<u16>,
    /// Its content layers, highest precedence first.
    pub overlays: Vec<OverlayRef>,
}

/// Reads an instance's facts; some are missing if the file is missing or damaged.
pub fn facts(layout: &Layout, name: &InstanceName) -> Facts {
    match read::file(&layout.instance_env(name), Links::Refuse, Limit::Whole(instance_env::MAX_BYTES as u64))
    {
        Ok(Some(text)) => {
            let text = String::from_utf8_lossy(&text);
            Facts { port: instance_env::port(&text), overlays: instance_env::overlays(&text, layout) }
        }
        Ok(None) | Err(_) => Facts::default(),
    }
}

/// Keeps other runs of `initialize` waiting until it is dropped.
pub fn lock(layout: &Layout) -> Result<Lock> {
    let directory = beneath::open_to_list(&layout.instances()).map_err(std::io::Error::from);
    directory.and_then(Lock::exclusive).context(|| format!("cannot lock {}", layout.instances().display()))
}

/// An error if a key appears twice in `instance.env`; other damage only yields fewer facts.
pub fn require_single_keys(layout: &Layout, name: &InstanceName) -> Result<()> {
    let file = layout.instance_env(name);
    let text = read::file(&file, Links::Refuse, Limit::Whole(instance_env::MAX_BYTES as u64))
        .ok()
        .flatten()
        .unwrap_or_default();
    instance_env::require_single(&String::from_utf8_lossy(&text), &file)
}

/// The instance other than `name` that has this port.
pub fn holder_of(layout: &Layout, port: u16, name: &InstanceName) -> Result<Option<InstanceName>> {
    let others = list(layout)?.into_iter().filter(|other| other != name);
    Ok(others.into_iter().find(|other| facts(layout, other).port == Some(port)))
}

/// Makes a directory and its parents, 0750.
pub fn make_directory(path: &Path) -> Result<()> {
    std::fs::DirBuilder::new()
        .recursive(true)
        .mode(0o750)
        .create(path)
        .context(|| format!("cannot make the directory {}", path.display()))
}

/// Whether something is mounted at `path`.
pub fn is_mounted(path: &Path) -> Result<bool> {
    let flags = AtFlags::SYMLINK_NOFOLLOW | AtFlags::NO_AUTOMOUNT;
    match rustix::fs::statx(CWD, path, flags, StatxFlags::TYPE) {
        Ok(facts) => Ok(facts.stx_attributes.contains(StatxAttributes::MOUNT_ROOT)),
        Err(rustix::io::Errno::NOENT) => Ok(false),
        Err(e) => Err(e).context(|| format!("cannot examine {}", path.display())),
    }
}
