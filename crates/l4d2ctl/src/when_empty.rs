//! `restart --when-empty`: carries out what [`rolling`](crate::rolling) decides.

use crate::a2s_client::Servers;
use crate::announce::{self, Event};
use crate::batch::Batch;
use crate::rolling::{Occupancy, Rolling, Step, Terms};
use crate::signals::Signals;
use crate::{helper, local_time, parallel, ready, running, start, units};
use left4me::layout::Layout;
use left4me::name::InstanceName;
use left4me::output::{line, note};
use left4me::{Error, ErrorKind, Result};
use std::collections::BTreeMap;
use std::time::Duration;

/// The exit code when servers were left because somebody plays there: of sysexits.h, "try again later".
pub const LATER: u8 = 75;

/// One rolling restart.
pub struct WhenEmpty<'r> {
    /// Where the instances are.
    pub layout: &'r Layout,
    /// The instances, each with its terms.
    pub servers: Vec<(InstanceName, Terms)>,
    /// How many may be down at once.
    pub most_down: usize,
    /// Until when it waits for players to leave.
    pub patience: u64,
    /// How many seconds a restarted server has to answer.
    pub wait: u64,
    /// Whether the restart of an instance is still wanted.
    pub is_wanted: &'r (dyn Fn(&InstanceName) -> bool + Sync),
    /// Takes note of an instance that was restarted, or of why it was not.
    pub ended: &'r (dyn Fn(&InstanceName, Result<(), &str>) + Sync),
}

/// One that was left out right before its stop: because of who is on it, or because that is not wanted any more.
type LeftOut = (InstanceName, Option<Occupancy>);

/// How it ended.
#[derive(Debug, PartialEq, Eq)]
pub enum End {
    /// All were restarted, or these were left because of who may be on them.
    Left(Vec<(InstanceName, Occupancy)>),
    /// A server did not come back, which was reported. These were left alone.
    Failed(Vec<InstanceName>),
    /// A signal cancelled it. These were left alone.
    Cancelled(i32, Vec<InstanceName>),
}

