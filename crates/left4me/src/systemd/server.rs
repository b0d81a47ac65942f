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

/// The servers of these instances, each of them.
pub fn servers(manager: &mut Manager, names: &[&InstanceName]) -> Result<BTreeMap<String, ServerUnit>> {
    list(manager, names)?.complete(manager)
}

/// Servers of which it is known whether they run, and what there is to ask about them yet.
#[derive(Debug)]
pub struct Listing {
    servers: BTreeMap<String, ServerUnit>,
    questions: Vec<(String, &'static str)>,
}

/// Which of these servers run: one question, which takes a millisecond or two.
pub fn list(manager: &mut Manager, names: &[&InstanceName]) -> Result<Listing> {
    let mut servers: BTreeMap<String, ServerUnit> =
        names.iter().map(|name| (name.to_string(), ServerUnit::not_loaded(name))).collect();
    let mut questions = Vec::new();
    let patterns: Vec<String> = match names.len() {
        0 => return Ok(Listing { servers, questions }),
        1..=MANY => names.iter().map(|name| format!("{PREFIX}{name}{SUFFIX}")).collect(),
        _ => vec![format!("{PREFIX}*{SUFFIX}")],
    };
    for unit in manager.units(&patterns.iter().map(String::as_str).collect::<Vec<_>>())? {
        let Some(server) = instance(&unit.id).and_then(|name| servers.get_mut(name)) else { continue };
        questions.extend(open_questions(&unit, server.enabled).map(|property| (unit.id.clone(), property)));
        (server.active, server.sub) = (unit.active, unit.sub);
    }
    Ok(Listing { servers, questions })
}

impl Listing {
    /// Whether the server of this instance runs or is on its way.
    pub fn is_up(&self, name: &InstanceName) -> bool {
        self.servers.get(name.as_str()).is_some_and(ServerUnit::is_up)
    }

    /// Asks the rest. What systemd does not say, of a unit that is gone by now, stays as of one that is not loaded.
    pub fn complete(mut self, manager: &mut Manager) -> Result<BTreeMap<String, ServerUnit>> {
        let questions: Vec<_> =
            self.questions.iter().map(|(id, property)| (id.as_str(), *property)).collect();
        let answers = manager.properties(&questions)?;
        for ((id, property), answer) in questions.iter().zip(answers) {
            let server = instance(id).and_then(|name| self.servers.get_mut(name));
            if let (Some(server), Some(answer)) = (server, answer) {
                server.set(property, &answer);
            }
        }
        Ok(self.servers)
    }
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
