//! `game export`: the game as one file.

use super::describe;
use crate::cli::WatchOptions;
use crate::commands::session::mode;
use crate::report;
use left4me::host::Host;
use left4me::{Result, shell};
use left4me_steam::archive::file::{self, Request};
use std::path::PathBuf;
use std::process::ExitCode;

/// How many paths that are left out are named.
const NAMED: usize = 5;

pub(super) fn export(host: &Host, to: PathBuf, force: bool, watch: &WatchOptions) -> Result<ExitCode> {
    let reporter = report::reporter(mode(watch.progress));
    let reporter = reporter.as_ref();
    let request = Request { to, force, wait: !watch.no_wait };
    let (game, exported) = file::export(host, &request, reporter)?;
    for left_out in exported.left_out.iter().take(NAMED) {
        reporter.problem(&format!("not exported: {left_out}"));
    }
    if let Some(more) = exported.left_out.len().checked_sub(NAMED).filter(|more| *more > 0) {
        reporter.problem(&format!("not exported: {more} more paths"));
    }
    let (shown, digest) = (request.to.display(), &exported.sha256);
    let files = exported.manifest.files.len();
    reporter.result(&format!("the game is exported to {shown}: {}, {files} files", describe(&game)));
    reporter.result(&format!("SHA-256 of its manifest: {digest}"));
    let name = shell::quote(&request.to);
    reporter
        .result(&format!("hint: on another host: sudo left4me-setup game import {name} --sha256 {digest}"));
    Ok(ExitCode::SUCCESS)
}
