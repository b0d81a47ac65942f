//! `status`: what systemd, the disk and the server itself say, put together.
//!
//! The JSON is a contract: keys are added, never renamed, as long as `schema` is 1.

use crate::a2s_client::Servers;
use crate::instances::{self, Facts};
use crate::restart_queue::{self, Entry};
use crate::running::{self, Running};
use crate::shadowed_files::Updates;
use crate::units::{self, Unit};
use crate::{layers, parallel};
use left4me::a2s::{self, Info};
use left4me::layout::Layout;
use left4me::name::InstanceName;
use left4me::{Error, Result, walk};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// The whole answer; the same shape for one, several or all instances.
#[derive(Debug, Serialize)]
pub struct Report {
    /// 1 until a key is renamed or removed.
    pub schema: u32,
    /// In the order asked for.
    pub instances: Vec<Instance>,
    /// Why nobody knows which build a restart would bring.
    #[serde(skip)]
    pub damage: Option<Error>,
}

/// One instance.
#[derive(Debug, Default, Serialize)]
pub struct Instance {
    /// Its name.
    pub name: String,
    /// `running` (also while starting, stopping or between crash and restart), `stopped` or `unknown`.
    pub state: &'static str,
    /// `state` in more words, as the table shows it: `running`, `starting`, `stopping`, `restarting` (after a crash),
    /// `failed`, `stopped`, `unknown`.
    pub phase: &'static str,
    /// Whether there is such an instance; one that there is not is stopped.
    pub initialized: bool,
    /// systemd's ActiveState: tells `failed` from `inactive`.
    pub active: Option<String>,
    /// systemd's SubState.
    pub sub: Option<String>,
    /// systemd's Result of the last run.
    pub result: Option<String>,
    /// Whether it starts with the system.
    pub enabled: bool,
    /// The port of its specification.
    pub port: Option<u16>,
    /// The port that it was started with; null when it does not run.
    pub running_port: Option<u16>,
    /// Why a restart would change something: `build`, `specification`, `overlay`. Empty when it would not, or when it
    /// does not run.
    pub restart_pending: Vec<&'static str>,
    /// Main process.
    pub pid: Option<u32>,
    /// Start, in seconds since 1970; null when it does not run.
    pub since: Option<u64>,
    /// Restarts after crashes since it was last started by hand.
    pub restarts: Option<u32>,
    /// Memory in bytes.
    pub memory_bytes: Option<u64>,
    /// What the instance's own layer takes on disk, in bytes.
    pub disk_bytes: u64,
    /// Whether the server answers on its port.
    pub ready: bool,
    /// What the server says about itself; null unless ready.
    pub server: Option<Server>,
    /// Who plays, bots included; only there when asked for, and only where the server answers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub players: Option<Vec<Player>>,
    /// The build that it runs; null when it does not run.
    pub build: Option<String>,
    /// The build that it would run after a restart.
    pub next_build: Option<String>,
    /// Files that its own layer has and that an update of the game changed; the first hundred.
    pub shadowed: Vec<String>,
    /// Its restart once it is empty; null when none is queued.
    pub restart_queued: Option<Entry>,
    /// Content layers, the first one wins.
    pub overlays: Vec<String>,
}

/// A server's own words.
#[derive(Debug, Serialize)]
pub struct Server {
    /// The hostname cvar.
    pub hostname: String,
    /// The current map.
    pub map: String,
    /// Players, bots included.
    pub players: u8,
    /// Slots.
    pub max_players: u8,
    /// Bots among them.
    pub bots: u8,
    /// The game's version.
    pub version: String,
}

/// Somebody who plays.
#[derive(Debug, Serialize)]
pub struct Player {
    /// The player's own choice.
    pub name: String,
    /// The score.
    pub score: i32,
    /// Time on the server.
    pub seconds: u64,
}

/// Asks systemd which servers run; then about those, while the disk and the servers themselves are asked, several
/// at the same time.
pub fn gather(
    layout: &Layout,
    names: &[InstanceName],
    servers: &Servers,
    with_players: bool,
) -> Result<Report> {
    let known: Vec<&InstanceName> = names.iter().filter(|name| instances::exists(layout, name)).collect();
    let survey = units::survey(&known)?;
    let up: BTreeSet<&InstanceName> = known.iter().copied().filter(|name| survey.is_up(name)).collect();
    let (running, damage) = Running::even_if_damaged(layout)?;
    let updates = Updates::open(running.game());
    let observe = |name: &&InstanceName| Observed {
        shadowed: updates.shadowed(layout, name),
        ..observe(layout, name, up.contains(name).then_some(&running), servers, with_players)
    };
    let mut units = Ok(BTreeMap::new());
    let observed = parallel::meanwhile(|| units = survey.complete(), || parallel::map(&known, observe));
    let mut units = units?;
    let mut observed: BTreeMap<&InstanceName, Observed> = known.iter().copied().zip(observed).collect();
    let instance = |name: &InstanceName| match observed.remove(name) {
        Some(observed) => describe(name, units.remove(name.as_str()), observed, running.next_build()),
        None => {
            let name = name.to_string();
            Instance { name, state: "stopped", phase: "unknown", ..Instance::default() }
        }
    };
    let mut instances: Vec<Instance> = names.iter().map(instance).collect();
    // A damaged queue is reported where it is used.
    for entry in restart_queue::entries(layout).unwrap_or_default() {
        let queued = instances.iter_mut().find(|instance| instance.name == entry.name);
        queued.into_iter().for_each(|instance| instance.restart_queued = Some(entry.clone()));
    }
    Ok(Report { schema: 1, instances, damage })
}

