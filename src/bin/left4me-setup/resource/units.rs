//! The service manager has read our units as they are on disk.

use super::{Difference, Finding};
use crate::host::Host;
use left4me_setup::Result;

/// All units of ours, instances included.
#[derive(Debug)]
pub struct Units;

// An instance name that never runs stands for the template itself.
const UNITS: [&str; 4] = [
    "left4me-server@never-started.service",
    "left4me-overlay@never-started.service",
    "l4d2-game.slice",
    "l4d2-build.slice",
];

impl Units {
    pub fn inspect(&self, host: &Host) -> Result<Finding> {
        if !host.has_systemd() {
            return Ok(Finding::Deferred(
                "no systemd runs here; it reads the units when the host boots".into(),
            ));
        }
        let mut arguments = vec!["show", "--property=Id,LoadState,NeedDaemonReload"];
        arguments.extend(UNITS);
        // Running servers were loaded from the templates and go stale with them.
        arguments.extend(["left4me-server@*.service", "left4me-overlay@*.service"]);
        let shown = Host::run("systemctl", &arguments)?;
        let mut differences = Vec::new();
        for block in shown.split("\n\n") {
            let value =
                |key: &str| block.lines().find_map(|l| l.strip_prefix(key)?.strip_prefix('=')).unwrap_or("");
            let (id, loaded) = (value("Id"), value("LoadState"));
            if value("NeedDaemonReload") == "yes" {
                differences.push(Difference::new(id, "read before it changed", "read"));
            } else if loaded == "not-found" || loaded == "bad-setting" || loaded == "error" {
                differences.push(Difference::new(id, loaded, "loaded"));
            }
        }
        differences.dedup();
        Ok(Finding::of(differences))
    }

    pub fn converge(&self, _host: &Host) -> Result<()> {
        Host::run("systemctl", &["daemon-reload"]).map(drop)
    }
}
