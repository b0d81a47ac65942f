//! Waits until a started server answers, or finds out why it does not.

use crate::a2s_client::{NoAnswer, Server};
use crate::batch::Batch;
use crate::helper::{self, Journal};
use crate::instances;
use crate::units;
use left4me::layout::Layout;
use left4me::name::InstanceName;
use left4me::{Error, Result, output};
use std::thread::sleep;
use std::time::{Duration, Instant};

/// How long to wait for an answer, and how often to ask systemd meanwhile.
const PATIENCE: Duration = Duration::from_millis(500);
const LOOK: Duration = Duration::from_secs(2);
/// Between two checks of a closed port, or of the log; they begin quickly, because many servers start quickly.
const FIRST_PAUSE: Duration = Duration::from_millis(5);
const LONGEST_PAUSE: Duration = Duration::from_millis(200);
/// Of the log: the engine writes about a hundred lines when it starts.
const LINES: u32 = 200;
/// One crash may be chance; a server that crashes twice while starting will not answer.
const CRASHES: u32 = 2;

/// Waits for each instance, if asked to, and reports that its start is complete. All have been started before, so
/// that a slow server does not hold up the others.
pub fn finish(batch: &mut Batch, wait: Option<u64>, complete: &str) {
    let deadline = Instant::now() + Duration::from_secs(wait.unwrap_or_default());
    batch.each(|layout, name, progress| {
        if let Some(seconds) = wait {
            progress.step("waiting for the server to answer...");
            self::wait(layout, name, seconds, deadline)?;
        }
        progress.step(complete);
        Ok(())
    });
}

/// Returns when the server answers A2S on its own port; fails at `deadline`, or as soon as it cannot succeed.
pub fn wait(layout: &Layout, name: &InstanceName, seconds: u64, deadline: Instant) -> Result<()> {
    let port = instances::facts(layout, name).port.unwrap_or_default();
    let began = Instant::now();
    let mut looked = began;
    let mut pause = FIRST_PAUSE;
    let mut earlier_crashes = None;
    let mut server = Server::new(port);
    let mut is_answered = false;
    let silent = format!("'{name}' did not answer on port {port} within {seconds} s");
    let mut problem = silent.clone();
    loop {
        if !is_answered || server.is_due() {
            let answer = server.query(PATIENCE.min(deadline.saturating_duration_since(Instant::now())));
            is_answered = answer.is_ok();
            match answer {
                Ok(info) => match info.port.filter(|other| *other != port) {
                    Some(other) => return Err(wrong_port(name, port, other)),
                    None => problem = format!("another program answered on port {port}, not '{name}'"),
                },
                Err(NoAnswer::Garbled(error)) => {
                    problem = format!("what answered on port {port} is no game server ({})", error.message());
                }
                Err(_) => problem.clone_from(&silent),
            }
        }
        if is_answered && is_its_own(name, port, began.elapsed() < LOOK)? {
            return Ok(());
        }
        let now = Instant::now();
        if now >= deadline {
            return Err(give_up(name, port, &problem));
        }
        if now >= looked + LOOK {
            looked = now;
            let unit = units::show_one(name)?;
            if !unit.is_up() {
                return Err(give_up(
                    name,
                    port,
                    &format!("'{name}' stopped while starting ({})", unit.result),
                ));
            }
            // systemd counts since the last start by hand, which may be weeks ago.
            let crashes = unit.restarts.unwrap_or_default();
            if crashes >= *earlier_crashes.get_or_insert(crashes) + CRASHES {
                return Err(give_up(name, port, &format!("'{name}' keeps crashing while starting")));
            }
            if let Some(other) = moved_to(&helper::last_lines(Journal::Server, name, LINES)) {
                return Err(wrong_port(name, port, other));
            }
        }
        sleep(pause.min(deadline.saturating_duration_since(now)));
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
}

/// Whether the server itself answered, and not a program that took its port after the check: the engine logs which
/// port it has. For a server that started long ago, or that does not log it soon, it is enough that the log does not
/// name another port.
fn is_its_own(name: &InstanceName, port: u16, is_early: bool) -> Result<bool> {
    if !units::show_one(name)?.is_up() {
        return Ok(false);
    }
    let log = helper::last_lines(Journal::Server, name, LINES);
    if let Some(other) = moved_to(&log) {
        return Err(wrong_port(name, port, other));
    }
    let (run, has_start) = last_run(&log);
    let word = format!(" ports {port} SV ");
    Ok(!is_early
        || !has_start
        || run.iter().any(|line| line.starts_with("Network: ") && line.contains(&word)))
}

fn give_up(name: &InstanceName, port: u16, problem: &str) -> Error {
    let log = helper::last_lines(Journal::Server, name, LINES);
    if let Some(other) = moved_to(&log) {
        return wrong_port(name, port, other);
    }
    print_tail(&log[log.len().saturating_sub(15)..]);
    Error::new(problem).hint(format!("sudo l4d2ctl logs {name} --no-follow shows more"))
}

fn wrong_port(name: &InstanceName, port: u16, other: u16) -> Error {
    Error::new(format!("'{name}' uses port {other}, because port {port} was in use")).hint(format!(
        "sudo ss -lunpt 'sport = :{port}' shows which program uses it; then sudo l4d2ctl restart {name}"
    ))
}

/// The lines since the last start, and whether that start is among them.
fn last_run(log: &[String]) -> (&[String], bool) {
    let start = log.iter().rposition(|line| line.starts_with("Start"));
    (&log[start.unwrap_or_default()..], start.is_some())
}

/// The port that the engine logged it took instead, since its last start.
fn moved_to(log: &[String]) -> Option<u16> {
    let line = last_run(log).0.iter().find(|line| line.contains("Socket bound to non-default port"))?;
    let number = line.split("non-default port").nth(1)?.trim().split(|c: char| !c.is_ascii_digit()).next()?;
    number.parse().ok()
}

/// Prints log lines on standard error.
pub fn print_tail(lines: &[String]) {
    for line in lines {
        output::pass_on(format!("  {line}\n").as_bytes());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_engines_own_word_on_its_port() {
        let log = |text: &str| text.lines().map(str::to_owned).collect::<Vec<_>>();
        let moved = "Socket bound to non-default port 27016 because original port was already in use.";
        assert_eq!(moved_to(&log(moved)), Some(27016));
        assert_eq!(moved_to(&log(&format!("{moved}\nStarted left4me-server@a.service.\nok"))), None);
        assert_eq!(moved_to(&log(&format!("Started x\na\n{moved}\nb"))), Some(27016));
        assert_eq!(moved_to(&log("")), None);
    }
}
