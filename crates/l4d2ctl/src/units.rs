//! What systemd says about the servers: one `show` for any number of them.

use crate::helper;
use left4me::Result;
use left4me::helper::MANY;
use left4me::layout::boot_link;
use left4me::name::InstanceName;
use std::collections::BTreeMap;

/// One server unit.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Unit {
    /// `active`, `inactive`, `failed`, `activating`, `deactivating`, …
    pub active: String,
    /// `running`, `dead`, `auto-restart`, …
    pub sub: String,
    /// `success`, `exit-code`, `signal`, `start-limit-hit`, …
    pub result: String,
    /// Whether it starts with the system.
    pub enabled: bool,
    /// Its main process.
    pub pid: Option<u32>,
    /// When it became active, in seconds since 1970.
    pub since: Option<u64>,
    /// Restarts after crashes since the last start by hand.
    pub restarts: Option<u32>,
    /// Memory of the whole unit in bytes.
    pub memory: Option<u64>,
}

impl Unit {
    /// Whether a server runs or is on its way, so that its file tree must be left alone.
    pub fn is_up(&self) -> bool {
        matches!(self.active.as_str(), "active" | "activating" | "reloading" | "refreshing" | "deactivating")
    }

    /// What systemd would say of one that it has not loaded: nobody started it.
    fn not_loaded(name: &InstanceName) -> Unit {
        let [active, sub, result] = ["inactive", "dead", "success"].map(str::to_owned);
        let enabled = boot_link(name).symlink_metadata().is_ok();
        Unit { active, sub, result, enabled, ..Unit::default() }
    }

    fn set(&mut self, key: &str, value: &str) {
        match key {
            "ActiveState" => self.active = value.to_owned(),
            "SubState" => self.sub = value.to_owned(),
            "Result" => self.result = value.to_owned(),
            "UnitFileState" => self.enabled = value.starts_with("enabled"),
            "MainPID" => self.pid = value.parse().ok().filter(|pid| *pid != 0),
            "NRestarts" => self.restarts = value.parse().ok(),
            "ActiveEnterTimestamp" => self.since = value.strip_prefix('@').and_then(|s| s.parse().ok()),
            // Not counted is "[not set]" or the largest number, depending on systemd's version.
            "MemoryCurrent" => self.memory = value.parse().ok().filter(|bytes| *bytes != u64::MAX),
            _ => {}
        }
    }
}

/// The units of these instances; one that systemd does not mention is missing.
pub fn show(names: &[&InstanceName]) -> Result<BTreeMap<String, Unit>> {
    if names.is_empty() {
        return Ok(BTreeMap::new());
    }
    let mut units = match helper::show_directly(names) {
        Some(shown) => parse(&shown),
        None => parse(&helper::systemctl_ok("show", names)?),
    };
    if names.len() > MANY {
        for name in names {
            units.entry(name.to_string()).or_insert_with(|| Unit::not_loaded(name));
        }
    }
    Ok(units)
}

/// One instance's unit; stopped when systemd does not mention it.
pub fn show_one(name: &InstanceName) -> Result<Unit> {
    Ok(show(&[name])?.remove(name.as_str()).unwrap_or_default())
}

/// Reads blocks of `Key=Value` lines, separated by empty lines, named by their `Id`.
fn parse(text: &str) -> BTreeMap<String, Unit> {
    let mut units = BTreeMap::new();
    for block in text.split("\n\n") {
        let (mut name, mut unit) = (None, Unit::default());
        for (key, value) in block.lines().filter_map(|line| line.split_once('=')) {
            match key {
                "Id" => {
                    name = value.strip_prefix("left4me-server@").and_then(|id| id.strip_suffix(".service"))
                }
                _ => unit.set(key, value),
            }
        }
        if let Some(name) = name {
            units.insert(name.to_owned(), unit);
        }
    }
    units
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks() {
        let text = "Id=left4me-server@a.service\nActiveState=active\nSubState=running\nResult=success\nMainPID=77\nNRestarts=2\nActiveEnterTimestamp=@1733174231\nMemoryCurrent=1024\nUnitFileState=enabled\n\nId=left4me-server@b.service\nActiveState=inactive\nSubState=dead\nMainPID=0\nActiveEnterTimestamp=\nMemoryCurrent=[not set]\nUnitFileState=disabled\nStray\n\nId=ssh.service\nActiveState=active\n";
        let units = parse(text);
        assert_eq!(units.keys().collect::<Vec<_>>(), ["a", "b"]);
        let a = &units["a"];
        assert_eq!(
            (a.active.as_str(), a.sub.as_str(), a.enabled, a.is_up()),
            ("active", "running", true, true)
        );
        assert_eq!(
            (a.pid, a.since, a.restarts, a.memory),
            (Some(77), Some(1_733_174_231), Some(2), Some(1024))
        );
        let b = &units["b"];
        assert_eq!((b.pid, b.since, b.memory, b.enabled, b.is_up()), (None, None, None, false, false));
        assert_eq!(parse("").len(), 0);
    }
}
