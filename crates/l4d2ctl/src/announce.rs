//! Telling the players of servers what is about to happen to them, and waiting until then.

use crate::a2s_client::Servers;
use crate::parallel;
use crate::rcon_client::Console;
use crate::running;
use crate::signals::Signals;
use crate::units::{self, Unit};
use left4me::layout::Layout;
use left4me::name::InstanceName;
use left4me::output::{note, warning};
use left4me::{Error, Result};
use std::time::{Duration, Instant};

/// What is about to happen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Event {
    /// The servers stop.
    Stop,
    /// The servers restart.
    Restart,
}

impl Event {
    /// As players read it, and as an error names what was cancelled.
    fn words(self) -> (&'static str, &'static str) {
        match self {
            Event::Stop => ("stops", "stop"),
            Event::Restart => ("restarts", "restart"),
        }
    }
}

/// When players are told again, in seconds before the end.
const REMINDERS: [u64; 3] = [60, 30, 10];
/// For one announcement; a server that takes longer is not waited for.
const PATIENCE: Duration = Duration::from_secs(5);
/// How often to look whether anybody is left.
const LOOK: Duration = Duration::from_secs(5);

/// Tells the players of these servers, now and again shortly before the end, and returns after `seconds`, or as soon as
/// nobody plays. A server that cannot be told is a warning and is not waited for. Ctrl-C tells the players that nothing
/// happens, and is an error of the kind [`left4me::ErrorKind::Interrupted`].
pub fn countdown(layout: &Layout, names: &[&InstanceName], event: Event, seconds: u64) -> Result<()> {
    let servers = Servers::default();
    let mut warned = with_players(layout, names, &servers)?;
    if warned.is_empty() || seconds == 0 {
        return Ok(());
    }
    let signals = Signals::block()?;
    let end = Instant::now() + Duration::from_secs(seconds);
    let (happens, noun) = event.words();
    let left = || end.saturating_duration_since(Instant::now());
    for at in announcements(seconds) {
        // Until it is time for this one, somebody may leave and somebody may press Ctrl-C.
        let due = end.checked_sub(Duration::from_secs(at)).unwrap_or_else(Instant::now);
        let waited = wait(&signals, due, || {
            warned.retain(|name| plays(layout, name, &servers));
            warned.is_empty()
        });
        if let Err(interrupted) = waited {
            tell(layout, &mut warned, &format!("The {noun} was cancelled."));
            return Err(Error::new(format!("nothing was changed: the {noun} was cancelled"))
                .with_kind(interrupted.kind()));
        }
        if warned.is_empty() {
            note("nobody plays any more");
            return Ok(());
        }
        if at > 0 {
            tell(
                layout,
                &mut warned,
                &format!("This server {happens} in {}.", time(at.max(left().as_secs()))),
            );
        }
        if warned.is_empty() {
            return Ok(());
        }
    }
    Ok(())
}

/// When to speak, in seconds before the end; the last one is the end itself, and silent.
fn announcements(seconds: u64) -> Vec<u64> {
    let reminders = REMINDERS.into_iter().filter(|at| *at < seconds);
    std::iter::once(seconds).chain(reminders).chain([0]).collect()
}

/// Waits until `due`, or until `is_over`, which is asked now and then.
fn wait(signals: &Signals, due: Instant, mut is_over: impl FnMut() -> bool) -> Result<()> {
    loop {
        let left = due.saturating_duration_since(Instant::now());
        signals.wait(left.min(LOOK))?;
        if left <= LOOK || is_over() {
            return Ok(());
        }
    }
}

/// Those of these servers that run and on which somebody plays, or of which that cannot be known.
fn with_players<'n>(
    layout: &Layout,
    names: &[&'n InstanceName],
    servers: &Servers,
) -> Result<Vec<&'n InstanceName>> {
    let units = units::show(names)?;
    let runs = |name: &InstanceName| units.get(name.as_str()).is_some_and(Unit::is_up);
    let running: Vec<&InstanceName> = names.iter().copied().filter(|name| runs(name)).collect();
    let plays = parallel::map(&running, |name| plays(layout, name, servers));
    Ok(running.into_iter().zip(plays).filter(|(_, plays)| *plays).map(|(name, _)| name).collect())
}

/// Whether a person plays there; true where the server does not say so.
fn plays(layout: &Layout, name: &InstanceName, servers: &Servers) -> bool {
    running::port(layout, name)
        .and_then(|port| servers.info(port))
        .is_none_or(|info| info.players > info.bots)
}

/// Says a sentence in these games; those in which it cannot be said are left out from then on.
fn tell(layout: &Layout, names: &mut Vec<&InstanceName>, sentence: &str) {
    let say = |name: &&InstanceName| Console::open(layout, name, PATIENCE)?.run(&format!("say {sentence}"));
    let said = parallel::map(names, say);
    let mut said = said.into_iter();
    names.retain(|name| match said.next() {
        Some(Err(error)) => {
            warning(&format!("the players of '{name}' were not told: {}", error.message()));
            false
        }
        _ => true,
    });
}

fn time(seconds: u64) -> String {
    let plural = |count, unit| format!("{count} {unit}{}", if count == 1 { "" } else { "s" });
    match seconds {
        0..120 => plural(seconds, "second"),
        _ if seconds.is_multiple_of(60) => plural(seconds / 60, "minute"),
        _ => format!("{} {}", plural(seconds / 60, "minute"), plural(seconds % 60, "second")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn when_and_what() {
        for (seconds, expected) in [
            (300, &[300, 60, 30, 10, 0][..]),
            (60, &[60, 30, 10, 0]),
            (20, &[20, 10, 0]),
            (10, &[10, 0]),
            (1, &[1, 0]),
        ] {
            assert_eq!(announcements(seconds), expected);
        }
        for (seconds, text) in [
            (1, "1 second"),
            (90, "90 seconds"),
            (120, "2 minutes"),
            (150, "2 minutes 30 seconds"),
            (3600, "60 minutes"),
        ] {
            assert_eq!(time(seconds), text);
        }
    }
}
