//! The order of attempts that gets the game installed, or says exactly why not.
//!
//! Since 2024-11 an anonymous Linux install into an empty directory is refused ("Invalid platform",
//! lately "Missing configuration"); installing the Windows files first gets through. So: the client's
//! own update alone; Linux; if refused on a fresh directory, Windows and then Linux. Transient errors
//! are tried again where they happened and resume.

use super::failure::{Class, Failure};
use std::fmt;
use std::time::Duration;

/// One attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rung {
    /// SteamCMD updates itself and quits.
    Bootstrap,
    /// The Windows files, which an anonymous login may have.
    Windows,
    /// The Linux files; with `validate`, everything on disk is hashed and repaired.
    Linux {
        /// Hash and repair what is there.
        validate: bool,
    },
}

impl fmt::Display for Rung {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Rung::Bootstrap => "client update",
            Rung::Windows => "windows",
            Rung::Linux { validate: false } => "linux",
            Rung::Linux { validate: true } => "linux, validate",
        })
    }
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
    /// The directory holds no finished install.
    fresh: bool,
    anonymous: bool,
    windows_done: bool,
    validated: bool,
    retries: u32,
    back_offs: u32,
    pause: Duration,
}

/// After "Rate Limit Exceeded"; shorter waits prolong the limit.
const BACK_OFF: Duration = Duration::from_secs(31 * 60);
const BACK_OFFS: u32 = 2;

impl Ladder {
    /// `fresh`: nothing finished is installed there. `repair`: validate what is there.
    /// `pause` is the first wait before a retry; it doubles up to six times itself.
    pub fn new(fresh: bool, repair: bool, anonymous: bool, pause: Duration) -> Ladder {
        Ladder {
            rung: None,
            fresh,
            anonymous,
            windows_done: false,
            validated: repair,
            retries: 0,
            back_offs: 0,
            pause,
        }
    }

    /// The next step, given how the last attempt ended (ignored before the first).
    pub fn next(&mut self, last: Result<(), Failure>) -> Next {
        let Some(rung) = self.rung else {
            return self.run(if self.fresh { Rung::Bootstrap } else { self.linux() }, None);
        };
        match (rung, last) {
            (Rung::Bootstrap, Ok(())) => self.run(self.linux(), None),
            (Rung::Windows, Ok(())) => {
                self.windows_done = true;
                self.run(self.linux(), None)
            }
            (Rung::Linux { .. }, Ok(())) => Next::Done,
            (rung, Err(failure)) => self.after(rung, failure),
        }
    }

    fn after(&mut self, rung: Rung, failure: Failure) -> Next {
        let refused = matches!(failure, Failure::InvalidPlatform | Failure::MissingConfiguration);
        if matches!(rung, Rung::Linux { .. }) && refused && self.fresh && self.anonymous && !self.windows_done
        {
            return self.run(Rung::Windows, Some(failure));
        }
        match failure.class() {
            // The client may well crash at the end of its first own update; the next run tells.
            Class::Retry(_)
                if rung == Rung::Bootstrap
                    && !matches!(failure, Failure::Bootstrap(_) | Failure::Stalled(_)) =>
            {
                self.run(self.linux(), Some(failure))
            }
            Class::Retry(most) if self.retries < most => self.again(rung, failure),
            Class::Validate if !self.validated => {
                self.validated = true;
                self.run(Rung::Linux { validate: true }, Some(failure))
            }
            Class::BackOff if self.back_offs < BACK_OFFS => {
                self.back_offs += 1;
                Next::Run { rung, pause: BACK_OFF, because: Some(failure) }
            }
            _ => Next::GiveUp(failure),
        }
    }

    fn linux(&self) -> Rung {
        Rung::Linux { validate: self.fresh || self.validated }
    }

    fn run(&mut self, rung: Rung, because: Option<Failure>) -> Next {
        self.rung = Some(rung);
        self.retries = 0;
        Next::Run { rung, pause: Duration::ZERO, because }
    }

    fn again(&mut self, rung: Rung, failure: Failure) -> Next {
        let pause = self.pause.saturating_mul(1 << self.retries.min(6)).min(self.pause.saturating_mul(6));
        self.retries += 1;
        Next::Run { rung, pause, because: Some(failure) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Feeds a script of outcomes and returns the rungs that ran.
    fn climb(mut ladder: Ladder, outcomes: &[Result<(), Failure>]) -> (Vec<String>, Next) {
        let mut rungs = Vec::new();
        let mut last = Ok(());
        let mut script = outcomes.iter();
        loop {
            match ladder.next(last) {
                Next::Run { rung, .. } => {
                    rungs.push(rung.to_string());
                    assert!(rungs.len() < 40, "the ladder has no end");
                    last = script.next().cloned().unwrap_or(Ok(()));
                }
                end => return (rungs, end),
            }
        }
    }

    fn fresh() -> Ladder {
        Ladder::new(true, false, true, Duration::from_secs(10))
    }

    #[test]
    fn a_fresh_anonymous_install_goes_through_windows() {
        for refusal in [Failure::InvalidPlatform, Failure::MissingConfiguration] {
            let (rungs, end) = climb(fresh(), &[Ok(()), Err(refusal)]);
            assert_eq!(rungs, ["client update", "linux, validate", "windows", "linux, validate"]);
            assert_eq!(end, Next::Done);
        }
    }

    #[test]
    fn an_update_is_linux_alone_without_validate() {
        let ladder = Ladder::new(false, false, true, Duration::from_secs(10));
        assert_eq!(climb(ladder, &[]), (vec!["linux".into()], Next::Done));
    }

    #[test]
    fn a_crash_of_the_first_client_update_is_not_the_end() {
        let (rungs, end) = climb(fresh(), &[Err(Failure::Crashed(11))]);
        assert_eq!(rungs, ["client update", "linux, validate"]);
        assert_eq!(end, Next::Done);
    }

    #[test]
    fn transient_errors_are_bounded_and_final_ones_stop_at_once() {
        let offline = Failure::Bootstrap("x".into());
        let (rungs, end) = climb(fresh(), &vec![Err(offline.clone()); 20]);
        assert_eq!((rungs.len(), end), (6, Next::GiveUp(offline)));

        let (rungs, end) = climb(fresh(), &[Ok(()), Err(Failure::NoSubscription)]);
        assert_eq!((rungs.len(), end), (2, Next::GiveUp(Failure::NoSubscription)));

        let (_, end) =
            climb(fresh(), &[Ok(()), Err(Failure::InvalidPlatform), Ok(()), Err(Failure::InvalidPlatform)]);
        assert_eq!(end, Next::GiveUp(Failure::InvalidPlatform));
    }

    #[test]
    fn missing_files_are_validated_once() {
        let ladder = Ladder::new(false, false, true, Duration::from_secs(10));
        let (rungs, end) = climb(ladder, &[Err(Failure::State(0x626)), Err(Failure::State(0x626))]);
        assert_eq!(rungs, ["linux", "linux, validate"]);
        assert_eq!(end, Next::GiveUp(Failure::State(0x626)));
    }

    #[test]
    fn pauses_grow_and_stay_bounded() {
        let mut ladder = Ladder::new(false, false, true, Duration::from_secs(10));
        let mut last = Ok(());
        let mut pauses = Vec::new();
        while let Next::Run { pause, .. } = ladder.next(last) {
            pauses.push(pause.as_secs());
            last = Err(Failure::State(0x402));
        }
        assert_eq!(pauses, [0, 10, 20, 40, 60, 60]);
    }
}
