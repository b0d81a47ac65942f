//! One SteamCMD process: on a terminal of its own, in a session of its own, as the runtime user.
//!
//! On a pipe SteamCMD says nothing until it ends, so it gets a pseudo-terminal. Its session is its
//! own so that a signal reaches the client and not only the start script in front of it.

use crate::host::Host;
use left4me_setup::steamcmd::failure::Exit;
use left4me_setup::steamcmd::output::{Event, Parser};
use left4me_setup::{Context, Error, Result};
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::pty::{Winsize, openpty};
use nix::sys::signal::{SigSet, Signal, killpg};
use nix::sys::signalfd::{SfdFlags, SignalFd};
use nix::unistd::Pid;
use std::fs::File;
use std::io::{Read, Write};
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// What is reported while SteamCMD runs.
pub enum Said<'a> {
    /// It said something that matters.
    Event(&'a Event),
    /// Nothing has moved for this long; reported about once a second.
    Quiet(Duration),
}

/// Everything it said that matters, and how it ended.
pub struct Heard {
    pub events: Vec<Event>,
    pub exit: Exit,
}

/// How long the process may take to end after it was asked to.
const GRACE: Duration = Duration::from_secs(10);

/// Runs SteamCMD with `arguments` to its end.
///
/// The raw output goes to `transcript`. After `stall` without any new event the process is ended.
/// A SIGINT or SIGTERM to us ends the whole session and then us, with exit code 130 or 143; what was
/// downloaded stays and the next run resumes.
pub fn run(
    host: &Host,
    arguments: &[String],
    stall: Duration,
    transcript: &mut File,
    on: &mut dyn FnMut(Said),
) -> Result<Heard> {
    let (mut child, terminal) = spawn(host, arguments)?;
    // After the child, which would inherit the blocked signals. One that comes in between ends us at
    // once, and the closed terminal ends the child.
    let signals = Signals::block()?;
    let mut hearing = Hearing { parser: Parser::default(), events: Vec::new(), moved: Instant::now() };
    let ended = hearing.listen(&mut child, terminal, &signals, stall, transcript, on);
    let exit = match ended {
        Ok(None) => status(child.wait().context(|| "cannot wait for SteamCMD".into())?),
        Ok(Some(End::Stalled)) => {
            end_session(&mut child);
            Exit::Stalled(stall.as_secs())
        }
        Ok(Some(End::Signal(signal))) => {
            end_session(&mut child);
            return Err(Error::new("interrupted; what was downloaded is kept")
                .hint("run it again; it resumes")
                .code(128 + signal as u8));
        }
        Err(error) => {
            end_session(&mut child);
            return Err(error);
        }
    };
    let Hearing { mut parser, mut events, .. } = hearing;
    parser.finish(&mut |event| {
        on(Said::Event(&event));
        events.push(event);
    });
    Ok(Heard { events, exit })
}

enum End {
    Stalled,
    Signal(Signal),
}

struct Hearing {
    parser: Parser,
    events: Vec<Event>,
    moved: Instant,
}

impl Hearing {
    /// Until the process has ended (`None`) or has to be ended.
    fn listen(
        &mut self,
        child: &mut Child,
        terminal: OwnedFd,
        signals: &Signals,
        stall: Duration,
        transcript: &mut File,
        on: &mut dyn FnMut(Said),
    ) -> Result<Option<End>> {
        let mut terminal = File::from(terminal);
        let mut buffer = [0u8; 16 * 1024];
        loop {
            let mut fds = [
                PollFd::new(terminal.as_fd(), PollFlags::POLLIN),
                PollFd::new(signals.fd.as_fd(), PollFlags::POLLIN),
            ];
            match poll(&mut fds, PollTimeout::from(1000u16)) {
                Ok(_) | Err(nix::Error::EINTR) => {}
                Err(e) => return Err(e).context(|| "cannot wait for SteamCMD's output".into()),
            }
            let readable = fds[0].revents().is_some_and(|r| !r.is_empty());
            if let Some(signal) = signals.pending() {
                return Ok(Some(End::Signal(signal)));
            }
            if readable {
                match terminal.read(&mut buffer) {
                    // EIO: the last process on the terminal is gone.
                    Ok(0) | Err(_) => return Ok(None),
                    Ok(count) => self.hear(&buffer[..count], transcript, on)?,
                }
            } else if child.try_wait().context(|| "cannot wait for SteamCMD".into())?.is_some() {
                // It ended, but something it started keeps the terminal open.
                return Ok(None);
            }
            let quiet = self.moved.elapsed();
            if quiet >= stall {
                return Ok(Some(End::Stalled));
            }
            if quiet >= Duration::from_secs(1) {
                on(Said::Quiet(quiet));
            }
        }
    }

