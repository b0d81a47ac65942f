//! `game list`, `rollback`, `pin` and `unpin`: the builds that are kept.

use crate::builds::kept::KeptBuilds;
use crate::builds::rollback::{self, RolledBack};
use crate::builds::{list, running};
use crate::report::{self, Mode};
use crate::say;
use crate::state::State;
use left4me::game_layers::LayerName;
use left4me::host::Host;
use left4me::{Error, Result};
use std::process::ExitCode;

pub(super) fn list(host: &Host, json: bool) -> Result<ExitCode> {
    let (kept, running) = (KeptBuilds::load(host)?, running::instances(host)?);
    let list = list::list(host, &kept, &running, State::load(host).pinned.as_deref())?;
    say::answer(&if json { say::document(&list) } else { list.to_text() })?;
    if !json {
        for (build, why) in &kept.broken {
            say::problem(&format!("warning: build {build} can no longer be used: {why}"));
        }
    }
    Ok(ExitCode::SUCCESS)
}

pub(super) fn rollback(host: &Host, build: Option<&str>, wait: bool) -> Result<ExitCode> {
    let build = build.map(LayerName::parse).transpose()?;
    if let Some(pinned) =
        State::load(host).pinned.filter(|pinned| build.as_ref().is_none_or(|b| b.as_str() != pinned))
    {
        let hint = match &build {
            Some(build) => format!("sudo left4me-setup game pin {build} pins that one"),
            None => "sudo left4me-setup game unpin, then game rollback".into(),
        };
        return Err(Error::new(format!("build {pinned} is pinned")).hint(hint));
    }
    let done = rollback::rollback(host, &*report::reporter(Mode::Plain), wait, build.as_ref())?;
    tell(&done);
    if !done.unchanged && State::load(host).pinned.is_none() {
        let build = &done.to.build.name;
        say::line(&format!(
            "note: the next update installs Steam's latest build again; to stay here: sudo left4me-setup game pin {build}"
        ));
    }
    Ok(ExitCode::SUCCESS)
}

fn tell(done: &RolledBack) {
    let game = super::describe(&done.to.game);
    if done.unchanged {
        say::line(&format!("the game is already at {game}"));
        return;
    }
    say::line(&format!("the game is now at {game}; running servers get it at their next restart"));
    say::line(
        "hint: to restart each server once nobody plays on it: sudo l4d2ctl restart --all --when-empty",
    );
}

/// Switches to the build first and records the pin then, so that what is pinned is what servers get.
pub(super) fn pin(host: &Host, build: &str, wait: bool) -> Result<ExitCode> {
    let build = LayerName::parse(build)?;
    let done = rollback::rollback(host, &*report::reporter(Mode::Plain), wait, Some(&build))?;
    let mut state = State::load(host);
    state.pinned = Some(build.to_string());
    state.save(host)?;
    tell(&done);
    say::line(&format!(
        "build {build} is pinned: updates change nothing until you unpin it with sudo left4me-setup game unpin"
    ));
    Ok(ExitCode::SUCCESS)
}

pub(super) fn unpin(host: &Host) -> Result<ExitCode> {
    let mut state = State::load(host);
    let Some(build) = state.pinned.take() else {
        say::line("no build is pinned");
        return Ok(ExitCode::SUCCESS);
    };
    state.save(host)?;
    say::line(&format!("build {build} is no longer pinned"));
    say::line("hint: to install Steam's latest build: sudo left4me-setup game update");
    Ok(ExitCode::SUCCESS)
}

/// Whether a build is pinned, so that an update does nothing; says so.
pub(super) fn is_pinned(host: &Host, progress: Mode) -> bool {
    let Some(build) = State::load(host).pinned else { return false };
    let text = format!("the game stays at build {}: it is pinned", left4me::printable::line(&build));
    let reporter = report::reporter(progress);
    reporter.result(&text);
    reporter.result(
        "hint: to update all the same: sudo left4me-setup game unpin && sudo left4me-setup game update",
    );
    true
}