/// What the files and the server itself say.
#[derive(Default)]
struct Observed {
    facts: Facts,
    runs: running::Facts,
    answer: Option<Info>,
    players: Option<Vec<a2s::Player>>,
    disk_bytes: u64,
    shadowed: Vec<String>,
}

/// `running` is there when the server runs.
fn observe(
    layout: &Layout,
    name: &InstanceName,
    running: Option<&Running>,
    servers: &Servers,
    with_players: bool,
) -> Observed {
    let facts = instances::facts(layout, name);
    let runs = running.map(|running| running.facts(layout, name)).unwrap_or_default();
    let port = runs.port.or(facts.port).filter(|_| running.is_some());
    let answer = port.and_then(|port| servers.info(port));
    // Who did not answer the first question is not asked another.
    let players = port.filter(|_| with_players && answer.is_some()).and_then(|port| servers.players(port));
    let disk_bytes = layers::open_own(layout, name).map_or(0, walk::disk_bytes);
    Observed { facts, runs, answer, players, disk_bytes, shadowed: Vec::new() }
}

fn describe(
    name: &InstanceName,
    unit: Option<Unit>,
    observed: Observed,
    next_build: Option<&str>,
) -> Instance {
    let Observed { facts, runs, answer, players, disk_bytes, shadowed } = observed;
    let state = match &unit {
        None => "unknown",
        Some(unit) if unit.is_up() => "running",
        Some(_) => "stopped",
    };
    let unit = unit.unwrap_or_default();
    let word = |text: &str| Some(text.to_owned()).filter(|t| !t.is_empty());
    Instance {
        name: name.to_string(),
        state,
        phase: phase(state, &unit),
        initialized: true,
        active: word(&unit.active),
        sub: word(&unit.sub),
        result: word(&unit.result),
        enabled: unit.enabled,
        port: facts.port,
        running_port: runs.port,
        restart_pending: runs.pending,
        pid: unit.pid,
        // systemd remembers the last start of a stopped unit as well.
        since: unit.since.filter(|_| unit.active == "active"),
        restarts: unit.restarts,
        memory_bytes: unit.memory,
        disk_bytes,
        // An answer from an engine that took another port is not this instance's readiness.
        ready: answer
            .as_ref()
            .is_some_and(|info| info.port.is_none() || info.port == runs.port.or(facts.port)),
        server: answer.map(Server::from),
        players: players.map(|players| players.into_iter().map(Player::from).collect()),
        build: runs.build,
        next_build: next_build.map(str::to_owned),
        shadowed,
        restart_queued: None,
        overlays: facts.overlays.iter().map(ToString::to_string).collect(),
    }
}

fn phase(state: &'static str, unit: &Unit) -> &'static str {
    match (unit.active.as_str(), unit.sub.as_str()) {
        ("failed", _) => "failed",
        ("activating", "auto-restart" | "auto-restart-queued") => "restarting",
        ("activating", _) => "starting",
        ("deactivating", _) => "stopping",
        _ => state,
    }
}

impl From<Info> for Server {
    fn from(info: Info) -> Server {
        let Info { hostname, map, players, max_players, bots, version, .. } = info;
        Server { hostname, map, players, max_players, bots, version }
    }
}

impl From<a2s::Player> for Player {
    fn from(a2s::Player { name, score, seconds }: a2s::Player) -> Player {
        Player { name, score, seconds }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use left4me::name::OverlayRef;

    fn up() -> Unit {
        let (active, sub, result) = ("active".into(), "running".into(), "success".into());
        Unit {
            active,
            sub,
            result,
            enabled: true,
            pid: Some(7),
            since: Some(100),
            restarts: Some(1),
            memory: Some(3),
        }
    }

    fn make(unit: Option<Unit>, answer: Option<Info>) -> Instance {
        let overlays = vec![OverlayRef::parse("standard").unwrap()];
        let facts = Facts { port: Some(27015), overlays };
        let runs = match &unit {
            None => running::Facts::default(),
            Some(_) => running::Facts {
                port: Some(27015),
                build: Some("16546402".into()),
                pending: vec![running::BUILD],
            },
        };
        let shadowed = vec!["left4dead2/gameinfo.txt".into()];
        let observed = Observed { facts, runs, answer, players: None, disk_bytes: 4096, shadowed };
        describe(&InstanceName::parse("a").unwrap(), unit, observed, Some("17000000"))
    }

    #[test]
    fn the_json_is_a_contract() {
        let info = Info {
            hostname: "my \"server\"".into(),
            map: "c1m1_hotel".into(),
            players: 3,
            max_players: 8,
            bots: 1,
            version: "2.2.4.3".into(),
            port: Some(27015),
            ..Info::default()
        };
        let report = Report {
            schema: 1,
            instances: vec![make(Some(up()), Some(info)), make(None, None)],
            damage: None,
        };
        insta::assert_snapshot!(serde_json::to_string_pretty(&report).unwrap());
    }

    #[test]
    fn states() {
        let with = |active: &str| Unit { active: active.into(), ..up() };
        for (active, state) in [
            ("active", "running"),
            ("activating", "running"),
            ("deactivating", "running"),
            ("inactive", "stopped"),
            ("failed", "stopped"),
        ] {
            let instance = make(Some(with(active)), None);
            assert_eq!((instance.state, instance.since.is_some()), (state, active == "active"), "{active}");
        }
        let elsewhere = Info { port: Some(27016), ..Info::default() };
        assert!(!make(Some(up()), Some(elsewhere)).ready);
        assert!(make(Some(up()), Some(Info::default())).ready);
    }
}
