//! Starting and stopping servers, with as few calls of systemctl as there can be: each costs more than
//! all that l4d2ctl does itself.

use crate::{boot, scratch, systemctl};
use left4me::layout::environment_copy;
use left4me::name::InstanceName;
use left4me::systemd::show;
use left4me::{Context, Result, child};
use std::io::Write;
use std::process::{Command, ExitCode, ExitStatus, Output, Stdio};

/// Starts servers, now and at every boot. One that cannot be started is not left to the next boot.
pub fn enable(names: &[InstanceName], units: &[String]) -> Result<ExitCode> {
    let mut new = Vec::new();
    let started = link_and_start(names, units, &mut new);
    let mut undone = Ok(());
    if !started.as_ref().is_ok_and(ExitStatus::success) {
        // Whatever went wrong: what does not run is not left to the next boot.
        for name in new.into_iter().filter(|name| !is_up(name)) {
            undone = undone.and(boot::disable(name));
        }
    }
    let code = child::exit_code(started?);
    undone.map(|()| ExitCode::from(code))
}

/// Links and starts them; `new` are those that were not linked before.
fn link_and_start<'n>(
    names: &'n [InstanceName],
    units: &[String],
    new: &mut Vec<&'n InstanceName>,
) -> Result<ExitStatus> {
    for name in names {
        if boot::enable(name)? {
            new.push(name);
        }
    }
    // One that runs already: systemd remembers it as not enabled, until it reads its units anew.
    let remembered = new.iter().any(|name| environment_copy(name).exists());
    let started = start("start", units)?;
    if remembered {
        quietly(&["daemon-reload"], &[])?;
    }
    Ok(started)
}

/// Stops servers, now and for the next boot, and unmounts their trees; `all` are the units of both.
pub fn disable(names: &[InstanceName], units: &[String], all: &[String]) -> Result<ExitCode> {
    names.iter().try_for_each(boot::disable)?;
    // The trees would go by themselves, but a moment later: whoever removes the directories must not meet them.
    let mut ended = run(&mut systemctl(&["stop", "--no-ask-password"], all)?)?.status;
    scratch::clear(names);
    let remembered = quietly(&["show", "--property=ActiveState,UnitFileState,WantedBy"], units)?;
    let remembered = String::from_utf8_lossy(&remembered.stdout);
    let has = |key: &str, is_it: fn(&str) -> bool| {
        show::blocks(&remembered).any(|block| block.value(key).is_some_and(is_it))
    };
    if has("ActiveState", |state| state == "failed") {
        // Whoever stops it has seen it. It would also stay in memory, with what was remembered of it.
        quietly(&["reset-failed"], units)?;
    }
    if has("UnitFileState", |state| state.starts_with("enabled"))
        || has("WantedBy", |by| by.contains("multi-user.target"))
    {
        // Enabled since the boot, or by other means than ours: systemd has to read its units anew.
        let disabled = run(&mut systemctl(&["disable", "--no-ask-password"], units)?)?.status;
        ended = if ended.success() { disabled } else { ended };
    }
    Ok(ExitCode::from(child::exit_code(ended)))
}

/// Stops and starts servers.
pub fn restart(units: &[String]) -> Result<ExitCode> {
    Ok(ExitCode::from(child::exit_code(start("restart", units)?)))
}

/// `systemctl start` or `restart`; a start limit that crashes have hit must not refuse a person's start.
fn start(verb: &str, units: &[String]) -> Result<ExitStatus> {
    let command = |units| systemctl(&[verb, "--no-ask-password"], units);
    let first = run(command(units)?.stderr(Stdio::piped()))?;
    if first.status.success() {
        let _ = std::io::stderr().write_all(&first.stderr);
        return Ok(first.status);
    }
    // Not its Result, which may be that of the last crash.
    let shown = quietly(&["show", "--property=Id,ActiveState"], units)?;
    let shown = String::from_utf8_lossy(&shown.stdout);
    let state = |unit: &String| {
        let block = show::blocks(&shown).find(|block| block.value("Id") == Some(unit));
        block.and_then(|block| block.value("ActiveState")).unwrap_or_default()
    };
    let (failed, others): (Vec<String>, Vec<String>) =
        units.iter().cloned().partition(|unit| state(unit) == "failed");
    let others_are_up = others.iter().all(|unit| matches!(state(unit), "active" | "activating"));
    if failed.is_empty() || !others_are_up {
        // Nobody may be listening.
        let _ = std::io::stderr().write_all(&first.stderr);
    }
    if failed.is_empty() {
        return Ok(first.status);
    }
    // Those alone: a restart that succeeded is not done twice.
    quietly(&["reset-failed"], &failed)?;
    let second = run(&mut command(&failed)?)?.status;
    Ok(if second.success() && !others_are_up { first.status } else { second })
}

fn is_up(name: &InstanceName) -> bool {
    let state = quietly(&["is-active"], &[format!("left4me-server@{name}.service")]);
    // Activating: crashed already, and to be started again.
    state.is_ok_and(|state| matches!(state.stdout.trim_ascii_end(), b"active" | b"activating"))
}

fn quietly(arguments: &[&str], units: &[String]) -> Result<Output> {
    run(systemctl(arguments, units)?.stdout(Stdio::piped()).stderr(Stdio::null()))
}

/// Runs to its end what has its standard output and error from us, unless they are piped.
fn run(command: &mut Command) -> Result<Output> {
    let failed = || "cannot run systemctl".to_owned();
    command.spawn().context(failed)?.wait_with_output().context(failed)
}
