//! SteamCMD sessions one after the other, in one transcript, until one succeeds or none can.

use super::install::{self, Wish};
use super::login::Answers;
use super::proof::{Missing, Proof};
use super::session::{self, Heard, Said};
use super::transcript::Transcript;
use super::{arguments, logs, pause, progress, seed};
use crate::failure::{Exit, Failure};
use crate::ladder::{Ladder, Next, Rung, Success};
use crate::preflight;
use crate::settings::Settings;
use left4me::host::Host;
use left4me::report::Reporter;
use left4me::{Error, Result, printable};
use std::path::PathBuf;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// What the sessions are for.
pub enum Goal {
    /// The client's own update.
    Client,
    /// The game; `before`: what was installed when it began.
    Game { before: Result<Proof, Missing>, wish: Wish },
}

/// Why it did not get there.
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

pub struct Climb<'a> {
    host: &'a Host,
    settings: &'a Settings,
    reporter: &'a dyn Reporter,
    answers: &'a Answers<'a>,
    transcript: Transcript,
    transcript_path: PathBuf,
    goal: Goal,
    /// Every attempt, in order.
    pub rungs: Vec<String>,
    /// The build that Steam offers, once it has said so.
    pub offered: Option<String>,
    windows: bool,
    /// Where SteamCMD's log of downloads ended before the last attempt.
    logged: u64,
}

