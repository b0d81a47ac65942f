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
    /// The update never started, whatever SteamCMD prints after that.
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

#[cfg(test)]
mod tests {
    use super::*;
    use left4me::app_state::AppState;

    fn outcome(events: &[Event]) -> SessionOutcome {
        let mut outcome = SessionOutcome::default();
        events.iter().for_each(|event| outcome.observe(event));
        outcome
    }

    const SUCCESS: Event = Event::Success { app: APP, already: false };

    #[test]
    fn a_restart_forgets_what_was_before() {
        let failed = Event::Error("AppInfo".into());
        assert!(outcome(&[SUCCESS, Event::Restart]).installed(Exit::Code(0)).is_err());
        assert!(outcome(&[failed.clone(), Event::Restart]).client_updated(Exit::Code(0)).is_ok());
        assert!(outcome(&[failed]).client_updated(Exit::Code(0)).is_err());
    }

    #[test]
    fn another_apps_success_does_not_count() {
        assert!(outcome(&[SUCCESS]).installed(Exit::Code(0)).is_ok());
        assert!(outcome(&[Event::Success { app: 1, already: false }]).installed(Exit::Code(0)).is_err());
    }

    #[test]
    fn the_clients_update_needs_exit_code_0_and_no_error() {
        let fatal = Event::BootstrapFatal("x".into());
        assert_eq!(outcome(&[]).client_updated(Exit::Code(0)), Ok(()));
        assert_eq!(outcome(&[fatal]).client_updated(Exit::Code(0)), Err(Failure::Bootstrap("x".into())));
        for exit in [Exit::Code(254), Exit::Signal(11), Exit::Stalled(1), Exit::TimedOut(1)] {
            assert!(outcome(&[]).client_updated(exit).is_err(), "{exit:?}");
        }
    }

    #[test]
    fn the_build_on_offer_is_that_of_our_app() {
        let info = |app, build: &str| Event::AppInfo { app, build: Some(build.into()) };
        assert_eq!(outcome(&[info(APP, "7"), info(1, "8")]).offered().as_deref(), Some("7"));
        assert_eq!(outcome(&[info(1, "8")]).offered(), None);
    }

    /// Whether an update had begun decides what its end means.
    #[test]
    fn an_update_has_begun_once_bytes_are_reserved_or_moved() {
        let moved = |state, done| {
            let update = Event::Update { state, phase: String::new(), basis_points: 0, done, total: 9 };
            let failure = outcome(&[update, Event::StateAfterUpdate(0x402)]).installed(Exit::Code(8));
            let Err(Failure::State { state: AppState(0x402), moved }) = failure else {
                panic!("{failure:?}")
            };
            moved
        };
        for (state, is_work) in [
            (0x1, false),
            (0x5, false),
            (0x401, false),
            (0x11, true),
            (0x21, true),
            (0x41, true),
            (0x81, true),
            (0x101, true),
        ] {
            assert_eq!(moved(state, 1), is_work, "{state:#x}");
            assert!(!moved(state, 0), "{state:#x}, nothing done");
        }
    }
}
