//! SteamCMD's archive, from one mirror or the next.

use super::client::client;
use super::error::{DownloadError, ErrorKind};
use super::receive;
use super::receive::Limits;
use super::retry::{Failure, RetryPolicy, try_each};
use super::source::Source;
use super::swap::replace_tree;
use super::transfer::Transfer;
use super::unpack::{Bounds, UnpackError};
use crate::signals::Signals;
use left4me::host::Host;
use left4me::report::{Progress, Reporter};
use left4me::{Error, Result};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

/// What was installed, for the record.
#[derive(Debug, Clone)]
pub struct Fetched {
    /// Where it came from.
    pub url: String,
    /// The digest of the archive.
    pub sha256: String,
}

/// SteamCMD has 2.4 MB and unpacks to 6 MB in five files; this stops a bomb, not a future version.
const RECEIVED: u64 = 64 << 20;
const BOUNDS: Bounds = Bounds { unpacked: 256 << 20, entries: 2_000 };

const NOT_VALVES: &str = "this is not Valve's SteamCMD; check --steamcmd-url and --steamcmd-sha256";
const NOT_THE_SERVER: &str =
    "a proxy or a login page may have answered instead of the server; open the URL in a browser";
const OTHER_SOURCE: &str = "run it again, or name another source with --steamcmd-url";

/// Downloads, verifies and unpacks SteamCMD.
///
/// A transfer that breaks off starts from the beginning: resuming it would be a second way through the code
/// for 2.4 MB.
pub fn fetch(host: &Host, source: &Source, reporter: &dyn Reporter) -> Result<Fetched> {
    fetch_with(host, source, reporter, &RetryPolicy::DEFAULT)
}

/// The same, with another policy.
pub(crate) fn fetch_with(
    host: &Host,
    source: &Source,
    reporter: &dyn Reporter,
    policy: &RetryPolicy,
) -> Result<Fetched> {
    let transfer = Transfer {
        // Its thread would take a signal that a pause waits for, and the run would end without a word.
        client: &Signals::blocked_in_threads_of(|| client(policy.silence))?,
        sha256: Some(&source.sha256),
        limits: Limits { received: RECEIVED, silence: policy.silence, longest: policy.longest },
        bounds: BOUNDS,
        observer: &|done, total| {
            let (task, total) = ("SteamCMD", total.unwrap_or(0));
            reporter.progress(Progress { task, phase: "downloading", done, total, is_download: true });
        },
    };
    let target = host.path(&host.layout.steam());
    let note = |text: &str| reporter.note(text);
    let (url, old) = try_each("SteamCMD", &source.urls, policy, &note, |url| {
        reporter.note(&format!("downloading SteamCMD from {url}"));
        let outcome = host.as_runtime_user(|| {
            Ok(replace_tree(&target, |new| {
                transfer.download(url, new).map_err(failure)?;
                Ok(require_start_script(new)?)
            }))
        })?;
        reporter.finished(outcome.is_ok());
        outcome
    })?;
    if let Some(error) = old {
        reporter.note(&format!("the old SteamCMD is still there: {error}"));
    }
    Ok(Fetched { url: url.to_string(), sha256: source.sha256.clone() })
}

fn require_start_script(tree: &Path) -> Result<()> {
    let why = match std::fs::symlink_metadata(tree.join("steamcmd.sh")) {
        Ok(found) if found.is_file() && found.permissions().mode() & 0o100 != 0 => return Ok(()),
        Ok(found) if found.is_file() => "its steamcmd.sh is not executable",
        _ => "it holds no steamcmd.sh",
    };
    Err(Error::new(format!("refused to unpack the archive: {why}")).hint(NOT_VALVES))
}

fn failure(error: DownloadError) -> Failure {
    let retry = error.retry();
    if let ErrorKind::Host(error) = error.kind {
        return Failure { error, retry };
    }
    let sentence = Error::new(error.to_string());
    let error = match hint(&error.kind) {
        Some(hint) => sentence.hint(hint),
        None => sentence,
    };
    Failure { error, retry }
}

fn hint(kind: &ErrorKind) -> Option<String> {
    use receive::Failure::{Broken, TooLarge, TooSlow};
    let hint = match kind {
        ErrorKind::NoAnswer { .. } => "check the network, DNS and a proxy (https_proxy); then run it again",
        ErrorKind::Status { .. } => "try again later, or name another source with --steamcmd-url",
        ErrorKind::Body { failure: Broken(_), .. } => "check the network; then run it again",
        ErrorKind::Body { failure: TooLarge(_), .. } => NOT_VALVES,
        ErrorKind::Body { failure: TooSlow(_), .. } => OTHER_SOURCE,
        ErrorKind::Length { .. } => "run it again",
        ErrorKind::Content { .. } | ErrorKind::Unpack(UnpackError::Format(_)) => NOT_THE_SERVER,
        ErrorKind::Digest { is_incomplete: true, .. } => OTHER_SOURCE,
        ErrorKind::Digest { actual, .. } => {
            return Some(format!(
                "run it again; if Valve has published a new SteamCMD, accept it with --steamcmd-sha256 {actual}"
            ));
        }
        ErrorKind::Unpack(UnpackError::Write { .. }) | ErrorKind::Host(_) => return None,
        ErrorKind::Unpack(_) => NOT_VALVES,
    };
    Some(hint.to_owned())
}
