//! The state of game servers, as systemd has it.

use super::{Manager, Unit, show};
use crate::layout::boot_link;
use crate::name::InstanceName;
use crate::{Result, helper};
use std::collections::BTreeMap;

const PREFIX: &str = "left4me-server@";
const SUFFIX: &str = ".service";
/// Patterns are tried on every loaded unit, and the units of many are most of these.
const MANY: usize = 20;

/// The unit of one server.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ServerUnit {
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

impl ServerUnit {
    /// Whether it runs or is on its way, so that its file tree must be left alone.
    pub fn is_up(&self) -> bool {
        is_up(&self.active)
    }

    /// What systemd would say of one that it has not loaded: nobody started it.
    pub fn not_loaded(name: &InstanceName) -> ServerUnit {
        let [active, sub, result] = ["inactive", "dead", "success"].map(str::to_owned);
        ServerUnit {
            active,
            sub,
            result,
            enabled: is_linked(name),
            restarts: Some(0),
            ..ServerUnit::default()
        }
    }

    fn set(&mut self, property: &str, value: &str) {
        match property {
            "ActiveState" => self.active = value.to_owned(),
            "SubState" => self.sub = value.to_owned(),
            "Result" => self.result = value.to_owned(),
            "UnitFileState" => self.enabled |= value.starts_with("enabled"),
            "MainPID" => self.pid = value.parse().ok().filter(|pid| *pid != 0),
            "NRestarts" => self.restarts = value.parse().ok(),
            "ActiveEnterTimestamp" => self.since = seconds(value),
            // Not counted is "[not set]" or the largest number.
            "MemoryCurrent" => self.memory = value.parse().ok().filter(|bytes| *bytes != u64::MAX),
            _ => {}
        }
    }
}

fn is_up(active: &str) -> bool {
    matches!(active, "active" | "activating" | "reloading" | "refreshing" | "deactivating")
}

fn is_linked(name: &InstanceName) -> bool {
    boot_link(name).symlink_metadata().is_ok()
}

/// `@1733174231` of `systemctl show --timestamp=unix`, or microseconds; nothing of what never happened.
fn seconds(value: &str) -> Option<u64> {
    match value.strip_prefix('@') {
        Some(seconds) => seconds.parse().ok(),
        None => value.parse().ok().filter(|since| *since > 0).map(|since: u64| since / 1_000_000),
    }
}

/// Whose unit this is.
fn instance(id: &str) -> Option<&str> {
    id.strip_prefix(PREFIX)?.strip_suffix(SUFFIX)
}

/// The servers of these instances, each of them: first which are loaded, then what a list does not tell.
pub fn servers(manager: &mut Manager, names: &[&InstanceName]) -> Result<BTreeMap<String, ServerUnit>> {
    if names.is_empty() {
        return Ok(BTreeMap::new());
    }
    let mut patterns = vec![format!("{PREFIX}*{SUFFIX}")];
    if names.len() <= MANY {
        patterns = names.iter().map(|name| format!("{PREFIX}{name}{SUFFIX}")).collect();
    }
    let patterns: Vec<&str> = patterns.iter().map(String::as_str).collect();
    let mut found: BTreeMap<String, ServerUnit> =
        names.iter().map(|name| (name.to_string(), ServerUnit::not_loaded(name))).collect();
    let mut loaded = manager.units(&patterns)?;
    loaded.retain(|unit| instance(&unit.id).is_some_and(|name| found.contains_key(name)));
    let mut questions = Vec::new();
    for unit in &loaded {
        if let Some(server) = instance(&unit.id).and_then(|name| found.get_mut(name)) {
            server.active.clone_from(&unit.active);
            server.sub.clone_from(&unit.sub);
            questions
                .extend(open_questions(unit, server.enabled).map(|property| (unit.id.as_str(), property)));
        }
    }
    let answers = manager.properties(&questions)?;
    for ((id, property), answer) in questions.iter().zip(answers) {
        if let (Some(server), Some(answer)) = (instance(id).and_then(|name| found.get_mut(name)), answer) {
            server.set(property, &answer);
        }
    }
    Ok(found)
}

/// What to ask about a unit: one that is down has no process. The link decides whether it starts at boot; systemd
/// knows other ways.
fn open_questions(unit: &Unit, is_enabled: bool) -> impl Iterator<Item = &'static str> {
    let always = ["Result", "NRestarts"];
    let up: &[_] =
        if is_up(&unit.active) { &["MainPID", "ActiveEnterTimestamp", "MemoryCurrent"] } else { &[] };
    let link: &[_] = if is_enabled { &[] } else { &["UnitFileState"] };
    always.into_iter().chain(up.iter().copied()).chain(link.iter().copied())
}

/// The servers of these instances in what `left4me-systemctl show` printed. Of many, it shows those that are loaded;
/// of few, one that it does not mention is missing.
pub fn from_show(names: &[&InstanceName], text: &str) -> BTreeMap<String, ServerUnit> {
    let mut servers = BTreeMap::new();
    for block in show::blocks(text) {
        let Some(name) = block.value("Id").and_then(instance) else { continue };
        let mut server = ServerUnit::default();
        block.pairs().for_each(|(property, value)| server.set(property, value));
        servers.insert(name.to_owned(), server);
    }
    if names.len() > helper::MANY {
        for name in names {
            servers.entry(name.to_string()).or_insert_with(|| ServerUnit::not_loaded(name));
        }
    }
    servers
}
