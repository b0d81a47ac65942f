//! The order of attempts that gets the game installed, or says exactly why not.
//!
//! Since 2024-11 an anonymous Linux install into an empty directory is refused ("Invalid platform",
//! lately "Missing configuration"). So: the client's own update alone; Linux; if that is refused, Linux with a
//! manifest that we have seeded, which costs seconds when it fails and saves 9.7 GB when it works; the Windows
//! files, which an anonymous login may have, without `validate`, for in 2026 Steam refused them with it; and
//! then Linux, which keeps and checks what those two have in common. Transient failures are retried where
//! they happened, and resume.

mod attempt;

pub use attempt::{Action, Attempt};

use crate::failure::{Class, Failure};
use std::time::Duration;

/// What is installed when it begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InstalledState {
    /// Nothing at all.
    Empty,
    /// Files, without a manifest.
    Files,
    /// A manifest of an install that was not finished, or not for Linux.
    Partial,
    /// The game.
    Complete,
}

/// How an attempt succeeded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Success {
    /// It did what it should.
    Done,
    /// The game is verified, and is the build that was there before.
    SameBuild,
    /// Steam did not say which build it offers.
    Unknown,
}

/// What to do next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Next {
    /// Run this after the pause; `because` is why it is not the first attempt.
    Run {
        /// The attempt.
        attempt: Attempt,
        /// How long to wait first.
        pause: Duration,
        /// The failure that led here.
        because: Option<Failure>,
    },
    /// The last attempt succeeded, and the game is verified.
    Done,
    /// No attempt is left that could help.
    GiveUp(Failure),
}

/// Which attempts were made, and what is known from them.
#[derive(Debug)]
pub struct InstallStrategy {
    attempt: Option<Attempt>,
    found: InstalledState,
    client_only: bool,
    /// Nothing but the question which build is on offer.
    check_only: bool,
    anonymous: bool,
    /// The Linux files are validated from now on.
    validate: bool,
    /// They were because of a failure, which is tried once.
    validated: bool,
    seeded: bool,
    /// The Windows files were tried with `validate`, which is tried once.
    windows_validated: bool,
    windows_done: bool,
    update_checks: u32,
    retries: u32,
    back_offs: u32,
    pauses: Pauses,
}

/// How long to wait before another attempt.
#[derive(Debug, Clone, Copy)]
pub struct Pauses {
    /// The first wait before a retry; it doubles up to six times itself.
    pub retry: Duration,
    /// After "Rate Limit Exceeded"; shorter waits prolong the limit.
    pub back_off: Duration,
}

impl Pauses {
    /// With the back-off that Steam's rate limit asks for.
    pub fn new(retry: Duration) -> Pauses {
        Pauses { retry, back_off: Duration::from_secs(31 * 60) }
    }
}

const BACK_OFFS: u32 = 2;
/// Sessions that ask for the build on offer; the first one may only make Steam send it.
const UPDATE_CHECKS: u32 = 2;

impl InstallStrategy {
    /// From what was `found` to the latest build. `repair`: validate what is there.
    pub fn new(found: InstalledState, repair: bool, anonymous: bool, pauses: Pauses) -> InstallStrategy {
        InstallStrategy {
            attempt: None,
            found,
            client_only: false,
            check_only: false,
            anonymous,
            validate: repair || matches!(found, InstalledState::Files | InstalledState::Partial),
            validated: false,
            seeded: false,
            windows_validated: false,
            windows_done: false,
            update_checks: 0,
            retries: 0,
            back_offs: 0,
            pauses,
        }
    }

    /// The client's own update and nothing else.
    pub fn client_update(pauses: Pauses) -> InstallStrategy {
        InstallStrategy {
            client_only: true,
            ..InstallStrategy::new(InstalledState::Empty, false, true, pauses)
        }
    }

    /// The question which build Steam offers, and nothing else.
    pub fn update_check(pauses: Pauses) -> InstallStrategy {
        InstallStrategy {
            check_only: true,
            ..InstallStrategy::new(InstalledState::Complete, false, true, pauses)
        }
    }

