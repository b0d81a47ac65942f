//! The privileged helpers, called through sudo exactly as the web app calls them.

use left4me::helper::{UPDATE_GAME, exit};
use left4me::layout::LIBEXEC;
use left4me::name::InstanceName;
use left4me::{Context, Error, ErrorKind, Result, child, output};
use std::os::unix::process::CommandExt;
use std::process::{Command, ExitStatus, Output, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};

const SUDO: &str = "/usr/bin/sudo";

fn helper(name: &str) -> Command {
    let mut command = child::command(SUDO);
    command.args(["-n", &format!("{LIBEXEC}/{name}")]).stdin(Stdio::null());
    if IS_APART.load(Ordering::Relaxed) {
        command.process_group(0);
    }
    command
}

static IS_APART: AtomicBool = AtomicBool::new(false);

/// From now on, Ctrl-C reaches this program alone: the helper that starts a server again must not end with it.
pub fn keep_apart() {
    IS_APART.store(true, Ordering::Relaxed);
}

/// Runs `left4me-systemctl VERB NAME…` and captures its output.
pub fn systemctl(verb: &str, names: &[&InstanceName]) -> Result<Output> {
    helper("left4me-systemctl")
        .arg(verb)
        .args(names.iter().map(|name| name.as_str()))
        .output()
        .context(|| format!("cannot run {SUDO}"))
}

/// [`systemctl`], with an error and its standard error passed on if it fails.
pub fn systemctl_ok(verb: &str, names: &[&InstanceName]) -> Result<String> {
    let output = systemctl(verb, names)?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    output::pass_on(&output.stderr);
    Err(failed("left4me-systemctl", output.status))
}

/// Runs `left4me-overlay umount NAME`, which also removes what the kernel left in `work`.
pub fn unmount(name: &InstanceName) -> Result<Output> {
    let mut command = helper("left4me-overlay");
    command.args(["umount", name.as_str()]).output().context(|| format!("cannot run {SUDO}"))
}

/// The sentence that a helper ended with, without its name.
pub fn reason(helper: &str, output: &Output) -> String {
    let text = String::from_utf8_lossy(&output.stderr);
    let sentence = text.lines().next().unwrap_or_default();
    sentence.strip_prefix(&format!("{helper}: ")).unwrap_or(sentence).to_owned()
}

/// The error for a helper that ended with `status`.
pub fn failed(helper: &str, status: ExitStatus) -> Error {
    Error::new(format!("{helper} failed ({})", child::ending(status)))
        .hint("if sudo refused it, repair the host: sudo left4me-setup apply")
        .with_kind(kind(status))
}

/// Passes on what left4me-systemctl wrote about a failed start, except for lines that help nobody: links come and
/// go, and the journal of a failed mount says more than systemctl.
pub fn pass_on_start(stderr: &[u8]) {
    const NOISE: [&str; 3] = ["Created ", "Removed ", "A dependency job for "];
    let text = String::from_utf8_lossy(stderr);
    let lines = text.lines().filter(|line| !NOISE.iter().any(|noise| line.starts_with(noise)));
    lines.for_each(output::problem);
}

/// The kind of error for a helper that ended with `status`: its exit code is passed on, unless it only tells us
/// who failed.
pub fn kind(status: ExitStatus) -> ErrorKind {
    match child::exit_code(status) {
        exit::OWN_FAILURE => ErrorKind::Failed,
        code => ErrorKind::Exited(code),
    }
}

/// Whether the helper itself failed: systemd was not asked, or did what it was asked.
pub fn is_own_failure(status: ExitStatus) -> bool {
    exit::is_own(child::exit_code(status))
}

/// Whether sudo runs the helpers at all; asked after one failed. sudo's messages do not tell: some are only
/// warnings, and if it crashes there are none.
pub fn is_reachable() -> bool {
    helper("left4me-systemctl").arg("--version").output().is_ok_and(|answer| answer.status.success())
}

/// The error for a helper that sudo did not run.
pub fn unreachable(status: ExitStatus) -> Error {
    Error::new(format!("sudo did not run left4me-systemctl ({})", child::ending(status)))
        .hint("sudo left4me-setup doctor shows why; sudo left4me-setup apply restores the sudo rules")
        .with_kind(kind(status))
}

/// `left4me-systemctl update-game`, ready to run.
pub fn update_game() -> Command {
    let mut command = helper("left4me-systemctl");
    command.arg(UPDATE_GAME);
    command
}

/// `left4me-journalctl update-game`, ready to run: what the last update has said, or says now.
pub fn update_journal(follow: bool) -> Command {
    let mut command = helper("left4me-journalctl");
    command.args([UPDATE_GAME, if follow { "--follow" } else { "--no-follow" }]);
    command
}

/// Which journal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Journal {
    /// The game server's.
    Server,
    /// The mount's.
    Overlay,
}

/// Which part of a journal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// Where it begins.
    pub from: From,
    /// Whether to wait for new lines.
    pub follow: bool,
    /// Whether each line starts with its time and program.
    pub timestamps: bool,
}

/// Where a part of a journal begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum From {
    /// This many lines before its end.
    Lines(u32),
    /// At this time, as systemd.time(7) writes it.
    Since(String),
}

/// `left4me-journalctl`, ready to run.
pub fn journalctl(journal: Journal, name: &InstanceName, part: &Part) -> Command {
    let mut command = helper("left4me-journalctl");
    if journal == Journal::Overlay {
        command.arg("overlay");
    }
    command.arg(name.as_str());
    match &part.from {
        From::Lines(lines) => command.arg("--lines").arg(lines.to_string()),
        From::Since(time) => command.arg("--since").arg(time),
    };
    command.arg(if part.follow { "--follow" } else { "--no-follow" });
    if part.timestamps {
        command.arg("--timestamps");
    }
    command
}

/// The last lines of a journal; none if it cannot be read, because another error is being reported.
pub fn last_lines(journal: Journal, name: &InstanceName, lines: u32) -> Vec<String> {
    let part = Part { from: From::Lines(lines), follow: false, timestamps: false };
    match journalctl(journal, name, &part).stderr(Stdio::null()).output() {
        Ok(output) => String::from_utf8_lossy(&output.stdout).lines().map(str::to_owned).collect(),
        Err(_) => Vec::new(),
    }
}
