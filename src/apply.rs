//! Apply: converge what differs, in order, and look again.

use crate::config::{Config, SessionConfig};
use crate::desired::desired;
use crate::made::Made;
use crate::render;
use crate::report::Reporter;
use crate::resource::{Difference, Finding, Resource, Tools};
use crate::state::State;
use left4me::host::Host;
use left4me::{Error, Result};
use std::path::Path;

/// What became of one resource.
#[derive(Debug)]
pub enum Outcome {
    InSync,
    Modified,
    Deferred(String),
    Created,
    Changed(Vec<Difference>),
    Failed(Error),
    /// Not tried, because this resource that it needs had failed.
    Skipped(String),
}

impl Outcome {
    fn is_bad(&self) -> bool {
        matches!(self, Outcome::Failed(_) | Outcome::Skipped(_))
    }
}

/// What became of all of them.
#[derive(Debug, Default)]
pub struct Applied {
    pub outcomes: Vec<(String, Outcome)>,
    /// Items of the predecessor's bundle that would undo it.
    pub rivals: Vec<String>,
}

impl Applied {
    fn count(&self, which: impl Fn(&Outcome) -> bool) -> usize {
        self.outcomes.iter().filter(|(_, outcome)| which(outcome)).count()
    }
    pub fn changed(&self) -> usize {
        self.count(|o| matches!(o, Outcome::Created | Outcome::Changed(_)))
    }
    pub fn in_sync(&self) -> usize {
        self.count(|o| matches!(o, Outcome::InSync | Outcome::Modified))
    }
    pub fn failed(&self) -> usize {
        self.count(|o| matches!(o, Outcome::Failed(_)))
    }
    pub fn skipped(&self) -> usize {
        self.count(|o| matches!(o, Outcome::Skipped(_)))
    }
    pub fn deferred(&self) -> usize {
        self.count(|o| matches!(o, Outcome::Deferred(_)))
    }

    /// The needed resource that is missing, if one is.
    fn missing_need(&self, needs: &[String]) -> Option<String> {
        self.outcomes
            .iter()
            .find(|(name, o)| matches!(o, Outcome::Failed(_) | Outcome::Skipped(_)) && needs.contains(name))
            .map(|(name, _)| name.clone())
    }
}

/// Converges everything that differs. One failure stops what needs it, nothing else; a signal stops all.
pub fn apply(
    config: &Config,
    host: &Host,
    session: &SessionConfig,
    reporter: &dyn Reporter,
    quiet: bool,
) -> Result<Applied> {
    let mut state = State::load(host);
    let mut tools = Tools { reporter, settings: &session.steam, state: &mut state };
    let mut applied = Applied::default();
    for resource in desired(config) {
        let name = resource.name();
        let holds_record =
            matches!(&resource, Resource::Directory(d) if d.path == Path::new(State::DIRECTORY));
        let rival = resource.rival(host);
        let outcome = match applied.missing_need(&resource.needs(host)) {
            Some(need) => Outcome::Skipped(need),
            None => converge(&resource, host, &mut tools).unwrap_or_else(Outcome::Failed),
        };
        let outcome = match holds_record && !outcome.is_bad() {
            true => Made::write_down(config, host).map_or_else(Outcome::Failed, |()| outcome),
            false => outcome,
        };
        match render::outcome_line(&name, &outcome) {
            Some(_) if matches!(&outcome, Outcome::Failed(e) if e.is_interruption()) => {}
            Some(line) if outcome.is_bad() => reporter.problem(&line),
            Some(line) if !quiet => reporter.result(&line),
            _ => {}
        }
        if matches!(outcome, Outcome::Changed(_)) {
            applied.rivals.extend(rival);
        }
        match outcome {
            Outcome::Failed(error) if error.is_interruption() => return Err(error),
            outcome => applied.outcomes.push((name, outcome)),
        }
    }
    Ok(applied)
}

fn converge(resource: &Resource, host: &Host, tools: &mut Tools) -> Result<Outcome> {
    let outcome = match resource.inspect(host)? {
        Finding::InSync => return Ok(Outcome::InSync),
        Finding::Modified => return Ok(Outcome::Modified),
        Finding::Deferred(why) => return Ok(Outcome::Deferred(why)),
        Finding::Absent => Outcome::Created,
        Finding::Differs(differences) => Outcome::Changed(differences),
    };
    resource.converge(host, tools)?;
    // Believed only when seen.
    match resource.inspect(host)? {
        Finding::Absent => Err(Error::new("it is still absent after it was made")),
        Finding::Differs(differences) => Err(Error::new(format!(
            "it still differs after it was made right: {}",
            render::differences_text(&differences)
        ))),
        _ => Ok(outcome),
    }
}