    /// The next step, given how the last attempt ended (ignored before the first).
    pub fn next(&mut self, last: Result<Success, Failure>) -> Next {
        let Some(attempt) = self.attempt else {
            if self.check_only {
                return self.check_for_update();
            }
            let first =
                if self.found == InstalledState::Complete { self.linux() } else { Attempt::Bootstrap };
            return self.start(first, None);
        };
        match (attempt, last) {
            (Attempt::Bootstrap, Ok(_)) if self.client_only => Next::Done,
            (Attempt::Bootstrap, Ok(_)) => self.start(self.linux(), None),
            (Attempt::Windows { .. }, Ok(_)) => {
                self.windows_done = true;
                self.validate = true;
                self.start(self.linux(), None)
            }
            (Attempt::Linux { .. } | Attempt::Seeded { .. }, Ok(Success::SameBuild)) => {
                self.check_for_update()
            }
            (Attempt::UpdateCheck, Ok(Success::Unknown)) if self.update_checks < UPDATE_CHECKS => {
                self.check_for_update()
            }
            (Attempt::Linux { .. } | Attempt::Seeded { .. } | Attempt::UpdateCheck, Ok(_)) => Next::Done,
            (attempt, Err(failure)) => self.after_failure(attempt, failure),
        }
    }

    fn check_for_update(&mut self) -> Next {
        self.update_checks += 1;
        self.start(Attempt::UpdateCheck, None)
    }

    fn after_failure(&mut self, attempt: Attempt, failure: Failure) -> Next {
        match attempt {
            Attempt::Linux { .. } if self.is_refused(&failure) => return self.detour(failure),
            Attempt::Seeded { .. } if failure.is_refusal() => return self.windows(failure),
            Attempt::Windows { .. } if failure == Failure::MissingConfiguration => {
                return self.retry_windows(failure);
            }
            // A client that crashes at the end of its first own update works at the next start.
            Attempt::Bootstrap
                if !self.client_only
                    && matches!(failure.class(), Class::Retry(_))
                    && !matches!(failure, Failure::Bootstrap(_) | Failure::Stalled(_)) =>
            {
                return self.start(self.linux(), Some(failure));
            }
            _ => {}
        }
        match failure.class() {
            Class::Retry(most) if self.retries < most => self.retry(attempt, failure),
            Class::ReplaceManifest if self.retries < 1 => self.retry(attempt, failure),
            Class::ReplaceManifest if !self.seeded => {
                self.seeded = true;
                self.start(Attempt::Seeded { replace: true }, Some(failure))
            }
            Class::Validate if !self.validated => {
                self.validated = true;
                if matches!(attempt, Attempt::Windows { .. }) {
                    return self.start(Attempt::Windows { validate: true }, Some(failure));
                }
                self.validate = true;
                self.start(self.linux(), Some(failure))
            }
            Class::BackOff if self.back_offs < BACK_OFFS && !self.check_only => {
                self.back_offs += 1;
                Next::Run { attempt, pause: self.pauses.back_off, because: Some(failure) }
            }
            _ => Next::GiveUp(failure),
        }
    }

    /// An anonymous login is shown no Linux version, or no data, for a directory without the game.
    fn is_refused(&self, failure: &Failure) -> bool {
        self.found != InstalledState::Complete
            && self.anonymous
            && !self.windows_done
            && matches!(failure, Failure::InvalidPlatform | Failure::MissingConfiguration)
    }

    fn detour(&mut self, failure: Failure) -> Next {
        if self.seeded || self.found == InstalledState::Partial {
            return self.windows(failure);
        }
        self.seeded = true;
        self.start(Attempt::Seeded { replace: false }, Some(failure))
    }

    fn windows(&mut self, failure: Failure) -> Next {
        if self.anonymous && !self.windows_done {
            return self.start(Attempt::Windows { validate: false }, Some(failure));
        }
        Next::GiveUp(failure)
    }

    /// Once with `validate`, and then without it, as long as other retries take.
    fn retry_windows(&mut self, failure: Failure) -> Next {
        if !self.windows_validated {
            self.windows_validated = true;
            return self.start(Attempt::Windows { validate: true }, Some(failure));
        }
        match failure.class() {
            Class::Retry(most) if self.retries < most => {
                self.retry(Attempt::Windows { validate: false }, failure)
            }
            _ => Next::GiveUp(failure),
        }
    }

    fn linux(&self) -> Attempt {
        Attempt::Linux { validate: self.validate }
    }

    fn start(&mut self, attempt: Attempt, because: Option<Failure>) -> Next {
        self.attempt = Some(attempt);
        self.retries = 0;
        Next::Run { attempt, pause: Duration::ZERO, because }
    }

    fn retry(&mut self, attempt: Attempt, failure: Failure) -> Next {
        let first = self.pauses.retry;
        let pause = first.saturating_mul(1 << self.retries.min(6)).min(first.saturating_mul(6));
        self.attempt = Some(attempt);
        self.retries += 1;
        Next::Run { attempt, pause, because: Some(failure) }
    }
}

#[cfg(test)]
mod tests;
