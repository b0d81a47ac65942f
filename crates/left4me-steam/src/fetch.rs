//! SteamCMD's tarball, from one mirror or the next.

use super::pause::pause;
use super::signals::Signals;
use crate::download::body::root_cause;
use crate::download::connect::client;
use crate::download::source::Source;
use crate::download::transfer::{Transfer, Trouble};
use crate::download::unpack::Bounds;
use left4me::host::Host;
use left4me::report::{Progress, Reporter};
use left4me::{Error, Result};
use reqwest::{StatusCode, Url};
use std::time::Duration;

/// What was installed, for the record.
#[derive(Debug, Clone)]
pub struct Fetched {
    /// Where it came from.
    pub url: String,
    /// The digest of its tarball.
    pub sha256: String,
}

/// Says what is waited for, and waits.
pub type Wait<'a> = dyn Fn(Duration, &dyn Fn()) -> Result<()> + 'a;

/// How long a source is waited for, and how often it is tried.
pub struct RetryPolicy<'a> {
    /// Longest silence of a server. Slowness is not silence.
    pub silence: Duration,
    /// Longest time of one transfer: who sends a byte now and then would hold us up for ever.
    pub longest: Duration,
    /// Before each further attempt at one source; then comes the next source.
    pub pauses: &'a [Duration],
    /// How a pause is announced and spent; an error ends the run.
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

/// A source that asks for a longer pause than this gets none: the next one is tried.
const LONGEST_PAUSE: Duration = Duration::from_secs(120);

/// Downloads, verifies and unpacks SteamCMD; tries each mirror in turn, and each again while its trouble
/// is of a kind that passes.
///
/// A transfer that breaks off is begun anew: what was hashed and unpacked on the way is gone, and 2.4 MB
/// are not worth a second way through the code that resumes.
pub fn fetch(host: &Host, source: &Source, reporter: &dyn Reporter) -> Result<Fetched> {
    fetch_with(host, source, reporter, &RetryPolicy::DEFAULT)
}

/// The same, with another policy.
pub fn fetch_with(
    host: &Host,
    source: &Source,
    reporter: &dyn Reporter,
    policy: &RetryPolicy,
) -> Result<Fetched> {
    let transfer = Transfer {
        // Its thread would take a signal that a pause waits for, and the run would end without a word.
        client: &Signals::blocked_in_threads_of(|| client(policy.silence))?,
        sha256: &source.sha256,
        target: &host.path(&host.layout.steam()),
        silence: policy.silence,
        longest: policy.longest,
        bounds: Bounds::STEAMCMD,
        watch: &|done, total| {
            let (task, total) = ("SteamCMD", total.unwrap_or(0));
            reporter.progress(Progress { task, phase: "downloading", done, total });
        },
    };
    let mut failures: Vec<Error> = Vec::new();
    for url in &source.urls {
        let error = match fetch_from(host, &transfer, url, reporter, policy)? {
            Ok(()) => return Ok(Fetched { url: url.to_string(), sha256: source.sha256.clone() }),
            Err(error) => error,
        };
        if source.urls.len() > 1 {
            reporter.note(&format!("{error}"));
        }
        failures.push(error);
    }
    // With one source its error is the answer; with several, the first says most.
    let first = failures.swap_remove(0);
    Err(match source.urls.len() {
        1 => first,
        n => Error::new(format!("none of {n} mirrors served SteamCMD; the first: {first}"))
            .hint(first.remedy().unwrap_or("check the network").to_owned()),
    })
}

/// From this source, or its last error; an outer error is one that no other source would mend.
fn fetch_from(
    host: &Host,
    transfer: &Transfer,
    url: &Url,
    reporter: &dyn Reporter,
    policy: &RetryPolicy,
) -> Result<Result<(), Error>> {
    let mut pauses = policy.pauses.iter();
    loop {
        reporter.note(&format!("downloading SteamCMD from {url}"));
        let outcome = host.as_runtime_user(|| Ok(transfer.from(url)))?;
        reporter.finished(outcome.is_ok());
        let (error, asked) = match outcome {
            Ok(left) => {
                left.iter().for_each(|old| reporter.note(&format!("the old SteamCMD is still there: {old}")));
                return Ok(Ok(()));
            }
            Err(Trouble::Here(error)) => return Err(error),
            Err(Trouble::Mirror(error)) => return Ok(Err(error)),
            Err(Trouble::Passing(error, asked)) => (error, asked.unwrap_or_default()),
        };
        if asked > LONGEST_PAUSE {
            let minutes = asked.as_secs().div_ceil(60);
            return Ok(Err(
                error.hint(format!("it asks to be left alone for {minutes} minutes; run it again then"))
            ));
        }
        let Some(pause) = pauses.next() else { return Ok(Err(error)) };
        let pause = asked.max(*pause);
        let announce = || reporter.note(&format!("{error}; trying it again in {} s", pause.as_secs()));
        (policy.wait)(pause, &announce)?;
    }
}

/// Whether `url` is served, in one request that waits at most this long for each answer.
pub fn check_served(url: &Url, timeout: Duration) -> std::result::Result<(), String> {
    let client = client(timeout).map_err(|e| e.message().to_owned())?;
    let answer = client.head(url.clone()).send().map_err(|e| root_cause(&e, timeout))?;
    match answer.status() {
        StatusCode::OK => Ok(()),
        status => Err(format!("it answered {status}")),
    }
}
