//! SteamCMD sessions one after the other, in one transcript, until one succeeds or none can.

use super::explain::{Goal, after, shortened};
use super::{arguments, explain, logs, manifest_seed, progress};
use crate::failure::{Exit, Failure};
use crate::install_strategy::{Attempt, InstallStrategy, Next, Success};
use crate::login::Answers;
use crate::pause::pause;
use crate::session::{self, SessionEvent, SessionResult, Transcript};
use crate::settings::SessionSettings;
use crate::verify::{self, VerifiedGame};
use left4me::host::Host;
use left4me::report::Reporter;
use left4me::{Error, Result};
use std::path::PathBuf;

/// Why no attempt succeeded.
pub enum Stop {
    /// No attempt is left.
    Failed(Failure),
    /// Something of ours failed, or a signal ended the run.
    Error(Error),
}

impl From<Error> for Stop {
    fn from(error: Error) -> Stop {
        Stop::Error(error)
    }
}

pub struct Installer<'a> {
    host: &'a Host,
    settings: &'a SessionSettings,
    reporter: &'a dyn Reporter,
    answers: &'a Answers<'a>,
    transcript: Transcript,
    transcript_path: PathBuf,
    goal: Goal,
    /// Every attempt, in order.
    pub attempts: Vec<String>,
    /// The build that Steam offers, once it has said so.
    pub offered: Option<String>,
    windows: bool,
    /// Where SteamCMD's log of downloads ended before the last attempt.
    logged: u64,
}

impl<'a> Installer<'a> {
    pub fn new(
        host: &'a Host,
        settings: &'a SessionSettings,
        reporter: &'a dyn Reporter,
        answers: &'a Answers<'a>,
        goal: Goal,
    ) -> Result<Installer<'a>> {
        let (transcript, transcript_path) = Transcript::create(host)?;
        Ok(Installer {
            host,
            settings,
            reporter,
            answers,
            transcript,
            transcript_path,
            goal,
            attempts: Vec::new(),
            offered: None,
            windows: false,
            logged: 0,
        })
    }

    /// Makes attempts until one succeeds or none is left.
    pub fn run(&mut self, mut strategy: InstallStrategy) -> Result<(), Stop> {
        let mut last = Ok(Success::Done);
        loop {
            let (attempt, delay, because) = match strategy.next(last) {
                Next::Run { attempt, pause, because } => (attempt, pause, because),
                Next::Done => return Ok(()),
                Next::GiveUp(failure) => return Err(Stop::Failed(failure)),
            };
            pause(delay, &|| {
                if let Some(failure) = &because {
                    self.reporter.note(&format!("{}; next: {attempt}{}", shortened(failure), after(delay)));
                }
            })?;
            self.windows |= matches!(attempt, Attempt::Windows { .. });
            let task = progress::task(attempt, self.windows);
            self.reporter.attempt(&task);
            if attempt != Attempt::UpdateCheck {
                self.attempts.push(attempt.to_string());
            }
            match attempt {
                Attempt::Seeded { replace } => manifest_seed::write(self.host, replace)?,
                Attempt::Windows { .. } => manifest_seed::remove(self.host)?,
                Attempt::Bootstrap | Attempt::Linux { .. } | Attempt::UpdateCheck => {}
            }
            last = self.run_session(attempt, &task, because.is_some())?;
        }
    }

    /// One session. For the Linux files, success means that the game is verified.
    fn run_session(&mut self, attempt: Attempt, task: &str, again: bool) -> Result<Result<Success, Failure>> {
        self.transcript.note(&attempt.to_string())?;
        self.logged = logs::content_log_length(self.host)?;
        let (answers, reporter) = (self.answers, self.reporter);
        answers.new_session();
        let session = session::Session {
            arguments: &arguments::for_attempt(&self.host.layout, attempt, again, answers),
            limits: self.settings.limits,
            transcript: &mut self.transcript,
            answer: &mut |prompt, stop| answers.answer(prompt, stop),
        };
        let result = session::run(self.host, session, &mut |event| match event {
            SessionEvent::Output(event) => progress::report(reporter, task, event),
            SessionEvent::Idle(how_long) => reporter.idle(how_long),
        });
        let how =
            result.as_ref().map_or("interrupted".into(), |ended| format!("ended with {:?}", ended.exit));
        self.transcript.end(&how)?;
        let outcome = self.classify(attempt, result?)?;
        reporter.finished(outcome.is_ok());
        Ok(outcome)
    }

    fn classify(&mut self, attempt: Attempt, result: SessionResult) -> Result<Result<Success, Failure>> {
        let SessionResult { outcome, exit } = result;
        if let Exit::Signal(signal @ (2 | 15)) = exit {
            return Ok(Err(Failure::Interrupted(signal)));
        }
        let installed = match attempt {
            Attempt::UpdateCheck => return Ok(self.compare(outcome.offered())),
            Attempt::Bootstrap => return Ok(outcome.client_updated(exit).map(|()| Success::Done)),
            Attempt::Windows { .. } | Attempt::Linux { .. } | Attempt::Seeded { .. } => {
                outcome.installed(exit)
            }
        };
        match (attempt, installed) {
            (_, Err(failure)) => Ok(Err(failure)),
            (Attempt::Windows { .. }, Ok(())) => Ok(Ok(Success::Done)),
            (_, Ok(())) => self.verify(),
        }
    }

    /// Whether "Success!" is true.
    fn verify(&self) -> Result<Result<Success, Failure>> {
        let game = match verify::game(self.host)? {
            Ok(game) if game.update_wanted => {
                return Ok(Err(Failure::NotVerified("Steam still wants to update the game".into())));
            }
            Ok(game) => game,
            Err(missing) => return Ok(Err(Failure::NotVerified(missing.to_string()))),
        };
        Ok(Ok(match self.before() {
            Some(before) if before.build == game.build => Success::SameBuild,
            _ => Success::Done,
        }))
    }

    /// The build that is installed, the same as before, against the one that Steam offers.
    fn compare(&mut self, offered: Option<String>) -> Result<Success, Failure> {
        self.offered = offered;
        match (&self.offered, self.before()) {
            (None, _) => Ok(Success::Unknown),
            (Some(offered), Some(before)) if *offered != before.build => {
                Err(Failure::OldBuild { installed: before.build.clone(), offered: offered.clone() })
            }
            _ => Ok(Success::Done),
        }
    }

    fn before(&self) -> Option<&VerifiedGame> {
        match &self.goal {
            Goal::Client | Goal::Check => None,
            Goal::Game { before, .. } => before.as_ref().ok(),
        }
    }

    /// The error that a stop is.
    pub fn explain(&self, stop: Stop) -> Error {
        match stop {
            Stop::Failed(failure) => self.failed(&failure),
            Stop::Error(error) => error,
        }
    }

    /// The error of a run that ends with this failure.
    pub fn failed(&self, failure: &Failure) -> Error {
        explain::Ended {
            host: self.host,
            goal: &self.goal,
            attempts: &self.attempts,
            transcript: &self.transcript_path,
            logged: self.logged,
            back_off: self.settings.pauses.back_off,
        }
        .error(failure)
    }
}
