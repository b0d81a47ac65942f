//! The trial itself: what a canary has to do once it is started.

use super::{CONSOLE, SETTLE};
use crate::batch::Batch;
use crate::progress::Progress;
use crate::rcon_client::Console;
use crate::units::{self, Unit};
use crate::{ready, staged_changes, start};
use left4me::layout::Layout;
use left4me::mounted::Mounted;
use left4me::name::InstanceName;
use left4me::{Context, Error, Result};
use std::thread::sleep;
use std::time::{Duration, Instant};

/// How often systemd is asked whether the server still runs.
const PAUSE: Duration = Duration::from_millis(250);

/// Starts the canary, and has it answer twice: once it is up, and once it has run for a while.
pub fn try_out(layout: &Layout, canary: &InstanceName, staged: bool, seconds: u64) -> Result<()> {
    let deadline = Instant::now() + Duration::from_secs(seconds);
    let mut batch = Batch::of(layout.clone(), [canary.clone()]);
    // It is not started at boot: only a restart leaves that as it is.
    start::restart(&mut batch)?;
    if batch.names().is_empty() {
        return Err(Error::new("the canary did not start"));
    }
    if staged {
        require_staged(layout, canary)?;
    }
    let progress = Progress::default();
    progress.step("waiting for the canary to answer...");
    ready::wait(layout, canary, seconds, deadline)?;
    // Not before: right after a start, systemd may still name a process of its own as the main one.
    let started = units::show_one(canary)?;
    keep_answering(layout, canary, &started, progress)
        // A crash is the reason for all that does not answer any more.
        .map_err(|error| require_same_run(canary, &started).err().unwrap_or(error))
}

fn keep_answering(layout: &Layout, canary: &InstanceName, started: &Unit, progress: Progress) -> Result<()> {
    progress.step("asking its console...");
    ask_console(layout, canary)?;
    progress.step("watching whether it keeps running...");
    let settled = Instant::now() + SETTLE;
    while Instant::now() < settled {
        require_same_run(canary, started)?;
        sleep(PAUSE);
    }
    ready::wait(layout, canary, CONSOLE.as_secs(), Instant::now() + CONSOLE)?;
    ask_console(layout, canary)?;
    require_same_run(canary, started)
}

/// A mistake in its `instance.env` must not become a trial of the game that is in use.
fn require_staged(layout: &Layout, canary: &InstanceName) -> Result<()> {
    let directory = staged_changes::directory(layout);
    let found =
        rustix::fs::lstat(&directory).context(|| format!("cannot examine {}", directory.display()))?;
    let layers = Mounted::read(canary).map(|mounted| mounted.layers).unwrap_or_default();
    if layers.iter().any(|layer| (layer.device, layer.inode) == (found.st_dev, found.st_ino)) {
        return Ok(());
    }
    Err(Error::new("the canary was mounted without the update that is staged"))
}

/// Fails once systemd has seen the server end, whether or not it has started it again.
fn require_same_run(canary: &InstanceName, started: &Unit) -> Result<()> {
    let now = units::show_one(canary)?;
    if is_same_run(started, &now) {
        Ok(())
    } else {
        Err(Error::new("the canary crashed soon after its start"))
    }
}

fn is_same_run(started: &Unit, now: &Unit) -> bool {
    now.active == "active" && now.pid == started.pid && now.restarts.unwrap_or_default() == 0
}

fn ask_console(layout: &Layout, canary: &InstanceName) -> Result<()> {
    let mut console = Console::open(layout, canary, CONSOLE)?;
    if console.run("status")?.trim().is_empty() {
        return Err(Error::new("the canary's console answered 'status' with nothing"));
    }
    let addons = layout.merged(canary).join("left4dead2/addons");
    if addons.join("metamod").is_dir() {
        let has_sourcemod = addons.join("metamod/sourcemod.vdf").exists();
        plugins_problem(&console.run("meta list")?, has_sourcemod).map_or(Ok(()), Err)?;
    }
    Ok(())
}

/// What is wrong with MetaMod's plugins, by its own list.
fn plugins_problem(list: &str, has_sourcemod: bool) -> Option<Error> {
    let bad = |line: &&str| ["<ERROR", "<FAILED", "<NOFILE", "<BAD"].iter().any(|word| line.contains(word));
    if list.contains("Unknown command") {
        return Some(Error::new("the canary did not load MetaMod"));
    }
    if let Some(line) = list.lines().find(bad) {
        return Some(Error::new(format!("a plugin of the canary failed: {}", line.trim())));
    }
    let without = has_sourcemod && !list.contains("SourceMod");
    without.then(|| Error::new("the canary did not load SourceMod"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plugins() {
        let good =
            "Listing 2 plugins:\n  [01] SourceMod (1.12) by AlliedModders LLC\n  [02] CS Tools (1.12)\n";
        let bad = "Listing 1 plugin:\n  [01] <ERROR> L4D Tools\n";
        let said = |list, sourcemod| plugins_problem(list, sourcemod).map(|error| error.message().to_owned());
        assert_eq!(said(good, true), None);
        assert_eq!(said("No plugins loaded.\n", false), None);
        assert_eq!(said("No plugins loaded.\n", true).unwrap(), "the canary did not load SourceMod");
        assert_eq!(said("Unknown command \"meta\"\n", false).unwrap(), "the canary did not load MetaMod");
        assert_eq!(said(bad, false).unwrap(), "a plugin of the canary failed: [01] <ERROR> L4D Tools");
    }

    #[test]
    fn a_server_that_ended_is_another_run() {
        let unit = |active: &str, pid, restarts| Unit {
            active: active.into(),
            pid: Some(pid),
            restarts: Some(restarts),
            ..Unit::not_loaded(&InstanceName::parse("canary-x").unwrap())
        };
        let started = unit("active", 7, 0);
        assert!(is_same_run(&started, &started));
        for ended in
            [unit("active", 8, 0), unit("active", 7, 1), unit("activating", 7, 0), unit("failed", 7, 0)]
        {
            assert!(!is_same_run(&started, &ended), "{ended:?}");
        }
    }
}
