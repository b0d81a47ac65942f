//! One SteamCMD process: on a terminal of its own, in a session of its own, as the runtime user.
//!
//! On a pipe SteamCMD says nothing until it ends, so it gets a pseudo-terminal. Its session is its
//! own so that a signal reaches the client and not only the start script in front of it.

mod event_filter;
pub mod process;
mod transcript;

pub use transcript::Transcript;

use crate::failure::Exit;
use crate::outcome::SessionOutcome;
use crate::output::{Event, Parser, Prompt};
use crate::secret::{Scrubber, Secret};
use crate::signals::Signals;
use event_filter::EventFilter;
use left4me::host::Host;
use left4me::{Context, Error, ErrorKind, Result};
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::signal::Signal;
use std::fs::File;
use std::io::{Read, Write};
use std::os::fd::{AsFd, BorrowedFd};
use std::process::Child;
use std::time::{Duration, Instant};

/// What is reported while SteamCMD runs.
pub enum SessionEvent<'a> {
    /// It printed something that matters.
    Output(&'a Event),
    /// Nothing has moved for this long; reported about once a second.
    Idle(Duration),
}

/// What came of a session, and how it ended.
pub struct SessionResult {
    pub outcome: SessionOutcome,
    pub exit: Exit,
}

/// Gives what a prompt asks for, or nothing; stops asking when the descriptor becomes readable.
pub type Answer<'a> = dyn FnMut(Prompt, BorrowedFd) -> Result<Option<Secret>> + 'a;

/// When SteamCMD, which may be hostile, is terminated.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// After this long without progress.
    pub stall: Duration,
    /// After this long in all.
    pub longest: Duration,
    /// After this many bytes of output.
    pub output: u64,
}

impl Limits {
    /// At 1 Mbit/s the game takes 22 hours, and 64 MiB hold 700,000 lines of progress.
    pub fn with_stall(stall: Duration) -> Limits {
        Limits { stall, longest: Duration::from_secs(48 * 3600), output: 64 << 20 }
    }
}

/// One run of SteamCMD.
pub struct Session<'a> {
    pub arguments: &'a [String],
    pub limits: Limits,
    /// Takes the raw output, without secrets.
    pub transcript: &'a mut Transcript,
    pub answer: &'a mut Answer<'a>,
}

/// Runs SteamCMD to its end.
///
/// A prompt that has no answer ends it. A SIGINT or SIGTERM to us ends the whole session and then us,
/// with exit code 130 or 143; what was downloaded stays and the next run resumes.
pub fn run(host: &Host, session: Session, on: &mut dyn FnMut(SessionEvent)) -> Result<SessionResult> {
    let (mut child, terminal) = process::spawn(host, session.arguments)?;
    // After the child, which would inherit the blocked signals. One that comes in between ends us at
    // once, and the closed terminal ends the child.
    let signals = Signals::block()?;
    let mut state = SessionState::new(session);
    let end = state.run(&mut child, File::from(terminal), &signals, on);
    if !matches!(end, Ok(End::Session(Exit::Code(_) | Exit::Signal(_)))) {
        process::terminate(&mut child);
    }
    let exit = match end? {
        End::Session(exit) => exit,
        End::Signal(signal) => {
            return Err(Error::new("interrupted; what was downloaded is kept")
                .hint("run it again; it resumes")
                .with_kind(ErrorKind::Interrupted(signal as i32)));
        }
    };
    Ok(SessionResult { outcome: state.finish(on)?, exit })
}

enum End {
    /// The session's end, by itself or by us.
    Session(Exit),
    /// Ours.
    Signal(Signal),
}

struct SessionState<'a> {
    session: Session<'a>,
    parser: Parser,
    scrubber: Scrubber,
    events: EventFilter,
    outcome: SessionOutcome,
    started_at: Instant,
    progressed_at: Instant,
    output: u64,
    prompt: Option<Prompt>,
}

