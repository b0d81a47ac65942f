//! What this host is: its programs, its game and its instances.

use crate::config::Config;
use crate::problems::{self, Kind, Problem};
use crate::state::State;
use left4me::host::Host;
use left4me::host_file::HOST_FILE;
use left4me::name::InstanceName;
use left4me::read::{self, Limit, Links};
use left4me::systemd::Manager;
use left4me::systemd::server::{self, ServerUnit};
use left4me::{Result, instance_env};
use left4me_steam::complete::{self, Complete, Incomplete};
use left4me_steam::verify::{Missing, VerifiedGame};
use serde::Serialize;
use std::collections::BTreeMap;

const SCHEMA: u32 = 1;

/// What `status --json` prints.
#[derive(Debug, Serialize)]
pub struct Status {
    schema: u32,
    pub version: &'static str,
    /// `LEFT4ME_ROOT`.
    pub root: String,
    /// The runtime user exists.
    pub user: bool,
    pub steamcmd: bool,
    pub game: Game,
    pub instances: Vec<Instance>,
    /// What somebody has to solve.
    pub problems: Vec<Problem>,
    /// What was installed, from where and when.
    facts: State,
}

#[derive(Debug, Serialize)]
pub struct Game {
    pub installed: bool,
    #[serde(flatten)]
    pub verified: Option<VerifiedGame>,
    pub missing: Option<String>,
    /// Files that were lost or cut short.
    pub damaged: Option<String>,
}

impl From<std::result::Result<Complete, Incomplete>> for Game {
    fn from(found: std::result::Result<Complete, Incomplete>) -> Game {
        let (verified, missing, damaged) = match found {
            Ok(complete) => (Some(complete.game), None, None),
            Err(Incomplete::Damaged(game, damage)) => (Some(game), None, Some(damage.to_string())),
            Err(Incomplete::Missing(missing)) => (None, Some(missing.to_string()), None),
        };
        Game { installed: verified.is_some(), verified, missing, damaged }
    }
}

#[derive(Debug, Serialize)]
pub struct Instance {
    pub name: String,
    pub port: Option<u16>,
    /// `active`, `inactive`, `failed`; `None` where systemd does not run.
    pub state: Option<String>,
}

/// Collects the status of the host; changes nothing. `wanted` is what the host shall be.
pub fn collect(host: &Host, wanted: &Result<Config>) -> Result<Status> {
    let user = host.account()?.is_some();
    let (steamcmd, game, instances) = if user {
        let script = host.path(&host.layout.steamcmd_sh());
        let (steamcmd, instances) = host.as_runtime_user(|| Ok((script.is_file(), instances(host))))?;
        (steamcmd, complete::check(host)?, instances)
    } else {
        (false, Err(Incomplete::Missing(Missing::Everything)), Vec::new())
    };
    let names: Vec<InstanceName> = instances.iter().map(|(name, _)| name.clone()).collect();
    let units = units(host, &names)?;
    let mut problems = problems::servers(&units);
    problems.extend(State::damage(host)?.map(|why| Problem {
        kind: Kind::Record,
        sentence: format!("the record of what was downloaded cannot be read: {why}"),
        remedy: "sudo left4me-setup apply, which sets it aside and begins a new one".into(),
    }));
    if let Err(damaged @ Incomplete::Damaged(..)) = &game {
        let sentence = format!("the game is not complete: {damaged}");
        problems.push(Problem { kind: Kind::Game, sentence, remedy: damaged.remedy().into() });
    }
    problems.extend(configuration(host, wanted));
    if user {
        problems.extend(problems::content(host, &names)?);
    }
    let mut states: BTreeMap<InstanceName, String> =
        units.into_iter().map(|(name, unit)| (name, unit.active)).collect();
    let instances = instances
        .into_iter()
        .map(|(name, port)| Instance { state: states.remove(&name), name: name.to_string(), port })
        .collect();
    Ok(Status {
        schema: SCHEMA,
        version: env!("CARGO_PKG_VERSION"),
        root: host.layout.root().display().to_string(),
        user,
        steamcmd,
        game: game.into(),
        instances,
        problems,
        facts: State::load(host),
    })
}

/// A difference between host.yaml and what `apply` last made, or an error in host.yaml.
fn configuration(host: &Host, wanted: &Result<Config>) -> Option<Problem> {
    let (sentence, remedy) = match wanted {
        Err(error) => (error.message().to_owned(), error.remedy().unwrap_or("sudo left4me-setup config")),
        Ok(config) if config.layout != host.layout => {
            let (is, wanted) = (host.layout.root().display(), config.layout.root().display());
            let sentence = format!("LEFT4ME_ROOT is {is}, but {HOST_FILE} says {wanted}");
            (sentence, "sudo left4me-setup plan")
        }
        Ok(_) => return None,
    };
    Some(Problem { kind: Kind::Configuration, sentence, remedy: remedy.to_owned() })
}

/// All instances with their ports, in reading order. Reads as the calling user.
pub fn instances(host: &Host) -> Vec<(InstanceName, Option<u16>)> {
    let names = left4me::instances::list(&host.path(&host.layout.instances())).unwrap_or_default();
    let with_port = |name: InstanceName| {
        let path = host.path(&host.layout.instance_env(&name));
        let text = read::text(&path, Links::Refuse, Limit::Whole(instance_env::MAX_BYTES as u64))
            .unwrap_or_default();
        (name, instance_env::port(&text))
    };
    names.into_iter().map(with_port).collect()
}

/// The units of these servers; none where systemd does not run.
pub fn units(host: &Host, names: &[InstanceName]) -> Result<Vec<(InstanceName, ServerUnit)>> {
    if !host.has_systemd() || names.is_empty() {
        return Ok(Vec::new());
    }
    let mut units = server::servers(&mut Manager::connect()?, &names.iter().collect::<Vec<_>>())?;
    Ok(names.iter().filter_map(|name| Some((name.clone(), units.remove(name.as_str())?))).collect())
}