impl WhenEmpty<'_> {
    /// Restarts them; returns when nothing is left to do.
    pub fn run(&self) -> Result<End> {
        helper::keep_apart();
        let signals = Signals::block()?;
        let servers = Servers::default();
        let mut rolling =
            Rolling::new(self.servers.iter().map(|(_, terms)| *terms), self.most_down, self.patience);
        let mut shown = BTreeMap::new();
        loop {
            if let Some(signal) = signals.pending() {
                return Ok(End::Cancelled(signal, self.left(&rolling)));
            }
            let restarted = match rolling.next(local_time::now()) {
                Step::End => return Ok(End::Left(self.occupied(&rolling))),
                Step::Look(looked_at) => {
                    self.look(&looked_at, &servers, &mut rolling)?;
                    continue;
                }
                Step::Sleep(until) => {
                    self.show_who_is_waited_for(&rolling, &mut shown);
                    let time = until.saturating_sub(local_time::now());
                    signals.wait(Duration::from_secs(time)).map(|()| None)
                }
                Step::RestartEmpty(names) => self.restart(&names, Some(&servers), &signals, &mut rolling),
                Step::RestartAnyway(names) => self
                    .warn(&names, &servers, &signals)
                    .and_then(|()| self.restart(&names, None, &signals, &mut rolling)),
            };
            match restarted {
                Ok(None) => {}
                Ok(Some(end)) => return Ok(end),
                Err(error) => match error.kind() {
                    ErrorKind::Interrupted(signal) => {
                        return Ok(End::Cancelled(signal, self.left(&rolling)));
                    }
                    _ => return Err(error),
                },
            }
        }
    }

    fn name(&self, at: usize) -> &InstanceName {
        &self.servers[at].0
    }

    fn look(&self, at: &[usize], servers: &Servers, rolling: &mut Rolling) -> Result<()> {
        let names: Vec<&InstanceName> = at.iter().map(|at| self.name(*at)).collect();
        for (at, seen) in at.iter().zip(occupancy(self.layout, &names, servers)?) {
            if (self.is_wanted)(self.name(*at)) {
                rolling.saw(*at, seen);
            } else {
                rolling.withdraw(*at);
            }
        }
        Ok(())
    }

    /// Warns the players of these and waits until their deadline, unless all of them leave before.
    fn warn(&self, at: &[usize], servers: &Servers, signals: &Signals) -> Result<()> {
        let names: Vec<&InstanceName> = at.iter().map(|at| self.name(*at)).collect();
        let terms = || at.iter().map(|at| self.servers[*at].1);
        let warn = terms().map(|terms| terms.warn).max().unwrap_or_default();
        if warn > 0 {
            names.iter().for_each(|name| line(&format!("{name}: warning players for {warn} s...")));
            announce::countdown(self.layout, &names, Event::Restart, warn)?;
        }
        let deadline = terms().filter_map(|terms| terms.deadline).max().unwrap_or_default();
        let left = deadline.saturating_sub(local_time::now());
        // Players who could not be told keep their time all the same.
        if left > 0 && occupancy(self.layout, &names, servers)?.iter().any(|seen| *seen != Occupancy::Empty) {
            signals.wait(Duration::from_secs(left))?;
        }
        Ok(())
    }

    /// Restarts these, and waits until they answer; with `look` only those that are still empty then.
    fn restart(
        &self,
        at: &[usize],
        look: Option<&Servers>,
        signals: &Signals,
        rolling: &mut Rolling,
    ) -> Result<Option<End>> {
        let names: Vec<InstanceName> = at.iter().map(|at| self.name(*at).clone()).collect();
        let still = rolling.left().len();
        let mut batch = Batch::of(self.layout.clone(), names);
        batch.step(&format!("restarting ({still} to go)..."));
        let work = move || {
            let mut joined = Vec::new();
            start::restart_unless(&mut batch, |batch| {
                joined = self.leave_out_joined(batch, look)?;
                Ok(())
            })?;
            ready::finish(&mut batch, Some(self.wait), "restart complete.");
            Ok((batch, joined))
        };
        let (done, signal) = signals.finish(work)?;
        let done: Result<(Batch, Vec<LeftOut>)> = done;
        let (batch, joined) = done.inspect_err(|error| {
            at.iter().for_each(|at| (self.ended)(self.name(*at), Err(error.message())));
        })?;
        for at in at {
            let name = self.name(*at);
            if batch.names().contains(&name) {
                rolling.answered(*at);
                (self.ended)(name, Ok(()));
            } else if let Some((_, seen)) = joined.iter().find(|(joined, _)| joined == name) {
                match seen {
                    Some(seen) => rolling.saw(*at, *seen),
                    None => rolling.withdraw(*at),
                }
            }
        }
        for (name, why) in batch.failed() {
            (self.ended)(name, Err(why));
        }
        if !batch.failed().is_empty() {
            rolling.stop();
            let is_untouched = |name: &InstanceName| batch.failed().iter().all(|(failed, _)| failed != name);
            return Ok(Some(End::Failed(self.left(rolling).into_iter().filter(is_untouched).collect())));
        }
        Ok(signal.map(|signal| End::Cancelled(signal, self.left(rolling))))
    }

    /// The last look, right before the stop: who joined keeps playing, and what was cancelled is left alone.
    fn leave_out_joined(&self, batch: &mut Batch, look: Option<&Servers>) -> Result<Vec<LeftOut>> {
        let names: Vec<InstanceName> = batch.names().into_iter().cloned().collect();
        let seen = match look {
            Some(servers) => occupancy(self.layout, &names.iter().collect::<Vec<_>>(), servers)?,
            None => vec![Occupancy::Empty; names.len()],
        };
        let mut out = Vec::new();
        for (name, seen) in names.into_iter().zip(seen) {
            if !(self.is_wanted)(&name) {
                out.push((name, None));
            } else if seen != Occupancy::Empty {
                line(&format!("{name}: {}; not now", describe(seen)));
                out.push((name, Some(seen)));
            }
        }
        batch.retain(|_, name| out.iter().all(|(left, _)| left != name));
        Ok(out)
    }

    fn left(&self, rolling: &Rolling) -> Vec<InstanceName> {
        rolling.left().into_iter().map(|(at, _)| self.name(at).clone()).collect()
    }

    fn occupied(&self, rolling: &Rolling) -> Vec<(InstanceName, Occupancy)> {
        let left = rolling.left().into_iter();
        left.map(|(at, seen)| (self.name(at).clone(), seen.unwrap_or(Occupancy::Silent))).collect()
    }

    /// A line for each, whenever it changes.
    fn show_who_is_waited_for(&self, rolling: &Rolling, shown: &mut BTreeMap<usize, Occupancy>) {
        for (at, seen) in rolling.left() {
            let Some(seen) = seen else { continue };
            if shown.insert(at, seen) != Some(seen) {
                let until = self.servers[at].1.deadline.map(local_time::show);
                let until = until.map_or_else(String::new, |until| format!(" or it is {until}"));
                line(&format!("{}: {}; waiting until it is empty{until}", self.name(at), describe(seen)));
            }
        }
    }
}

