//! Starting and stopping servers, with as few calls of systemctl as there can be: each costs more than
//! all that l4d2ctl does itself.

use crate::{boot, systemctl};
use left4me_setup::layout::environment_copy;
use left4me_setup::name::InstanceName;
use left4me_setup::{Context, Result, helper};
use std::io::Write;
use std::process::{Command, ExitCode, ExitStatus, Output, Stdio};

/// Starts servers, now and at every boot. One that cannot be started is not left to the next boot.
pub fn enable(names: &[InstanceName], units: &[String]) -> Result<ExitCode> {
    // Known to be there before anything is promised to the next boot.
    helper::tool("systemctl")?;
    let mut new = Vec::new();
    for name in names {
        if boot::enable(name)? {
            new.push(name);
        }
    }
    // One that runs already: systemd remembers it as not enabled, until it reads its units anew.
    let remembered = new.iter().any(|name| environment_copy(name).exists());
    let started = start("start", units)?;
    if !started.success() {
        for name in new.into_iter().filter(|name| !is_up(name)) {
            boot::disable(name)?;
        }
    }
    if remembered {
        quietly(&["daemon-reload"], &[])?;
    }
    Ok(ExitCode::from(helper::code_of(started)))
}

/// Stops servers, now and for the next boot.
pub fn disable(names: &[InstanceName], units: &[String]) -> Result<ExitCode> {
    names.iter().try_for_each(boot::disable)?;
    let stopped = run(&mut systemctl(&["stop", "--no-ask-password"], units)?)?.status;
    let remembered = quietly(&["show", "--property=ActiveState,UnitFileState,WantedBy"], units)?;
    let remembered = String::from_utf8_lossy(&remembered.stdout);
    if remembered.lines().any(|line| line == "ActiveState=failed") {
        // Whoever stops it has seen it. It would also stay in memory, with what was remembered of it.
        quietly(&["reset-failed"], units)?;
    }
    let is_enabled = |line: &str| {
        line.starts_with("UnitFileState=enabled")
            || line.starts_with("WantedBy=") && line.contains("multi-user.target")
    };
    if remembered.lines().any(is_enabled) {
        // Enabled since the boot, or by other means than ours: systemd has to read its units anew.
        run(&mut systemctl(&["disable", "--no-ask-password"], units)?)?;
    }
    Ok(ExitCode::from(helper::code_of(stopped)))
}

/// Stops and starts servers.
pub fn restart(units: &[String]) -> Result<ExitCode> {
    Ok(ExitCode::from(helper::code_of(start("restart", units)?)))
}

/// `systemctl start` or `restart`; a start limit that crashes have hit must not refuse a person's start.
fn start(verb: &str, units: &[String]) -> Result<ExitStatus> {
    let command = || systemctl(&[verb, "--no-ask-password"], units);
    let first = run(command()?.stderr(Stdio::piped()))?;
    let is_failed = || -> Result<bool> {
        // Its Result may be that of the last crash.
        let states = quietly(&["show", "--property=ActiveState"], units)?;
        Ok(String::from_utf8_lossy(&states.stdout).contains("=failed"))
    };
    if first.status.success() || !is_failed()? {
        // Nobody may be listening.
        let _ = std::io::stderr().write_all(&first.stderr);
        return Ok(first.status);
    }
    quietly(&["reset-failed"], units)?;
    Ok(run(&mut command()?)?.status)
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
