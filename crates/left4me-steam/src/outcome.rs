//! What came of a session, decided by its messages and by how it ended.

use crate::APP;
use crate::failure::{Exit, Failure, Refusal};
use crate::output::{Cause, Event};

/// What the messages so far say.
#[derive(Debug, Default)]
pub struct SessionOutcome {
    success: bool,
    /// The first reason is the cause; what follows are its consequences.
    failure: Option<Failure>,
    /// The update never started, whatever is said after that.
    not_started: bool,
    cause: Option<Cause>,
    moved: bool,
    /// The connection is being tried again, and nothing came of it yet.
    retrying: bool,
    confirming: bool,
    at_prompt: bool,
    offered: Option<String>,
}

impl SessionOutcome {
    /// Takes the next message.
    pub fn observe(&mut self, event: &Event) {
        self.at_prompt = matches!(event, Event::Prompt(_));
        match event {
            // The client starts again.
            Event::Restart => *self = SessionOutcome::default(),
            // Another app's success does not count. A success after an error cancels the error.
            Event::Success { app: APP, .. } => {
                self.success = true;
                self.failure = None;
            }
            Event::NotStarted => self.not_started = true,
            Event::Mentioned(cause) => _ = self.cause.get_or_insert(*cause),
            Event::Retrying => self.retrying = true,
            Event::LoggedIn => (self.retrying, self.confirming) = (false, false),
            Event::ConfirmInApp => self.confirming = true,
            Event::AppInfo { app: APP, build } => self.offered.clone_from(build),
            Event::Update { state, done, .. } => self.moved |= *done > 0 && is_work(*state),
            _ => {}
        }
        if self.failure.is_none() {
            self.failure = Failure::from_event(event, self.confirming, self.moved);
        }
    }

    /// The build that Steam offers, if it said so.
    pub fn offered(self) -> Option<String> {
        self.offered
    }

    /// Decides a session that should have installed the app: the success line, and no error after it.
    pub fn installed(self, exit: Exit) -> Result<(), Failure> {
        if let Some(failure) = self.ended_by_us(exit) {
            return Err(failure);
        }
        match (&self.failure, self.success) {
            (None, true) if !self.not_started => Ok(()),
            (None, _) if self.not_started => Err(self.explained(Failure::NotStarted)),
            _ => Err(self.reason(exit)),
        }
    }

    /// Decides a run without an app update (the self-update alone).
    pub fn client_updated(self, exit: Exit) -> Result<(), Failure> {
        match (&self.failure, exit) {
            (None, Exit::Code(0)) => Ok(()),
            _ => Err(self.ended_by_us(exit).unwrap_or_else(|| self.reason(exit))),
        }
    }

    /// It would have gone on for ever.
    fn ended_by_us(&self, exit: Exit) -> Option<Failure> {
        match exit {
            Exit::Unanswered => Some(Failure::PromptUnanswered),
            Exit::Stalled(_) if self.at_prompt => Some(Failure::PromptUnanswered),
            Exit::Stalled(seconds) if self.confirming => {
                let reason = format!("nothing happened for {seconds} s");
                Some(Failure::Login(Refusal::Unconfirmed, reason))
            }
            Exit::Stalled(seconds) => Some(self.explained(Failure::Stalled(seconds))),
            // Its messages are as unreliable as its behaviour.
            Exit::TimedOut(_) | Exit::OutputLimit(_) => Some(Failure::from_exit(exit)),
            Exit::Code(_) | Exit::Signal(_) => None,
        }
    }

    fn reason(&self, exit: Exit) -> Failure {
        let failure = self.failure.clone().unwrap_or_else(|| Failure::from_exit(exit));
        let no_reason = matches!(failure, Failure::Unexplained(_) | Failure::Login(Refusal::Other, _));
        if self.failure.is_none() && self.retrying && no_reason {
            return self.explained(Failure::Connection("SteamCMD retried in vain".into()));
        }
        self.explained(failure)
    }

    /// The cause that was mentioned before, unless the failure has a reason of its own.
    fn explained(&self, failure: Failure) -> Failure {
        let Some(cause) = self.cause else { return failure };
        let is_vague = match &failure {
            Failure::Bootstrap(_)
            | Failure::Refused(_)
            | Failure::NotStarted
            | Failure::Crashed(_)
            | Failure::Stalled(_)
            | Failure::Unexplained(_)
            | Failure::State { .. } => true,
            Failure::DiskWrite | Failure::BootstrapDisk(_) => cause == Cause::LargeFileSystem,
            Failure::Connection(_) | Failure::MissingConfiguration => cause != Cause::LargeFileSystem,
            _ => false,
        };
        if is_vague { Failure::Cause(cause) } else { failure }
    }
}

/// More than looking at what is there: bits of `EAppUpdateState` from "preallocating" on.
fn is_work(state: u32) -> bool {
    const WORK: u32 = 0x10 | 0x20 | 0x40 | 0x80 | 0x100;
    state & WORK != 0
}
