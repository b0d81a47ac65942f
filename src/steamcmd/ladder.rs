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
    client_only: bool,
    anonymous: bool,
    windows_done: bool,
    validated: bool,
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

impl Ladder {
    /// `fresh`: nothing finished is installed there. `repair`: validate what is there.
    pub fn new(fresh: bool, repair: bool, anonymous: bool, pauses: Pauses) -> Ladder {
        Ladder {
            rung: None,
            fresh,
            client_only: false,
            anonymous,
            windows_done: false,
            validated: repair,
            retries: 0,
            back_offs: 0,
            pauses,
        }
    }

    /// The client's own update and nothing else.
    pub fn client(pauses: Pauses) -> Ladder {
        Ladder { client_only: true, ..Ladder::new(true, false, true, pauses) }
    }

    /// The next step, given how the last attempt ended (ignored before the first).
    pub fn next(&mut self, last: Result<(), Failure>) -> Next {
        let Some(rung) = self.rung else {
            return self.run(if self.fresh { Rung::Bootstrap } else { self.linux() }, None);
        };
        match (rung, last) {
            (Rung::Bootstrap, Ok(())) if self.client_only => Next::Done,
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
                    && !self.client_only
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
                Next::Run { rung, pause: self.pauses.back_off, because: Some(failure) }
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
        let first = self.pauses.retry;
        let pause = first.saturating_mul(1 << self.retries.min(6)).min(first.saturating_mul(6));
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
        Ladder::new(true, false, true, Pauses::new(Duration::from_secs(10)))
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
        let ladder = Ladder::new(false, false, true, Pauses::new(Duration::from_secs(10)));
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
    fn the_client_alone_is_updated_or_given_up() {
        let client = || Ladder::client(Pauses::new(Duration::ZERO));
        assert_eq!(climb(client(), &[]), (vec!["client update".into()], Next::Done));
        let crash = Failure::Crashed(11);
        let (rungs, end) = climb(client(), &vec![Err(crash.clone()); 9]);
        assert_eq!((rungs.len(), end), (3, Next::GiveUp(crash)));
    }

    #[test]
    fn a_rate_limit_is_waited_for_and_an_account_needs_no_windows() {
        let mut ladder = fresh();
        assert!(matches!(ladder.next(Ok(())), Next::Run { rung: Rung::Bootstrap, .. }));
        ladder.next(Ok(()));
        for _ in 0..BACK_OFFS {
            let next = ladder.next(Err(Failure::RateLimit));
            let Next::Run { rung: Rung::Linux { .. }, pause, because } = next else { panic!("{next:?}") };
            assert_eq!((pause.as_secs(), because), (31 * 60, Some(Failure::RateLimit)));
        }
        assert_eq!(ladder.next(Err(Failure::RateLimit)), Next::GiveUp(Failure::RateLimit));

        let named = Ladder::new(true, false, false, Pauses::new(Duration::ZERO));
        let (rungs, end) = climb(named, &[Ok(()), Err(Failure::InvalidPlatform)]);
        assert_eq!((rungs.len(), end), (2, Next::GiveUp(Failure::InvalidPlatform)));
    }

    #[test]
    fn missing_files_are_validated_once() {
        let ladder = Ladder::new(false, false, true, Pauses::new(Duration::from_secs(10)));
        let (rungs, end) = climb(ladder, &[Err(Failure::State(0x626)), Err(Failure::State(0x626))]);
        assert_eq!(rungs, ["linux", "linux, validate"]);
        assert_eq!(end, Next::GiveUp(Failure::State(0x626)));
    }

    #[test]
    fn pauses_grow_and_stay_bounded() {
        let mut ladder = Ladder::new(false, false, true, Pauses::new(Duration::from_secs(10)));
        let mut last = Ok(());
        let mut pauses = Vec::new();
        while let Next::Run { pause, .. } = ladder.next(last) {
            pauses.push(pause.as_secs());
            last = Err(Failure::State(0x402));
        }
        assert_eq!(pauses, [0, 10, 20, 40, 60, 60]);
    }
}
