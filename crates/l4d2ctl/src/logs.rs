//! `logs`: copies the journal helper's output, and ends together with the helper.
//!
//! The helper is root's process below sudo: we cannot send it a signal, and if sudo gives it a terminal of its own,
//! Ctrl-C reaches it only through sudo. So a signal ends the reading here; the broken pipe then ends the helper; and
//! we end last, when nobody writes any more.
//!
//! A server may write anything, so its output is made printable on the way, unless --raw is given.

use crate::helper::{self, Journal, Part};
use crate::instances;
use crate::signals::Signals;
use left4me::layout::Layout;
use left4me::name::InstanceName;
use left4me::output::note;
use left4me::printable;
use left4me::{Context, Error, Result, child};
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use rustix::process::{Pid, PidfdFlags, pidfd_open};
use std::io::{ErrorKind, Read, Write};
use std::os::fd::AsFd;
use std::process::{Child, ChildStdout, ExitCode, Stdio};

/// A pipe that is ready takes this much without blocking.
const CHUNK: usize = 4096;
/// How long a helper may take to notice that nobody reads any more, in milliseconds.
const PATIENCE: u16 = 5000;

/// What ended first.
enum Ended {
    Helper,
    Reader,
    Signal(u8),
}

/// Shows an instance's journal. Ctrl-C gives exit code 130; a reader who leaves is no error.
pub fn logs(layout: &Layout, name: &str, part: &Part, raw: bool) -> Result<ExitCode> {
    let name = InstanceName::parse(name)?;
    instances::require(layout, &name)?;
    // Children start with an empty signal mask, whatever ours is.
    let signals = Signals::block()?;
    let mut helper = helper::journalctl(Journal::Server, &name, part)
        .stdout(Stdio::piped())
        .spawn()
        .context(|| "cannot run the journal helper".into())?;
    let from = helper.stdout.take().ok_or_else(|| Error::new("the journal helper has no output"))?;
    match copy(from, &signals, raw).context(|| "cannot read the journal".into())? {
        Ended::Helper => {
            let status = helper.wait().context(|| "cannot wait for the journal helper".into())?;
            // Its message is on standard error already.
            if !status.success() && matches!(part.from, helper::From::Since(_)) {
                note("--since takes a time such as 1h, '2 days ago', yesterday, 18:00 or '2026-11-24 18:00'");
            }
            Ok(ExitCode::from(child::exit_code(status)))
        }
        Ended::Reader => {
            wait_briefly(&mut helper);
            Ok(ExitCode::SUCCESS)
        }
        Ended::Signal(number) => {
            wait_briefly(&mut helper);
            Ok(ExitCode::from(128 + number))
        }
    }
}

/// A time as journalctl expects it: people type `1h` for what systemd calls `-1h`.
pub fn since(text: &str) -> String {
    let unit = text.trim_start_matches(|c: char| c.is_ascii_digit());
    let is_span = unit.len() < text.len() && ["s", "m", "min", "h", "d", "w"].contains(&unit);
    if is_span { format!("-{text}") } else { text.to_owned() }
}

/// Copies until one of the three ends, and closes `from`.
fn copy(mut from: ChildStdout, signals: &Signals, raw: bool) -> std::io::Result<Ended> {
    let mut printable = printable::Stream::default();
    let mut buffer = [0; CHUNK];
    loop {
        if let Some(ended) = wait(&from, PollFlags::POLLIN, std::io::stdout(), PollFlags::empty(), signals)? {
            return Ok(ended);
        }
        let length = match from.read(&mut buffer) {
            Ok(length) => length,
            Err(e) if e.kind() == ErrorKind::Interrupted => continue,
            Err(e) => return Err(e),
        };
        let ended = match (length, raw) {
            (0, _) => write(&from, printable.finish().as_bytes(), signals)?.or(Some(Ended::Helper)),
            (_, true) => write(&from, &buffer[..length], signals)?,
            (_, false) => write(&from, printable.push(&buffer[..length]).as_bytes(), signals)?,
        };
        if let Some(ended) = ended {
            return Ok(ended);
        }
    }
}

/// Writes the whole text; returns what ended meanwhile.
fn write(from: &ChildStdout, text: &[u8], signals: &Signals) -> std::io::Result<Option<Ended>> {
    let mut out = std::io::stdout().lock();
    for piece in text.chunks(CHUNK) {
        // A slow reader, or a terminal stopped with Ctrl-S, must not block a signal.
        if let Some(ended) = wait(from, PollFlags::empty(), &out, PollFlags::POLLOUT, signals)? {
            return Ok(Some(ended));
        }
        if out.write_all(piece).and_then(|()| out.flush()).is_err() {
            return Ok(Some(Ended::Reader));
        }
    }
    Ok(None)
}

/// Waits until one side is ready; returns what ended meanwhile, because a reader may leave while the log is quiet.
fn wait(
    from: &ChildStdout,
    input: PollFlags,
    out: impl AsFd,
    output: PollFlags,
    signals: &Signals,
) -> std::io::Result<Option<Ended>> {
    let mut all = [
        PollFd::new(signals.as_fd(), PollFlags::POLLIN),
        PollFd::new(out.as_fd(), output),
        PollFd::new(from.as_fd(), input),
    ];
    // While we wait for the output, the helper's hang-up must not end the wait.
    let watched = if input.is_empty() { &mut all[..2] } else { &mut all[..] };
    poll(watched, PollTimeout::NONE)?;
    if all[0].any() == Some(true) {
        let number = signals.pending().and_then(|signal| u8::try_from(signal).ok());
        return Ok(number.map(Ended::Signal));
    }
    let is_gone = |state: PollFlags| state.intersects(PollFlags::POLLERR | PollFlags::POLLHUP);
    Ok(all[1].revents().is_some_and(is_gone).then_some(Ended::Reader))
}

/// The helper ends by itself now, as nobody reads what it says; if it is stuck, we do not wait for ever.
pub fn wait_briefly(helper: &mut Child) {
    let process = i32::try_from(helper.id()).ok().and_then(Pid::from_raw);
    let Some(Ok(process)) = process.map(|process| pidfd_open(process, PidfdFlags::empty())) else { return };
    let mut ended = [PollFd::new(process.as_fd(), PollFlags::POLLIN)];
    if poll(&mut ended, PATIENCE).is_ok_and(|ready| ready > 0) {
        let _ = helper.wait();
    }
}
