//! SteamCMD's tarball in one streaming pass: body → SHA-256 → gunzip → untar into a new directory,
//! which takes the tree's place only when the digest was right.

use super::source::{Source, is_allowed};
use super::unpack;
use crate::host::Host;
use crate::progress::Progress;
use left4me_setup::{Context, Error, Result, atomic};
use reqwest::blocking::{Client, Response};
use reqwest::redirect::Policy;
use reqwest::{StatusCode, Url};
use rustix::fs::{CWD, RenameFlags};
use sha2::{Digest, Sha256};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// The real file has 2.4 MB; anything much larger is something else.
const MAX_BYTES: u64 = 64 << 20;
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

/// Downloads, verifies and unpacks SteamCMD; tries each mirror once.
pub fn fetch(host: &Host, source: &Source, progress: &Progress) -> Result<Fetched> {
    let client = client()?;
    let target = host.path(&host.layout.steam());
    let mut failures: Vec<Error> = Vec::new();
    for url in &source.urls {
        progress.note(&format!("downloading SteamCMD from {url}"));
        match host.as_runtime_user(|| fetch_one(&client, url, source, &target, progress)) {
            Ok(()) => return Ok(Fetched { url: url.to_string(), sha256: source.sha256.clone() }),
            Err(error) => {
                progress.note(&format!("{error}"));
                failures.push(error);
            }
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

fn client() -> Result<Client> {
    // The first call decides for the process; a second one changes nothing and is no error.
    let _ = rustls::crypto::ring::default_provider().install_default();
    Client::builder()
        .user_agent(concat!("left4me-setup/", env!("CARGO_PKG_VERSION")))
        .connect_timeout(CONNECT)
        // In the blocking client this bounds each single read, not the whole transfer.
        .timeout(SILENCE)
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

/// Runs as the runtime user; leaves either the whole new tree or the old state.
fn fetch_one(client: &Client, url: &Url, source: &Source, target: &Path, progress: &Progress) -> Result<()> {
    let response = request(client, url)?;
    let staging = staging(target);
    remove_tree(&staging)?;
    let result =
        unpack_verified(response, url, source, &staging, progress).and_then(|()| swap_in(&staging, target));
    // After a swap the staging name holds the old tree; after a failure, the partial one.
    remove_tree(&staging)?;
    result
}

fn request(client: &Client, url: &Url) -> Result<Response> {
    let response = client.get(url.clone()).send().map_err(|e| {
        Error::new(format!("cannot download {url}: {}", root_cause(&e)))
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

fn too_large(url: &Url) -> Error {
    Error::new(format!("{url} serves more than {} MiB, which SteamCMD is not", MAX_BYTES >> 20))
        .hint("check --steamcmd-url")
}

fn unpack_verified(
    response: Response,
    url: &Url,
    source: &Source,
    staging: &Path,
    progress: &Progress,
) -> Result<()> {
    let expected = response.content_length();
    let mut body = Body { inner: response, hash: Sha256::new(), read: 0, failed: None, expected, progress };
    let unpacked = unpack::unpack(&mut body, staging);
    // What follows the archive's end belongs to the file too; only the whole of it has the digest.
    let drained = match body.failed {
        None => io::copy(&mut body, &mut io::sink()).map(drop).map_err(|e| e.to_string()),
        Some(_) => Ok(()),
    };
    progress.download_done();
    if body.read > MAX_BYTES {
        return Err(too_large(url));
    }
    if let Some(broken) = body.failed.take().or(drained.err()) {
        return Err(Error::new(format!(
            "the download of {url} broke off after {} bytes: {broken}",
            body.read
        ))
        .hint("check the network and run it again"));
    }
    if let Some(expected) = expected.filter(|&e| e != body.read) {
        return Err(Error::new(format!("{url} announced {expected} bytes and sent {}", body.read))
            .hint("run it again"));
    }
    let digest: String = body.hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
    // A wrong digest explains a broken archive; the other way round it is the archive's fault.
    if digest != source.sha256 {
        return Err(Error::new(format!(
            "{url} is not the expected file: its SHA-256 is {digest}, expected {}",
            source.sha256
        ))
        .hint(format!(
            "run it again; if Valve has published a new SteamCMD, accept it with --steamcmd-sha256 {digest}"
        )));
    }
    unpacked
}

/// The response body, hashed and counted on its way through.
struct Body<'a> {
    inner: Response,
    hash: Sha256,
    read: u64,
    failed: Option<String>,
    expected: Option<u64>,
    progress: &'a Progress,
}

impl Read for Body<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.read > MAX_BYTES {
            return Err(io::Error::other("too large"));
        }
        let count = self.inner.read(buffer).inspect_err(|e| self.failed = Some(root_cause(e)))?;
        self.hash.update(&buffer[..count]);
        self.read += count as u64;
        self.progress.download(self.read, self.expected);
        Ok(count)
    }
}

/// The innermost reason: "connection refused" instead of "error sending request".
fn root_cause(error: &(dyn std::error::Error + 'static)) -> String {
    let mut cause = error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    match cause.to_string() {
        text if text == "operation timed out" => format!("silent for {} s", SILENCE.as_secs()),
        text => text,
    }
}

fn staging(target: &Path) -> PathBuf {
    atomic::staging_path(target)
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
