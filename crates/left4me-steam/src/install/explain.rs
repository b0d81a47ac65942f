//! Why a run failed, as an error: what it means for the game, the reason, what was tried, and where to read on.

use super::logs;
use crate::failure::Failure;
use crate::install_strategy::Action;
use crate::preflight;
use crate::staging::IN_PLACE;
use crate::verify::{self, Missing, VerifiedGame};
use left4me::host::Host;
use left4me::{Error, printable};
use std::path::Path;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// What the sessions are for.
pub enum Goal {
    /// The client's own update.
    Client,
    /// The build on offer.
    Check,
    /// The game; `before`: what was installed when it began.
    Game { before: Result<VerifiedGame, Missing>, action: Action },
}

/// A run that ended without success.
pub struct Ended<'a> {
    pub host: &'a Host,
    pub goal: &'a Goal,
    pub attempts: &'a [String],
    pub transcript: &'a Path,
    /// Where SteamCMD's log of downloads ended before the last attempt.
    pub logged: u64,
    /// How long Steam's rate limit takes.
    pub back_off: Duration,
}

impl Ended<'_> {
    /// The error for the operator.
    pub fn error(&self, failure: &Failure) -> Error {
        let now = verify::game(self.host).unwrap_or(Err(Missing::Everything));
        let staged = self.host.sees_merged_game();
        let (summary, build) = summary(self.goal, &now, staged);
        let by_overlay = if staged && failure.may_be_the_overlays() {
            "; it wrote into an overlay above the game, where SteamCMD may fail"
        } else {
            ""
        };
        let hint = match failure {
            _ if !by_overlay.is_empty() => IN_PLACE.to_owned(),
            Failure::RateLimit => {
                let until = clock_time(SystemTime::now() + self.back_off);
                format!("{}; not before {until}", failure.remedy())
            }
            _ => failure.remedy().to_owned(),
        };
        Error::new(format!(
            "{summary}: {}{}{by_overlay} ({build}tried: {}; transcript: {})",
            shortened(failure),
            self.reason(failure),
            self.attempts.join("; "),
            self.transcript.display()
        ))
        .hint(hint)
    }

    /// What is known beyond SteamCMD's messages.
    fn reason(&self, failure: &Failure) -> String {
        let mut reasons: Vec<String> = Vec::new();
        if let Failure::Bootstrap(_) = failure {
            reasons.extend(logs::bootstrap_reason(self.host));
        }
        if let Failure::State { .. } | Failure::DiskWrite | Failure::Refused(_) | Failure::NotStarted =
            failure
        {
            reasons.extend(logs::cancellation_reason(self.host, self.logged));
        }
        if let Failure::State { state, .. } = failure
            && state.is_disk_full()
        {
            reasons.extend(preflight::free(self.host).map(|free| format!("{free} free")));
        }
        reasons.iter().map(|reason| format!("; {reason}")).collect()
    }
}

/// It contains text from Steam of any length; the transcript has all of it.
pub fn shortened(failure: &Failure) -> String {
    printable::bounded(&failure.to_string(), 400).into_owned()
}

/// What the failure means for the game, and which build is or was installed.
///
/// `staged`: what was changed is not in use, and `before` still is.
fn summary(goal: &Goal, now: &Result<VerifiedGame, Missing>, staged: bool) -> (&'static str, String) {
    let (before, action) = match goal {
        Goal::Client => return ("SteamCMD is not ready", String::new()),
        Goal::Check => return ("it is not known which build Steam offers", String::new()),
        Goal::Game { before, action } => (before, action),
    };
    let (kept, broken) = match action {
        Action::Validate => ("the game is not checked", "the repair of the game is not finished"),
        Action::Install | Action::Update => {
            ("the game is not updated", "the update of the game is not finished")
        }
    };
    let was = match before {
        Ok(VerifiedGame { build, .. }) | Err(Missing::Interrupted { build, .. }) => Some(build),
        Err(_) => None,
    };
    match (was, if staged { before } else { now }) {
        (_, Ok(now)) => (kept, format!("build {} is installed; ", now.build)),
        (Some(was), Err(_)) => (broken, format!("build {was} was installed; ")),
        (None, Err(_)) => ("the game is not installed", String::new()),
    }
}

/// How long a pause takes; if it is long, also when it ends.
pub fn after(pause: Duration) -> String {
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
