//! `game squash` and `game prune`: fewer layers, and less on disk.

use crate::builds::{prune, squash};
use crate::report::line::bytes;
use crate::report::{self, Mode};
use crate::say;
use left4me::Result;
use left4me::host::Host;
use std::process::ExitCode;

pub(super) fn squash(host: &Host, wait: bool) -> Result<ExitCode> {
    let done = squash::squash(host, &*report::reporter(Mode::Plain), wait)?;
    if done.updates == 0 {
        say::line("nothing to squash: the game has no updates above its base");
        return Ok(ExitCode::SUCCESS);
    }
    let updates = if done.updates == 1 { "1 update".to_owned() } else { format!("{} updates", done.updates) };
    say::line(&format!("merged {updates} into the base; running servers keep the layers they started with"));
    for build in done.dropped {
        say::line(&format!("build {build} can no longer be rolled back to: it needs the old base"));
    }
    say::line("hint: sudo left4me-setup game prune removes what is no longer in use");
    Ok(ExitCode::SUCCESS)
}

pub(super) fn prune(host: &Host, wait: bool) -> Result<ExitCode> {
    let done = prune::prune(host, &*report::reporter(Mode::Plain), wait)?;
    for (what, size) in &done.removed {
        say::line(&format!("removed {what}: {}", bytes(*size)));
    }
    for (what, users) in &done.refused {
        let why = if done.unknown.is_empty() { "in use by" } else { "may be in use by" };
        say::line(&format!("kept {what}: {why} {}", users.join(", ")));
    }
    if !done.unknown.is_empty() {
        say::line(&format!(
            "warning: cannot tell which layers these servers use: {}\nhint: sudo l4d2ctl restart {}, then prune again",
            done.unknown.join(", "),
            done.unknown.join(" ")
        ));
    }
    if done.removed.is_empty() && done.refused.is_empty() {
        say::line("nothing to remove");
    }
    Ok(ExitCode::SUCCESS)
}
