//! One SteamCMD process: on a terminal of its own, in a session of its own, as the runtime user.
//!
//! On a pipe SteamCMD says nothing until it ends, so it gets a pseudo-terminal. Its session is its
//! own so that a signal reaches the client and not only the start script in front of it.

use super::secret::{Scrubber, Secret};
use super::signals::Signals;
use crate::host::Host;
use left4me_setup::steamcmd::failure::Exit;
use left4me_setup::steamcmd::output::{Event, Parser, Prompt};
use left4me_setup::{Context, Error, Result};
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::pty::{Winsize, openpty};
use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;
use std::fs::File;
use std::io::{Read, Write};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::process::ExitStatusExt;
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

/// Gives what a prompt asks for, or nothing; stops asking when the descriptor becomes readable.
pub type Answer<'a> = dyn FnMut(Prompt, BorrowedFd) -> Result<Option<Secret>> + 'a;

/// One run of SteamCMD.
pub struct Session<'a> {
    pub arguments: &'a [String],
    /// Without any new event for this long, the process is ended.
    pub stall: Duration,
    /// Takes the raw output, without secrets.
    pub transcript: &'a mut File,
    pub answer: &'a mut Answer<'a>,
}

/// Runs SteamCMD to its end.
///
/// A prompt that has no answer ends it. A SIGINT or SIGTERM to us ends the whole session and then us,
/// with exit code 130 or 143; what was downloaded stays and the next run resumes.
pub fn run(host: &Host, session: Session, on: &mut dyn FnMut(Said)) -> Result<Heard> {
    let (mut child, terminal) = spawn(host, session.arguments)?;
    // After the child, which would inherit the blocked signals. One that comes in between ends us at
    // once, and the closed terminal ends the child.
    let signals = Signals::block()?;
    let stall = session.stall;
    let mut hearing = Hearing::of(session);
    let ended = hearing.listen(&mut child, File::from(terminal), &signals, on);
    let exit = match ended {
        Ok(None) => status(child.wait().context(|| "cannot wait for SteamCMD".into())?),
        Ok(Some(End::Stalled)) => {
            end_session(&mut child);
            Exit::Stalled(stall.as_secs())
        }
        Ok(Some(End::Unanswered)) => {
            end_session(&mut child);
            Exit::Unanswered
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
    Ok(Heard { events: hearing.finish(on)?, exit })
}

enum End {
    Stalled,
    Unanswered,
    Signal(Signal),
}

struct Hearing<'a> {
    session: Session<'a>,
    parser: Parser,
    scrubber: Scrubber,
    events: Vec<Event>,
    moved: Instant,
    asked: Option<Prompt>,
}

impl<'a> Hearing<'a> {
    fn of(session: Session<'a>) -> Hearing<'a> {
        Hearing {
            session,
            parser: Parser::default(),
            scrubber: Scrubber::default(),
            events: Vec::new(),
            moved: Instant::now(),
            asked: None,
        }
    }

    /// Until the process has ended (`None`) or has to be ended.
    fn listen(
        &mut self,
        child: &mut Child,
        mut terminal: File,
        signals: &Signals,
        on: &mut dyn FnMut(Said),
    ) -> Result<Option<End>> {
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
                    Ok(count) => {
                        let clean = self.scrubber.push(&buffer[..count]);
                        self.hear(&clean, on)?;
                    }
                }
            } else if child.try_wait().context(|| "cannot wait for SteamCMD".into())?.is_some() {
                // It ended, but something it started keeps the terminal open.
                return Ok(None);
            } else {
                let rest = self.scrubber.flush();
                self.hear(&rest, on)?;
            }
            if let Some(prompt) = self.asked.take()
                && let Some(end) = self.reply(prompt, &mut terminal, signals)?
            {
                return Ok(Some(end));
            }
            let quiet = self.moved.elapsed();
            if quiet >= self.session.stall {
                return Ok(Some(End::Stalled));
            }
            if quiet >= Duration::from_secs(1) {
                on(Said::Quiet(quiet));
            }
        }
    }

    fn hear(&mut self, bytes: &[u8], on: &mut dyn FnMut(Said)) -> Result<()> {
        self.session.transcript.write_all(bytes).context(|| "cannot write SteamCMD's transcript".into())?;
        let Hearing { parser, events, moved, asked, .. } = self;
        parser.push(bytes, &mut |event| {
            if let Event::Prompt(prompt) = event {
                *asked = Some(prompt);
            }
            // SteamCMD repeats an unchanged progress line; only a changed one is progress.
            if events.last() != Some(&event) {
                *moved = Instant::now();
                on(Said::Event(&event));
                remember(events, event);
            }
        });
        Ok(())
    }

    /// Types the answer to a prompt. Its echo is off, and should the client show it, it is struck out.
    fn reply(&mut self, prompt: Prompt, terminal: &mut File, signals: &Signals) -> Result<Option<End>> {
        let answer = (self.session.answer)(prompt, signals.fd.as_fd())?;
        if let Some(signal) = signals.pending() {
            return Ok(Some(End::Signal(signal)));
        }
        let Some(secret) = answer else { return Ok(Some(End::Unanswered)) };
        self.scrubber.add(&secret);
        terminal
            .write_all(secret.bytes())
            .and_then(|()| terminal.write_all(b"\n"))
            .context(|| "cannot answer SteamCMD's prompt".into())?;
        self.moved = Instant::now();
        Ok(None)
    }

    fn finish(mut self, on: &mut dyn FnMut(Said)) -> Result<Vec<Event>> {
        let rest = self.scrubber.flush();
        self.hear(&rest, on)?;
        let Hearing { mut parser, mut events, .. } = self;
        parser.finish(&mut |event| {
            on(Said::Event(&event));
            events.push(event);
        });
        Ok(events)
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
    // What is typed must not come back as output.
    let mut mode =
        rustix::termios::tcgetattr(&pty.slave).context(|| "cannot read the pseudo-terminal's mode".into())?;
    mode.local_modes -= rustix::termios::LocalModes::ECHO | rustix::termios::LocalModes::ECHONL;
    rustix::termios::tcsetattr(&pty.slave, rustix::termios::OptionalActions::Now, &mode)
        .context(|| "cannot set the pseudo-terminal's mode".into())?;
    let slave =
        || pty.slave.try_clone().map(Stdio::from).context(|| "cannot share the pseudo-terminal".into());
    let home = host.path(host.layout.root());
    // setsid(1) becomes the session's leader in place, so its PID is the process group to end. It comes
    // before the change of user: in our session that user could reach our terminal.
    let mut command = Command::new("/usr/bin/setsid");
    command.arg("--ctty");
    if host.can_own() {
        let user = host.runtime_user()?;
        command
            .arg("/usr/bin/setpriv")
            .args([format!("--reuid={}", user.uid), format!("--regid={}", user.gid)])
            .arg("--clear-groups");
    }
    command
        .arg(host.path(&host.layout.steamcmd_sh()))
        .args(arguments)
        .current_dir(&home)
        .stdin(slave()?)
        .stdout(slave()?)
        .stderr(slave()?);
    environment(&mut command, host);
    let child = command.spawn().context(|| "cannot start SteamCMD".into())?;
    Ok((child, pty.master))
}

/// Nothing of the caller's environment; localised output could not be understood.
pub fn environment(command: &mut Command, host: &Host) {
    command
        .env_clear()
        .env("HOME", host.path(host.layout.root()))
        .env("PATH", "/usr/local/bin:/usr/bin:/bin")
        .env("LC_ALL", "C")
        .env("TERM", "dumb");
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