impl<'a> SessionState<'a> {
    fn new(session: Session<'a>) -> SessionState<'a> {
        SessionState {
            session,
            parser: Parser::default(),
            scrubber: Scrubber::default(),
            events: EventFilter::default(),
            outcome: SessionOutcome::default(),
            started_at: Instant::now(),
            progressed_at: Instant::now(),
            output: 0,
            prompt: None,
        }
    }

    /// Until the process has ended or has to be ended.
    fn run(
        &mut self,
        child: &mut Child,
        mut terminal: File,
        signals: &Signals,
        on: &mut dyn FnMut(SessionEvent),
    ) -> Result<End> {
        // As much as a pseudo-terminal gives at once.
        let mut buffer = [0u8; 4096];
        loop {
            let readable = wait_for(&terminal, signals)?;
            if let Some(signal) = signals.pending() {
                return Ok(End::Signal(signal));
            }
            if readable {
                match terminal.read(&mut buffer) {
                    // EIO: nobody has the terminal open any more.
                    Ok(0) | Err(_) => return self.wait_for_exit(child, signals, on),
                    Ok(count) => {
                        let clean = self.scrubber.push(&buffer[..count]);
                        self.take_output(&clean, on)?;
                    }
                }
            } else if let Some(exit) = process::exit_of(child)? {
                // It ended, but something it started keeps the terminal open.
                return Ok(End::Session(exit));
            } else {
                let rest = self.scrubber.flush();
                self.take_output(&rest, on)?;
            }
            if let Some(prompt) = self.prompt.take()
                && let Some(end) = self.reply(prompt, &mut terminal, signals)?
            {
                return Ok(end);
            }
            if let Some(end) = self.check_limits(on) {
                return Ok(end);
            }
        }
    }

    /// The process when its terminal is gone: it ends within moments, unless it is hostile.
    fn wait_for_exit(
        &mut self,
        child: &mut Child,
        signals: &Signals,
        on: &mut dyn FnMut(SessionEvent),
    ) -> Result<End> {
        let process = process::pidfd(child)?;
        loop {
            if let Some(exit) = process::exit_of(child)? {
                return Ok(End::Session(exit));
            }
            if wait_for(&process, signals)? {
                // Dead, and perhaps traced by one of its own: then it is not ours yet.
                std::thread::sleep(Duration::from_millis(20));
            }
            if let Some(signal) = signals.pending() {
                return Ok(End::Signal(signal));
            }
            if let Some(end) = self.check_limits(on) {
                return Ok(end);
            }
        }
    }

    fn check_limits(&self, on: &mut dyn FnMut(SessionEvent)) -> Option<End> {
        let Limits { stall, longest, output } = self.session.limits;
        let quiet = self.progressed_at.elapsed();
        if self.output > output {
            return Some(End::Session(Exit::OutputLimit(output)));
        }
        if self.started_at.elapsed() >= longest {
            return Some(End::Session(Exit::TimedOut(longest.as_secs())));
        }
        if quiet >= stall {
            return Some(End::Session(Exit::Stalled(stall.as_secs())));
        }
        if quiet >= Duration::from_secs(1) {
            on(SessionEvent::Idle(quiet));
        }
        None
    }

    fn take_output(&mut self, bytes: &[u8], on: &mut dyn FnMut(SessionEvent)) -> Result<()> {
        self.output += bytes.len() as u64;
        self.session.transcript.add(bytes)?;
        let SessionState { parser, events, outcome, progressed_at, prompt, .. } = self;
        parser.push(bytes, &mut |event| {
            if let Event::Prompt(asked) = event {
                *prompt = Some(asked);
            }
            outcome.observe(&event);
            if events.accept(event, &mut |event| on(SessionEvent::Output(event))) {
                *progressed_at = Instant::now();
            }
        });
        Ok(())
    }

    /// Types the answer to a prompt. The echo is off, and if the client shows the answer, it is struck out.
    fn reply(&mut self, prompt: Prompt, terminal: &mut File, signals: &Signals) -> Result<Option<End>> {
        let answer = (self.session.answer)(prompt, signals.fd.as_fd())?;
        if let Some(signal) = signals.pending() {
            return Ok(Some(End::Signal(signal)));
        }
        let Some(secret) = answer else { return Ok(Some(End::Session(Exit::Unanswered))) };
        self.scrubber.add(&secret);
        terminal
            .write_all(secret.bytes())
            .and_then(|()| terminal.write_all(b"\n"))
            .context(|| "cannot answer SteamCMD's prompt".into())?;
        self.progressed_at = Instant::now();
        Ok(None)
    }

    fn finish(mut self, on: &mut dyn FnMut(SessionEvent)) -> Result<SessionOutcome> {
        let rest = self.scrubber.flush();
        self.take_output(&rest, on)?;
        let SessionState { mut parser, mut events, mut outcome, .. } = self;
        parser.finish(&mut |event| {
            outcome.observe(&event);
            events.accept(event, &mut |event| on(SessionEvent::Output(event)));
        });
        Ok(outcome)
    }
}

/// Waits a second at most for it or a signal; returns whether it can be read.
fn wait_for(it: &impl AsFd, signals: &Signals) -> Result<bool> {
    let mut fds =
        [PollFd::new(it.as_fd(), PollFlags::POLLIN), PollFd::new(signals.fd.as_fd(), PollFlags::POLLIN)];
    match poll(&mut fds, PollTimeout::from(1000u16)) {
        Ok(_) | Err(nix::Error::EINTR) => {}
        Err(e) => return Err(e).context(|| "cannot wait for SteamCMD's output".into()),
    }
    Ok(fds[0].revents().is_some_and(|r| !r.is_empty()))
}