    fn hear(&mut self, bytes: &[u8], transcript: &mut File, on: &mut dyn FnMut(Said)) -> Result<()> {
        transcript.write_all(bytes).context(|| "cannot write SteamCMD's transcript".into())?;
        let (events, moved) = (&mut self.events, &mut self.moved);
        self.parser.push(bytes, &mut |event| {
            // SteamCMD repeats an unchanged progress line; only a changed one is progress.
            if events.last() != Some(&event) {
                *moved = Instant::now();
                on(Said::Event(&event));
                remember(events, event);
            }
        });
        Ok(())
    }
}

/// Keeps what decides; of a run of progress only the last, or hours would pile up.
fn remember(events: &mut Vec<Event>, event: Event) {
    let progress = |e: &Event| matches!(e, Event::Update { .. } | Event::Bootstrap { .. });
    match events.last_mut() {
        Some(last) if progress(last) && progress(&event) => *last = event,
        _ => events.push(event),
    }
}

fn spawn(host: &Host, arguments: &[String]) -> Result<(Child, OwnedFd)> {
    // Wide, so that the client never folds a line.
    let size = Winsize { ws_row: 50, ws_col: 500, ws_xpixel: 0, ws_ypixel: 0 };
    let pty = openpty(Some(&size), None).context(|| "cannot open a pseudo-terminal".into())?;
    // Not for the child: were the master open there, our own sudden end would not hang up on it.
    for end in [&pty.master, &pty.slave] {
        rustix::io::fcntl_setfd(end, rustix::io::FdFlags::CLOEXEC)
            .context(|| "cannot set up the pseudo-terminal".into())?;
    }
    let slave =
        || pty.slave.try_clone().map(Stdio::from).context(|| "cannot share the pseudo-terminal".into());
    let home = host.path(host.layout.root());
    // setsid(1) becomes the session's leader in place, so its PID is the process group to end.
    let mut command = Command::new("/usr/bin/setsid");
    command
        .arg("--ctty")
        .arg(host.path(&host.layout.steamcmd_sh()))
        .args(arguments)
        .env_clear()
        .env("HOME", &home)
        .env("PATH", "/usr/local/bin:/usr/bin:/bin")
        .env("LC_ALL", "C")
        .env("TERM", "dumb")
        .current_dir(&home)
        .stdin(slave()?)
        .stdout(slave()?)
        .stderr(slave()?);
    if host.can_own() {
        let user = host.runtime_user()?;
        // Given a uid, std also drops all supplementary groups.
        command.uid(user.uid).gid(user.gid);
    }
    let child = command.spawn().context(|| "cannot start SteamCMD".into())?;
    Ok((child, pty.master))
}

/// Ends the whole session: politely, then for good.
fn end_session(child: &mut Child) {
    let group = Pid::from_raw(child.id().cast_signed());
    let _ = killpg(group, Signal::SIGINT);
    let deadline = Instant::now() + GRACE;
    while Instant::now() < deadline {
        if matches!(child.try_wait(), Ok(Some(_))) {
            break;
        }
        // No event tells of a grandchild's end, and the child's SIGCHLD is not ours to take.
        std::thread::sleep(Duration::from_millis(20));
    }
    let _ = killpg(group, Signal::SIGKILL);
    let _ = child.wait();
}

fn status(status: std::process::ExitStatus) -> Exit {
    match (status.code(), status.signal()) {
        (Some(code), _) => Exit::Code(code),
        (None, signal) => Exit::Signal(signal.unwrap_or(0)),
    }
}

/// SIGINT and SIGTERM as something to wait for, as long as this lives.
struct Signals {
    fd: SignalFd,
    mask: SigSet,
}

impl Signals {
    fn block() -> Result<Signals> {
        let mut mask = SigSet::empty();
        mask.add(Signal::SIGINT);
        mask.add(Signal::SIGTERM);
        mask.add(Signal::SIGHUP);
        mask.thread_block()
            .and_then(|()| SignalFd::with_flags(&mask, SfdFlags::SFD_NONBLOCK | SfdFlags::SFD_CLOEXEC))
            .map(|fd| Signals { fd, mask })
            .context(|| "cannot take over signals".into())
    }

    fn pending(&self) -> Option<Signal> {
        let info = self.fd.read_signal().ok().flatten()?;
        Signal::try_from(info.ssi_signo.cast_signed()).ok()
    }
}

impl Drop for Signals {
    fn drop(&mut self) {
        let _ = self.mask.thread_unblock();
    }
}
