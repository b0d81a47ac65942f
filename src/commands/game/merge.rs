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
        say::line("there is nothing to squash: the game is one layer");
        return Ok(ExitCode::SUCCESS);
    }
    let updates =
        if done.updates == 1 { "one update is".to_owned() } else { format!("{} updates are", done.updates) };
    say::line(&format!("{updates} part of the base now; servers that run keep what they have"));
    for build in done.dropped {
        say::line(&format!("build {build} cannot be used any more: it needs the base that was"));
    }
    say::line("hint: sudo left4me-setup game prune removes what nobody uses any more");
    Ok(ExitCode::SUCCESS)
}

pub(super) fn prune(host: &Host, wait: bool) -> Result<ExitCode> {
    let done = prune::prune(host, &*report::reporter(Mode::Plain), wait)?;
    for (what, size) in &done.removed {
        say::line(&format!("removed {what}: {}", bytes(*size)));
    }
    for (what, users) in &done.refused {
        let why = if done.unknown.is_empty() { "mounted by" } else { "may be mounted by" };
        say::line(&format!("kept {what}: {why} {}", users.join(", ")));
    }
    if !done.unknown.is_empty() {
        say::line(&format!(
            "warning: which layers {} runs with is not known\nhint: sudo l4d2ctl restart {}, then prune again",
            done.unknown.join(", "),
            done.unknown.join(" ")
        ));
    }
    if done.removed.is_empty() && done.refused.is_empty() {
        say::line("there is nothing to remove");
    }
    Ok(ExitCode::SUCCESS)
}
