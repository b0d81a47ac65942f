//! The order of attempts that gets the game installed, or says exactly why not.
//!
//! Since 2024-11 an anonymous Linux install into an empty directory is refused ("Invalid platform",
//! lately "Missing configuration"). So: the client's own update alone; Linux; if that is refused, Linux with a
//! manifest that we have seeded, which costs seconds when it fails and saves 9.7 GB when it works; the Windows
//! files, which an anonymous login may have, without `validate`, for in 2026 Steam refused them with it; and
//! then Linux, which keeps and checks what those two have in common. Transient failures are retried where
//! they happened, and resume.

use super::failure::{Class, Failure};
use std::fmt;
use std::time::Duration;

/// One attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rung {
    /// SteamCMD updates itself and quits.
    Bootstrap,
    /// The Linux files; with `validate`, everything on disk is hashed and repaired.
    Linux {
        /// Hash and repair what is there.
        validate: bool,
    },
    /// The Linux files, with `validate`, after a manifest was written that makes it an update.
    Seeded {
        /// Steam's own manifest is there, and is set aside.
        replace: bool,
    },
    /// The Windows files, which an anonymous login may have.
    Windows {
        /// Hash and repair what is there.
        validate: bool,
    },
    /// Steam is asked for the build that it offers; nothing is changed.
    Offer,
}

impl fmt::Display for Rung {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Rung::Bootstrap => "client update",
            Rung::Linux { validate: false } => "linux",
            Rung::Linux { validate: true } => "linux, validate",
            Rung::Seeded { .. } => "linux, seeded manifest",
            Rung::Windows { validate: false } => "windows",
            Rung::Windows { validate: true } => "windows, validate",
            Rung::Offer => "build on offer",
        })
    }
}

/// What is installed when it begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Found {
    /// Nothing at all.
    Nothing,
    /// Files, without a manifest.
    Files,
    /// A manifest of an install that was not finished, or not for Linux.
    Part,
    /// The game.
    Game,
}

/// How an attempt went well.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Success {
    /// It did what it should.
    Done,
    /// The game is proven to be there, and is the build that was there before.
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
        rung: Rung,
        /// How long to wait first.
        pause: Duration,
        /// The failure that led here.
        because: Option<Failure>,
    },
    /// The last attempt succeeded and was proven.
    Done,
    /// No attempt is left that could help.
    GiveUp(Failure),
}

/// The state of climbing.
#[derive(Debug)]
pub struct Ladder {
    rung: Option<Rung>,
    found: Found,
    client_only: bool,
    anonymous: bool,
    /// The Linux files are validated from now on.
    validate: bool,
    /// They were because of a failure, which is tried once.
    validated: bool,
    seeded: bool,
    /// The Windows files were tried with `validate`, which is tried once.
    windows_validated: bool,
    windows_done: bool,
    asked: u32,
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
const ASKS: u32 = 2;

impl Ladder {
    /// From what was `found` to the latest build. `repair`: validate what is there.
    pub fn new(found: Found, repair: bool, anonymous: bool, pauses: Pauses) -> Ladder {
        Ladder {
            rung: None,
            found,
            client_only: false,
            anonymous,
            validate: repair || matches!(found, Found::Files | Found::Part),
            validated: false,
            seeded: false,
            windows_validated: false,
            windows_done: false,
            asked: 0,
            retries: 0,
            back_offs: 0,
            pauses,
        }
    }

    /// The client's own update and nothing else.
    pub fn client(pauses: Pauses) -> Ladder {
        Ladder { client_only: true, ..Ladder::new(Found::Nothing, false, true, pauses) }
    }

    /// The next step, given how the last attempt ended (ignored before the first).
    pub fn next(&mut self, last: Result<Success, Failure>) -> Next {
        let Some(rung) = self.rung else {
            let first = if self.found == Found::Game { self.linux() } else { Rung::Bootstrap };
            return self.run(first, None);
        };
        match (rung, last) {
            (Rung::Bootstrap, Ok(_)) if self.client_only => Next::Done,
            (Rung::Bootstrap, Ok(_)) => self.run(self.linux(), None),
            (Rung::Windows { .. }, Ok(_)) => {
                self.windows_done = true;
                self.validate = true;
                self.run(self.linux(), None)
            }
            (Rung::Linux { .. } | Rung::Seeded { .. }, Ok(Success::SameBuild)) => self.ask(),
            (Rung::Offer, Ok(Success::Unknown)) if self.asked < ASKS => self.ask(),
            (Rung::Linux { .. } | Rung::Seeded { .. } | Rung::Offer, Ok(_)) => Next::Done,
            (rung, Err(failure)) => self.after(rung, failure),
        }
    }

