//! One SteamCMD process: on a terminal of its own, in a session of its own, as the runtime user.
//!
//! On a pipe SteamCMD says nothing until it ends, so it gets a pseudo-terminal. Its session is its
//! own so that a signal reaches the client and not only the start script in front of it.

use super::process;
use super::secret::{Scrubber, Secret};
use super::signals::Signals;
use crate::host::Host;
use left4me_setup::steamcmd::failure::Exit;
use left4me_setup::steamcmd::output::{Event, Parser, Prompt};
use left4me_setup::{Context, Error, Result};
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::signal::Signal;
use std::fs::File;
use std::io::{Read, Write};
use std::os::fd::{AsFd, BorrowedFd};
use std::process::Child;
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
    let (mut child, terminal) = process::spawn(host, session.arguments)?;
    // After the child, which would inherit the blocked signals. One that comes in between ends us at
    // once, and the closed terminal ends the child.
    let signals = Signals::block()?;
    let stall = session.stall;
    let mut hearing = Hearing::of(session);
    let end = hearing.listen(&mut child, File::from(terminal), &signals, on);
    if !matches!(end, Ok(End::Exited(_))) {
        process::end(&mut child);
    }
    let exit = match end? {
        End::Exited(exit) => exit,
        End::Stalled => Exit::Stalled(stall.as_secs()),
        End::Unanswered => Exit::Unanswered,
        End::Signal(signal) => {
            return Err(Error::new("interrupted; what was downloaded is kept")
                .hint("run it again; it resumes")
                .code(128 + signal as u8));
        }
    };
    Ok(Heard { events: hearing.finish(on)?, exit })
}

enum End {
    Exited(Exit),
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

    /// Until the process has ended or has to be ended.
    fn listen(
        &mut self,
        child: &mut Child,
        mut terminal: File,
        signals: &Signals,
        on: &mut dyn FnMut(Said),
    ) -> Result<End> {
        let mut buffer = [0u8; 16 * 1024];
        loop {
            let readable = wait_for(&terminal, signals)?;
            if let Some(signal) = signals.pending() {
                return Ok(End::Signal(signal));
            }
            if readable {
                match terminal.read(&mut buffer) {
                    // EIO: nobody has the terminal open any more.
                    Ok(0) | Err(_) => return self.outlast(child, signals, on),
                    Ok(count) => {
                        let clean = self.scrubber.push(&buffer[..count]);
                        self.hear(&clean, on)?;
                    }
                }
            } else if let Some(exit) = process::ended(child)? {
                // It ended, but something it started keeps the terminal open.
                return Ok(End::Exited(exit));
            } else {
                let rest = self.scrubber.flush();
                self.hear(&rest, on)?;
            }
            if let Some(prompt) = self.asked.take()
                && let Some(end) = self.reply(prompt, &mut terminal, signals)?
            {
                return Ok(end);
            }
            if let Some(end) = self.check_stall(on) {
                return Ok(end);
            }
        }
    }

    /// The process when its terminal is gone: it ends within moments, unless it means harm.
    fn outlast(&mut self, child: &mut Child, signals: &Signals, on: &mut dyn FnMut(Said)) -> Result<End> {
        let process = process::descriptor(child)?;
        loop {
            if let Some(exit) = process::ended(child)? {
                return Ok(End::Exited(exit));
            }
            wait_for(&process, signals)?;
            if let Some(signal) = signals.pending() {
                return Ok(End::Signal(signal));
            }
            if let Some(end) = self.check_stall(on) {
                return Ok(end);
            }
        }
    }

    fn check_stall(&self, on: &mut dyn FnMut(Said)) -> Option<End> {
        let quiet = self.moved.elapsed();
        if quiet >= self.session.stall {
            return Some(End::Stalled);
        }
        if quiet >= Duration::from_secs(1) {
            on(Said::Quiet(quiet));
        }
        None
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

/// Keeps what decides; of a run of progress only the last, or hours would pile up.
fn remember(events: &mut Vec<Event>, event: Event) {
    let progress = |e: &Event| matches!(e, Event::Update { .. } | Event::Bootstrap { .. });
    match events.last_mut() {
        Some(last) if progress(last) && progress(&event) => *last = event,
        _ => events.push(event),
    }
}
