//! SteamCMD's tarball, from one mirror or the next.

use super::body::root_cause;
use super::connect::client;
use super::source::Source;
use super::transfer::{Transfer, Trouble};
use super::unpack::Bounds;
use crate::host::Host;
use crate::progress::Progress;
use left4me_setup::{Error, Result};
use reqwest::{StatusCode, Url};
use std::time::Duration;

/// Longest silence of a server before the next mirror is tried. Slowness is not silence.
const SILENCE: Duration = Duration::from_secs(30);

/// What was installed, for the record.
#[derive(Debug, Clone)]
pub struct Fetched {
    pub url: String,
    pub sha256: String,
}

/// Downloads, verifies and unpacks SteamCMD; tries each mirror in turn.
///
/// A transfer that breaks off is begun anew once: what was hashed and unpacked on the way is gone, and
/// 2.4 MB are not worth a second way through the code that resumes.
pub fn fetch(host: &Host, source: &Source, progress: &Progress) -> Result<Fetched> {
    fetch_within(host, source, progress, SILENCE)
}

/// The same, with another longest silence.
pub fn fetch_within(host: &Host, source: &Source, progress: &Progress, silence: Duration) -> Result<Fetched> {
    let transfer = Transfer {
        client: &client(silence)?,
        sha256: &source.sha256,
        target: &host.path(&host.layout.steam()),
        silence,
        bounds: Bounds::STEAMCMD,
        watch: &|done, total| progress.download(done, total),
    };
    let mut failures: Vec<Error> = Vec::new();
    for url in &source.urls {
        let mut restarted = false;
        loop {
            progress.note(&format!("downloading SteamCMD from {url}"));
            let outcome = host.as_runtime_user(|| Ok(transfer.from(url)))?;
            progress.download_done();
            let error = match outcome {
                Ok(left) => {
                    left.iter()
                        .for_each(|old| progress.note(&format!("the old SteamCMD is still there: {old}")));
                    return Ok(Fetched { url: url.to_string(), sha256: source.sha256.clone() });
                }
                Err(Trouble::Here(error)) => return Err(error),
                Err(Trouble::BrokeOff(error)) if !restarted => {
                    restarted = true;
                    progress.note(&format!("{error}; starting it again"));
                    continue;
                }
                Err(Trouble::BrokeOff(error) | Trouble::Mirror(error)) => error,
            };
            if source.urls.len() > 1 {
                progress.note(&format!("{error}"));
            }
            failures.push(error);
            break;
        }
    }
    // With one source its error is the answer; with several, the first says most.
    let first = failures.swap_remove(0);
    Err(match source.urls.len() {
        1 => first,
        n => Error::new(format!("none of {n} mirrors served SteamCMD; the first: {first}"))
            .hint(first.remedy().unwrap_or("check the network").to_owned()),
    })
}

/// Whether `url` is served, in one request that waits at most `patience` for each answer.
pub fn head(url: &Url, patience: Duration) -> std::result::Result<(), String> {
    let client = client(patience).map_err(|e| e.message().to_owned())?;
    let answer = client.head(url.clone()).send().map_err(|e| root_cause(&e, patience))?;
    match answer.status() {
        StatusCode::OK => Ok(()),
        status => Err(format!("it answered {status}")),
    }
}