    fn ask(&mut self) -> Next {
        self.asked += 1;
        self.run(Rung::Offer, None)
    }

    fn after(&mut self, rung: Rung, failure: Failure) -> Next {
        match rung {
            Rung::Linux { .. } if self.is_refused(&failure) => return self.detour(failure),
            Rung::Seeded { .. } if failure.is_refusal() => return self.windows(failure),
            Rung::Windows { .. } if failure == Failure::MissingConfiguration => {
                return self.windows_again(failure);
            }
            // A client that crashes at the end of its first own update is well at the next start.
            Rung::Bootstrap
                if !self.client_only
                    && matches!(failure.class(), Class::Retry(_))
                    && !matches!(failure, Failure::Bootstrap(_) | Failure::Stalled(_)) =>
            {
                return self.run(self.linux(), Some(failure));
            }
            _ => {}
        }
        match failure.class() {
            Class::Retry(most) if self.retries < most => self.again(rung, failure),
            Class::SetAside if self.retries < 1 => self.again(rung, failure),
            Class::SetAside if !self.seeded => {
                self.seeded = true;
                self.run(Rung::Seeded { replace: true }, Some(failure))
            }
            Class::Validate if !self.validated => {
                self.validated = true;
                if matches!(rung, Rung::Windows { .. }) {
                    return self.run(Rung::Windows { validate: true }, Some(failure));
                }
                self.validate = true;
                self.run(self.linux(), Some(failure))
            }
            Class::BackOff if self.back_offs < BACK_OFFS => {
                self.back_offs += 1;
                Next::Run { rung, pause: self.pauses.back_off, because: Some(failure) }
            }
            _ => Next::GiveUp(failure),
        }
    }

    /// An anonymous login is shown no Linux version, or no data, for a directory without the game.
    fn is_refused(&self, failure: &Failure) -> bool {
        self.found != Found::Game
            && self.anonymous
            && !self.windows_done
            && matches!(failure, Failure::InvalidPlatform | Failure::MissingConfiguration)
    }

    fn detour(&mut self, failure: Failure) -> Next {
        if self.seeded || self.found == Found::Part {
            return self.windows(failure);
        }
        self.seeded = true;
        self.run(Rung::Seeded { replace: false }, Some(failure))
    }

    fn windows(&mut self, failure: Failure) -> Next {
        match self.anonymous && !self.windows_done {
            true => self.run(Rung::Windows { validate: false }, Some(failure)),
            false => Next::GiveUp(failure),
        }
    }

    /// Once with `validate`, and then without it, as long as other retries take.
    fn windows_again(&mut self, failure: Failure) -> Next {
        if !self.windows_validated {
            self.windows_validated = true;
            return self.run(Rung::Windows { validate: true }, Some(failure));
        }
        match failure.class() {
            Class::Retry(most) if self.retries < most => {
                self.again(Rung::Windows { validate: false }, failure)
            }
            _ => Next::GiveUp(failure),
        }
    }

    fn linux(&self) -> Rung {
        Rung::Linux { validate: self.validate }
    }

    fn run(&mut self, rung: Rung, because: Option<Failure>) -> Next {
        self.rung = Some(rung);
        self.retries = 0;
        Next::Run { rung, pause: Duration::ZERO, because }
    }

    fn again(&mut self, rung: Rung, failure: Failure) -> Next {
        let first = self.pauses.retry;
        let pause = first.saturating_mul(1 << self.retries.min(6)).min(first.saturating_mul(6));
        self.rung = Some(rung);
        self.retries += 1;
        Next::Run { rung, pause, because: Some(failure) }
    }
}

#[cfg(test)]
mod tests;
