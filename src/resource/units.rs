//! The service manager has read our units as they are on disk.

use super::{Difference, Finding, Resource, ResourceId, Tools};
use left4me::Result;
use left4me::host::Host;
use left4me::systemd::Manager;
use std::path::Path;

/// All units of ours, instances included.
#[derive(Debug)]
pub struct Units {
    pub neighbour: Neighbour,
}

/// What another program knows of the files that it put beside our units.
#[derive(Debug, Clone, Copy)]
pub struct Neighbour {
    /// What its drop-in of one of our units does; nothing when the drop-in is not its own.
    pub describe: fn(&Host, &Path, &str) -> Option<String>,
    /// What else a person should know.
    pub notes: fn(&Host) -> Vec<String>,
}

/// Units of ours that the manager may hold in its memory.
const LOADED: [&str; 6] = [
    "left4me-server@*.service",
    "left4me-overlay@*.service",
    "l4d2-*.slice",
    "left4me-install.service",
    "left4me-update.*",
    "left4me-restart.*",
];

/// Those that are no template.
const SINGLE: [&str; 7] = [
    "l4d2-game.slice",
    "l4d2-build.slice",
    "left4me-install.service",
    "left4me-update.service",
    "left4me-update.timer",
    "left4me-restart.service",
    "left4me-restart.timer",
];
const SERVICES: [&str; 2] = ["left4me-server@", "left4me-overlay@"];
/// Whose drop-ins are read for ours too.
const WIDER: [&str; 6] = ["left4me-.service", "left4me-.timer", "l4d2-.slice", "service", "slice", "timer"];
/// Where a file outranks the one in /usr/lib; `systemctl set-property` writes into the first two.
const ABOVE: [&str; 5] = [
    "/etc/systemd/system.control",
    "/run/systemd/system.control",
    "/etc/systemd/system",
    "/run/systemd/system",
    "/usr/local/lib/systemd/system",
];

/// The templates, their instances, the others.
fn is_ours(unit: &str) -> bool {
    let service = unit.strip_suffix(".service");
    SINGLE.contains(&unit) || service.is_some_and(|name| SERVICES.iter().any(|ours| name.starts_with(ours)))
}

fn names(host: &Host, dir: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(host.path(dir)).into_iter().flatten().flatten();
    let mut names: Vec<String> = entries.filter_map(|entry| entry.file_name().into_string().ok()).collect();
    names.sort();
    names
}

fn made_by_us(path: &Path) -> bool {
    std::fs::read_to_string(path).is_ok_and(|text| text.starts_with(crate::deployed::MADE))
}

impl Resource for Units {
    fn id(&self) -> ResourceId {
        ResourceId::single("systemd units")
    }

    fn why(&self) -> &'static str {
        "the service manager must read the units again after they changed"
    }

    fn inspect(&self, host: &Host) -> Result<Finding> {
        if !host.has_systemd() {
            return Ok(Finding::Deferred(
                "no systemd runs here; it reads the units when the host boots".into(),
            ));
        }
        // Only what is loaded can be stale.
        let mut manager = Manager::connect()?;
        let units = manager.units(&LOADED)?;
        let need_reload = manager.property(&units, "NeedDaemonReload")?;
        let mut differences = Vec::new();
        for (unit, needs_reload) in units.iter().zip(need_reload) {
            if needs_reload.as_deref() == Some("yes") {
                differences.push(Difference::new(&unit.id, "read before it changed", "read"));
            } else if ["not-found", "bad-setting", "error"].contains(&unit.load.as_str()) {
                differences.push(Difference::new(&unit.id, &unit.load, "loaded"));
            }
        }
        differences.dedup();
        Ok(Finding::from_differences(differences))
    }

    fn converge(&self, _: &Host, _: &mut Tools) -> Result<()> {
        reload()
    }

    /// Drop-ins and whole units that outrank ours: an administrator's right, good to know of.
    fn notes(&self, host: &Host) -> Vec<String> {
        let mut notes = Vec::new();
        for above in ABOVE.map(Path::new) {
            for name in names(host, above) {
                let place = above.join(&name);
                let drop_ins = || {
                    let is_theirs =
                        |n: &String| n.ends_with(".conf") && !made_by_us(&host.path(&place.join(n)));
                    names(host, &place).into_iter().filter(is_theirs)
                };
                match name.strip_suffix(".d") {
                    Some(unit) if is_ours(unit) => {
                        notes.extend(drop_ins().map(|n| self.describe(host, &place.join(n), unit)));
                    }
                    Some(unit) if WIDER.contains(&unit) => {
                        notes.extend(
                            drop_ins().map(|n| format!("{} changes ours too", place.join(n).display())),
                        );
                    }
                    None if is_ours(&name) && !made_by_us(&host.path(&place)) => {
                        notes.push(format!("{} takes the place of our {name}", place.display()));
                    }
                    _ => {}
                }
            }
        }
        notes.extend((self.neighbour.notes)(host));
        notes
    }
}

impl Units {
    fn describe(&self, host: &Host, drop_in: &Path, unit: &str) -> String {
        (self.neighbour.describe)(host, drop_in, unit)
            .unwrap_or_else(|| format!("{} changes {unit}", drop_in.display()))
    }
}

/// Makes the service manager read all unit files again.
pub fn reload() -> Result<()> {
    Host::run("systemctl", &["daemon-reload"]).map(drop)
}
