//! Which URL is tried when, and how often.

use super::error::Retry;
use crate::pause::pause;
use left4me::{Error, Result};
use reqwest::Url;
use std::time::Duration;

/// Announces what is waited for, and waits; an error ends the run.
pub type Wait<'a> = dyn Fn(Duration, &dyn Fn()) -> Result<()> + 'a;

/// How long a server may take, and how often it is asked again.
pub struct RetryPolicy<'a> {
    /// Longest silence of a server. Slowness is not silence.
    pub silence: Duration,
    /// Longest time of one transfer: a server that sends a byte now and then would hold us up for ever.
    pub longest: Duration,
    /// Before each further attempt at one URL; then comes the next URL.
    pub pauses: &'a [Duration],
    /// How a pause is announced and spent.
    pub wait: &'a Wait<'a>,
}

impl RetryPolicy<'_> {
    /// What an operator's runs use.
    pub const DEFAULT: RetryPolicy<'static> = RetryPolicy {
        silence: Duration::from_secs(30),
        longest: Duration::from_secs(1800),
        pauses: &[Duration::from_secs(2), Duration::from_secs(8), Duration::from_secs(30)],
        wait: &pause,
    };
}

/// A URL whose server asks for a longer pause than this is given up: the next one is tried.
const LONGEST_PAUSE: Duration = Duration::from_secs(120);

/// An attempt that failed, and what may help.
pub struct Failure {
    /// For whoever reads it.
    pub error: Error,
    /// What to do next.
    pub retry: Retry,
}

impl From<Error> for Failure {
    /// What is wrong on this host is wrong with every URL.
    fn from(error: Error) -> Failure {
        Failure { error, retry: Retry::Never }
    }
}

/// The result of the first attempt that succeeds, with its URL: at each URL in turn, and again while the
/// error is a transient one. `note` hears about each failure before the last one; `what` names the file.
pub fn try_each<'u, T>(
    what: &str,
    urls: &'u [Url],
    policy: &RetryPolicy,
    note: &dyn Fn(&str),
    mut attempt: impl FnMut(&Url) -> Result<T, Failure>,
) -> Result<(&'u Url, T)> {
    let mut first = None;
    for url in urls {
        let error = match try_one(policy, note, || attempt(url))? {
            Ok(done) => return Ok((url, done)),
            Err(error) => error,
        };
        if urls.len() > 1 {
            note(error.message());
        }
        first.get_or_insert(error);
    }
    // With one URL its error is the answer; with several, the first says most.
    let first = first.unwrap_or_else(|| Error::new(format!("there is no URL for {what}")));
    if urls.len() < 2 {
        return Err(first);
    }
    let hint = first.remedy().unwrap_or("check the network").to_owned();
    Err(Error::new(format!("none of {} mirrors served {what}; the first: {first}", urls.len())).hint(hint))
}

/// The inner error is the URL's last one; the outer one no other URL would mend.
fn try_one<T>(
    policy: &RetryPolicy,
    note: &dyn Fn(&str),
    mut attempt: impl FnMut() -> Result<T, Failure>,
) -> Result<Result<T>> {
    let mut pauses = policy.pauses.iter();
    loop {
        let Failure { error, retry } = match attempt() {
            Ok(done) => return Ok(Ok(done)),
            Err(failure) => failure,
        };
        let asked = match retry {
            Retry::Never => return Err(error),
            Retry::OtherUrl => return Ok(Err(error)),
            Retry::SameUrl(asked) => asked.unwrap_or_default(),
        };
        if asked > LONGEST_PAUSE {
            let minutes = asked.as_secs().div_ceil(60);
            return Ok(Err(
                error.hint(format!("the server asks for a pause of {minutes} minutes; run it again then"))
            ));
        }
        let Some(pause) = pauses.next() else { return Ok(Err(error)) };
        let pause = asked.max(*pause);
        (policy.wait)(pause, &|| note(&format!("{error}; trying it again in {} s", pause.as_secs())))?;
    }
}
