//! SteamCMD's tarball in one streaming pass: body → SHA-256 → gunzip → untar into a new directory,
//! which takes the tree's place only when the digest was right.

use super::body::{Body, MAX_BYTES, root_cause};
use super::source::{Source, is_allowed};
use super::unpack;
use crate::host::Host;
use crate::progress::Progress;
use left4me_setup::{Context, Error, Result, atomic};
use reqwest::blocking::{Client, Response};
use reqwest::redirect::Policy;
use reqwest::{StatusCode, Url};
use rustix::fs::{CWD, RenameFlags};
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Longest silence of a server before the next mirror is tried. Slowness is not silence.
const SILENCE: Duration = Duration::from_secs(30);
const CONNECT: Duration = Duration::from_secs(15);
const REDIRECTS: usize = 5;

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
    let client = client(silence)?;
    let target = host.path(&host.layout.steam());
    let download = Download { client, source, target, silence, progress };
    let mut failures: Vec<Error> = Vec::new();
    for url in &source.urls {
        let mut restarted = false;
        loop {
            progress.note(&format!("downloading SteamCMD from {url}"));
            let error = match host.as_runtime_user(|| Ok(download.from(url)))? {
                Ok(()) => return Ok(Fetched { url: url.to_string(), sha256: source.sha256.clone() }),
                Err(Trouble::BrokeOff(error)) if !restarted => {
                    restarted = true;
                    progress.note(&format!("{error}; starting it again"));
                    continue;
                }
                Err(Trouble::BrokeOff(error) | Trouble::Other(error)) => error,
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

/// Why a download failed.
enum Trouble {
    /// In the middle; another attempt may get through.
    BrokeOff(Error),
    Other(Error),
}

impl From<Error> for Trouble {
    fn from(error: Error) -> Trouble {
        Trouble::Other(error)
    }
}

fn client(silence: Duration) -> Result<Client> {
    // The first call decides for the process; a second one changes nothing and is no error.
    let _ = rustls::crypto::ring::default_provider().install_default();
    Client::builder()
        .user_agent(concat!("left4me-setup/", env!("CARGO_PKG_VERSION")))
        .connect_timeout(CONNECT.min(silence))
        // In the blocking client this bounds each single read, not the whole transfer.
        .timeout(silence)
        .redirect(Policy::custom(|attempt| {
            if attempt.previous().len() > REDIRECTS {
                return attempt.error(format!("more than {REDIRECTS} redirects"));
            }
            match is_allowed(attempt.url()) {
                true => attempt.follow(),
                false => {
                    let to = attempt.url().clone();
                    attempt.error(format!("redirected to {to}, which is not https"))
                }
            }
        }))
        .build()
        .context(|| "cannot set up HTTPS".into())
        .map_err(|e| e.hint("apt install ca-certificates"))
}

/// What each attempt needs.
struct Download<'a> {
    client: Client,
    source: &'a Source,
    target: PathBuf,
    silence: Duration,
    progress: &'a Progress,
}

impl Download<'_> {
    /// Runs as the runtime user; leaves either the whole new tree or the old state.
    fn from(&self, url: &Url) -> std::result::Result<(), Trouble> {
        let response = self.request(url)?;
        let staging = atomic::staging_path(&self.target);
        remove_tree(&staging)?;
        let result =
            self.unpack_verified(response, url, &staging).and_then(|()| Ok(swap_in(&staging, &self.target)?));
        // After a swap the staging name holds the old tree; after a failure, the partial one.
        remove_tree(&staging)?;
        result
    }

    fn request(&self, url: &Url) -> Result<Response> {
        let response = self.client.get(url.clone()).send().map_err(|e| {
            Error::new(format!("cannot download {url}: {}", root_cause(&e, self.silence)))
                .hint("check the network, DNS and a proxy (https_proxy); then run it again")
        })?;
        let status = response.status();
        let served = response.url().clone();
        if status != StatusCode::OK {
            return Err(Error::new(format!("{served} answered {status}"))
                .hint("try again later, or name another source with --steamcmd-url"));
        }
        if response.content_length().is_some_and(|length| length > MAX_BYTES) {
            return Err(too_large(&served));
        }
        Ok(response)
    }

    fn unpack_verified(
        &self,
        response: Response,
        url: &Url,
        staging: &Path,
    ) -> std::result::Result<(), Trouble> {
        let mut body = Body::new(response, self.silence, self.progress);
        let unpacked = unpack::unpack(&mut body, staging);
        let cut_short = unpacked.is_err() && body.ended;
        // What follows the archive's end belongs to the file too; only the whole of it has the digest.
        let drained = match body.failed {
            None => io::copy(&mut body, &mut io::sink()).map(drop).map_err(|e| e.to_string()),
            Some(_) => Ok(()),
        };
        self.progress.download_done();
        if body.read > MAX_BYTES {
            return Err(too_large(url).into());
        }
        if let Some(broken) = body.failed.take().or(drained.err()) {
            return Err(Trouble::BrokeOff(
                Error::new(format!("the download of {url} broke off after {} bytes: {broken}", body.read))
                    .hint("check the network; then run it again"),
            ));
        }
        if let Some(expected) = body.expected.filter(|&e| e != body.read) {
            return Err(Trouble::BrokeOff(
                Error::new(format!("{url} announced {expected} bytes and sent {}", body.read))
                    .hint("run it again"),
            ));
        }
        if let Some(what) = body.instead_of_gzip() {
            return Err(Error::new(format!(
                "{url} answered with {what} ({} bytes), not with SteamCMD",
                body.read
            ))
            .hint(
                "a proxy or a login page may have answered instead of the server; open the URL in a browser",
            )
            .into());
        }
        let (read, digest) = (body.read, body.digest());
        // A wrong digest explains a broken archive; the other way round it is the archive's fault.
        if digest != self.source.sha256 {
            return Err(self.other_file(url, read, cut_short, &digest).into());
        }
        Ok(unpacked?)
    }

    fn other_file(&self, url: &Url, read: u64, cut_short: bool, digest: &str) -> Error {
        let expected = &self.source.sha256;
        if cut_short {
            return Error::new(format!(
                "{url} served an incomplete archive of {read} bytes: its SHA-256 is {digest}, expected {expected}"
            ))
            .hint("run it again, or name another source with --steamcmd-url");
        }
        Error::new(format!(
            "{url} is not the expected file: its SHA-256 is {digest}, expected {expected}"
        ))
        .hint(format!(
            "run it again; if Valve has published a new SteamCMD, accept it with --steamcmd-sha256 {digest}"
        ))
    }
}

fn too_large(url: &Url) -> Error {
    Error::new(format!("{url} serves more than {} MiB, which SteamCMD is not", MAX_BYTES >> 20))
        .hint("check --steamcmd-url")
}

fn remove_tree(path: &Path) -> Result<()> {
    match std::fs::remove_dir_all(path) {
        Err(e) if e.kind() != io::ErrorKind::NotFound => {
            Err(e).context(|| format!("cannot remove {}", path.display()))
        }
        _ => Ok(()),
    }
}

/// Puts the finished tree in place in one step: by rename, or by exchange with what is there.
fn swap_in(staging: &Path, target: &Path) -> Result<()> {
    let flags = match std::fs::symlink_metadata(target) {
        Ok(_) => RenameFlags::EXCHANGE,
        Err(_) => RenameFlags::NOREPLACE,
    };
    std::fs::File::open(staging)
        .and_then(|tree| Ok(rustix::fs::syncfs(&tree)?))
        .and_then(|()| Ok(rustix::fs::renameat_with(CWD, staging, CWD, target, flags)?))
        .context(|| format!("cannot put {} in place", target.display()))?;
    atomic::sync_parent(target)
}