impl<'a> Climb<'a> {
    pub fn new(
        host: &'a Host,
        settings: &'a Settings,
        reporter: &'a dyn Reporter,
        answers: &'a Answers<'a>,
        goal: Goal,
    ) -> Result<Climb<'a>> {
        let (transcript, transcript_path) = install::open_transcript(host)?;
        Ok(Climb {
            host,
            settings,
            reporter,
            answers,
            transcript,
            transcript_path,
            goal,
            rungs: Vec::new(),
            offered: None,
            windows: false,
            logged: 0,
        })
    }

    pub fn up(&mut self, mut ladder: Ladder) -> Result<(), Stop> {
        let mut last = Ok(Success::Done);
        loop {
            let (rung, pause, because) = match ladder.next(last) {
                Next::Run { rung, pause, because } => (rung, pause, because),
                Next::Done => return Ok(()),
                Next::GiveUp(failure) => return Err(Stop::Failed(failure)),
            };
            pause::pause(pause, &|| {
                if let Some(failure) = &because {
                    self.reporter.note(&format!("{}; next: {rung}{}", in_short(failure), after(pause)));
                }
            })?;
            self.windows |= matches!(rung, Rung::Windows { .. });
            let task = progress::task(rung, self.windows);
            self.reporter.attempt(&task);
            if rung != Rung::Offer {
                self.rungs.push(rung.to_string());
            }
            match rung {
                Rung::Seeded { replace } => seed::plant(self.host, replace)?,
                Rung::Windows { .. } => seed::uproot(self.host)?,
                Rung::Bootstrap | Rung::Linux { .. } | Rung::Offer => {}
            }
            last = self.attempt(rung, &task, because.is_some())?;
        }
    }

    /// One session; for the Linux files, success includes the proof.
    fn attempt(&mut self, rung: Rung, task: &str, again: bool) -> Result<Result<Success, Failure>> {
        self.transcript.note(&rung.to_string())?;
        self.logged = logs::content_length(self.host)?;
        let (answers, reporter) = (self.answers, self.reporter);
        answers.new_session();
        let session = session::Session {
            arguments: &arguments::of(&self.host.layout, rung, again, answers),
            bounds: self.settings.bounds,
            transcript: &mut self.transcript,
            answer: &mut |prompt, stop| answers.give(prompt, stop),
        };
        let heard = session::run(self.host, session, &mut |said| match said {
            Said::Event(event) => progress::report(reporter, task, event),
            Said::Quiet(how_long) => reporter.stalled(how_long),
        });
        let how = heard.as_ref().map_or("interrupted".into(), |heard| format!("ended with {:?}", heard.exit));
        self.transcript.end(&how)?;
        let outcome = self.outcome(rung, heard?)?;
        reporter.finished(outcome.is_ok());
        Ok(outcome)
    }

    fn outcome(&mut self, rung: Rung, heard: Heard) -> Result<Result<Success, Failure>> {
        let Heard { verdict, exit } = heard;
        if let Exit::Signal(signal @ (2 | 15)) = exit {
            return Ok(Err(Failure::Interrupted(signal)));
        }
        let installed = match rung {
            Rung::Offer => return Ok(self.compare(verdict.offered())),
            Rung::Bootstrap => return Ok(verdict.client_updated(exit).map(|()| Success::Done)),
            Rung::Windows { .. } | Rung::Linux { .. } | Rung::Seeded { .. } => verdict.installed(exit),
        };
        match (rung, installed) {
            (_, Err(failure)) => Ok(Err(failure)),
            (Rung::Windows { .. }, Ok(())) => Ok(Ok(Success::Done)),
            (_, Ok(())) => self.prove(),
        }
    }

    /// What "Success!" is worth.
    fn prove(&self) -> Result<Result<Success, Failure>> {
        let proof = match install::look(self.host)? {
            Ok(proof) if proof.update_wanted => {
                return Ok(Err(Failure::NoProof("Steam still wants to update the game".into())));
            }
            Ok(proof) => proof,
            Err(missing) => return Ok(Err(Failure::NoProof(missing.to_string()))),
        };
        Ok(Ok(match self.before() {
            Some(before) if before.build == proof.build => Success::SameBuild,
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

    fn before(&self) -> Option<&Proof> {
        match &self.goal {
            Goal::Client => None,
            Goal::Game { before, .. } => before.as_ref().ok(),
        }
    }

    pub fn explain(&self, stop: Stop) -> Error {
        match stop {
            Stop::Failed(failure) => self.failed(&failure),
            Stop::Error(error) => error,
        }
    }

    /// A failure that is the last word.
    pub fn failed(&self, failure: &Failure) -> Error {
        let now = install::look(self.host).unwrap_or(Err(Missing::Everything));
        let (verdict, stays) = verdict(&self.goal, &now);
        let hint = match failure {
            Failure::RateLimit => {
                let until = clock_time(SystemTime::now() + self.settings.pauses.back_off);
                format!("{}; not before {until}", failure.remedy())
            }
            _ => failure.remedy().to_owned(),
        };
        Error::new(format!(
            "{verdict}: {}{} ({stays}tried: {}; transcript: {})",
            in_short(failure),
            self.reason(failure),
            self.rungs.join("; "),
            self.transcript_path.display()
        ))
        .hint(hint)
    }

    /// What is known of it beyond SteamCMD's words.
    fn reason(&self, failure: &Failure) -> String {
        let mut reasons: Vec<String> = Vec::new();
        if let Failure::Bootstrap(_) = failure {
            reasons.extend(logs::bootstrap_reason(self.host));
        }
        if let Failure::State { .. } | Failure::DiskWrite | Failure::Refused(_) | Failure::NotStarted =
            failure
        {
            reasons.extend(logs::cancelled(self.host, self.logged));
        }
        if let Failure::State { state, .. } = failure
            && state.is_disk_full()
        {
            reasons.extend(preflight::free(self.host).map(|free| format!("{free} free")));
        }
        reasons.iter().map(|reason| format!("; {reason}")).collect()
    }
}

/// Steam's words are part of it; the transcript has them whole.
fn in_short(failure: &Failure) -> String {
    printable::bounded(&failure.to_string(), 400).into_owned()
}

/// What it means that no attempt succeeded, and what of that stays in force.
fn verdict(goal: &Goal, now: &Result<Proof, Missing>) -> (&'static str, String) {
    let Goal::Game { before, wish } = goal else { return ("SteamCMD is not ready", String::new()) };
    let (kept, broken) = match wish {
        Wish::Validate => ("the game is not checked", "the repair of the game is not finished"),
        Wish::Complete | Wish::Update => {
            ("the game is not updated", "the update of the game is not finished")
        }
    };
    let was = match before {
        Ok(Proof { build, .. }) | Err(Missing::Interrupted { build, .. }) => Some(build),
        Err(_) => None,
    };
    match (was, now) {
        (_, Ok(now)) => (kept, format!("build {} is installed; ", now.build)),
        (Some(was), Err(_)) => (broken, format!("build {was} was installed; ")),
        (None, Err(_)) => ("the game is not installed", String::new()),
    }
}

/// How long a pause takes; of a long one also until when.
fn after(pause: Duration) -> String {
    match pause.as_secs() {
        0 => String::new(),
        seconds if seconds < 120 => format!(", in {seconds} s"),
        seconds => format!(", at {} (in {} minutes)", clock_time(SystemTime::now() + pause), seconds / 60),
    }
}

/// `12:34 UTC`
fn clock_time(at: SystemTime) -> String {
    let seconds = at.duration_since(UNIX_EPOCH).map_or(0, |d| d.as_secs()) % 86_400;
    format!("{:02}:{:02} UTC", seconds / 3600, seconds / 60 % 60)
}