/// In words.
pub fn describe(seen: Occupancy) -> String {
    match seen {
        Occupancy::Empty => "empty".to_owned(),
        Occupancy::Players(1) => "1 player".to_owned(),
        Occupancy::Players(count) => format!("{count} players"),
        Occupancy::Silent => "does not answer".to_owned(),
    }
}

/// Who is on these servers now.
pub fn occupancy(layout: &Layout, names: &[&InstanceName], servers: &Servers) -> Result<Vec<Occupancy>> {
    let units = units::show(names)?;
    let ask = |name: &&InstanceName| {
        // Without a process there is nobody in it: stopped, or between a crash and the next start.
        let runs = units.get(name.as_str()).is_some_and(|unit| unit.is_up() && unit.pid.is_some());
        if !runs {
            return Occupancy::Empty;
        }
        let Some(port) = running::port(layout, name) else { return Occupancy::Silent };
        match servers.info(port) {
            Some(info) if info.port.is_none_or(|own| own == port) => {
                match info.players.saturating_sub(info.bots) {
                    0 => Occupancy::Empty,
                    people => Occupancy::Players(people),
                }
            }
            _ => Occupancy::Silent,
        }
    };
    Ok(parallel::map(names, ask))
}

impl End {
    /// Reports to the caller; an error unless all servers were restarted.
    pub fn report(self) -> Result<()> {
        let list = |names: &[InstanceName]| names.iter().map(ToString::to_string).collect::<Vec<_>>();
        match self {
            End::Left(left) if left.is_empty() => Ok(()),
            End::Left(left) => {
                let each = left.iter().map(|(name, seen)| format!("{name} ({})", describe(*seen)));
                let names = left.iter().map(|(name, _)| name.to_string()).collect::<Vec<_>>().join(" ");
                let each = each.collect::<Vec<_>>().join(", ");
                Err(Error::new(format!("these servers were not restarted, because they are not empty: {each}"))
                    .hint(format!(
                        "have them restarted once they are empty: sudo l4d2ctl restart {names} --when-empty --queue"
                    ))
                    .with_kind(ErrorKind::Exited(LATER)))
            }
            End::Failed(left) => {
                if !left.is_empty() {
                    note(&format!("left alone because of the error above: {}", list(&left).join(", ")));
                }
                Err(Error::new("the rolling restart ended early")
                    .hint("once the server above runs again, repeat the command"))
            }
            End::Cancelled(signal, left) => {
                let left = if left.is_empty() { "none".to_owned() } else { list(&left).join(", ") };
                Err(Error::new(format!("cancelled; not restarted: {left}"))
                    .with_kind(ErrorKind::Interrupted(signal)))
            }
        }
    }
}
