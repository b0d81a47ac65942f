//! One attempt of a download: body → SHA-256 → gunzip → untar into a new directory, which takes the
//! tree's place only when the digest was right.
//!
//! Three threads share the work: receive and hash, inflate, write.

use super::belt::belt;
use super::body::{Body, root_cause};
use super::unpack::{Bounds, unpack};
use left4me::{Context, Error, Result, atomic, remove};
use reqwest::blocking::{Client, Response};
use reqwest::header::RETRY_AFTER;
use reqwest::{StatusCode, Url};
use rustix::fs::{CWD, Mode, OFlags, RenameFlags};
use std::error::Error as _;
use std::io;
use std::path::Path;
use std::thread;
use std::time::Duration;

/// Why a download failed.
pub enum Trouble {
    /// Of a kind that passes; after a pause, another attempt may get through. With the pause that the
    /// server asks for.
    Passing(Error, Option<Duration>),
    /// Another mirror may serve what this one did not.
    Mirror(Error),
    /// On this host, or with the very file that was expected: it would be the same with any mirror.
    Here(Error),
}

/// What each attempt needs.
pub struct Transfer<'a> {
    /// What makes the requests.
    pub client: &'a Client,
    /// The digest wanted, in hexadecimal.
    pub sha256: &'a str,
    /// The tree that is made or replaced.
    pub target: &'a Path,
    /// How long nothing may come.
    pub silence: Duration,
    /// Longest time of the whole body.
    pub longest: Duration,
    /// How much may be unpacked.
    pub bounds: Bounds,
    /// Hears how much has come, and of how much.
    pub watch: &'a dyn Fn(u64, Option<u64>),
}

/// What became of a body.
struct Received<'a> {
    body: Body<'a>,
    broken: Option<String>,
    unpacked: Result<()>,
    /// The archive went on where the body ended.
    cut_short: bool,
}

impl Transfer<'_> {
    /// Leaves either the whole new tree or the old state. With the new tree in place, returns why the old
    /// one could not be removed, if so.
    pub fn from(&self, url: &Url) -> Result<Option<Error>, Trouble> {
        let response = self.request(url)?;
        let staging = atomic::staging_path(self.target);
        remove_tree(&staging).map_err(Trouble::Here)?;
        let result = self
            .receive(response, &staging)
            .map_err(Trouble::Here)
            .and_then(|received| self.judge(received, url))
            .and_then(|()| swap_in(&staging, self.target).map_err(Trouble::Here));
        // After a swap the staging name holds the old tree; after a failure, the partial one.
        let removed = remove_tree(&staging);
        result.map(|()| removed.err())
    }

    fn request(&self, url: &Url) -> Result<Response, Trouble> {
        let response = self.client.get(url.clone()).send().map_err(|e| {
            let error = Error::new(format!("cannot download {url}: {}", root_cause(&e, self.silence)))
                .hint("check the network, DNS and a proxy (https_proxy); then run it again");
            match is_passing(&e) {
                true => Trouble::Passing(error, None),
                false => Trouble::Mirror(error),
            }
        })?;
        let status = response.status();
        let served = response.url().clone();
        if status != StatusCode::OK {
            let error = Error::new(format!("{served} answered {status}"))
                .hint("try again later, or name another source with --steamcmd-url");
            let passes = status.is_server_error()
                || matches!(status, StatusCode::TOO_MANY_REQUESTS | StatusCode::REQUEST_TIMEOUT);
            return Err(match passes {
                true => Trouble::Passing(error, retry_after(&response)),
                false => Trouble::Mirror(error),
            });
        }
        if response.content_length().is_some_and(|length| length > self.bounds.sent) {
            return Err(Trouble::Mirror(self.too_large(&served)));
        }
        Ok(response)
    }

    /// Receives and hashes here, while two more threads inflate and write; to the end, also when those
    /// have given up, because only the whole of the file has the digest.
    fn receive(&self, response: Response, staging: &Path) -> Result<Received<'_>> {
        let mut body = Body::new(response, self.bounds.sent, self.silence, self.longest, self.watch);
        let (loading, mut compressed) = belt();
        let bounds = &self.bounds;
        thread::scope(|scope| {
            let unpacking = thread::Builder::new()
                .name("unpack".into())
                .spawn_scoped(scope, move || {
                    let unpacked = unpack(&mut compressed, staging, bounds);
                    (unpacked, compressed.ran_out)
                })
                .context(|| "cannot start a thread".into())?;
            let mut broken = loading.load(&mut body).err();
            drop(loading);
            if broken.is_none() {
                broken = io::copy(&mut body, &mut io::sink()).err();
            }
            let (unpacked, cut_short) = unpacking.join().unwrap_or_else(|e| std::panic::resume_unwind(e));
            let broken = body.failed.take().or(broken.map(|e| e.to_string()));
            Ok(Received { body, broken, unpacked, cut_short })
        })
    }

    fn judge(&self, received: Received, url: &Url) -> Result<(), Trouble> {
        let Received { body, broken, unpacked, cut_short } = received;
        if body.read > self.bounds.sent {
            return Err(Trouble::Mirror(self.too_large(url)));
        }
        if body.is_late {
            let what = format!("{url} sent {} bytes in {} s, and not all", body.read, self.longest.as_secs());
            return Err(Trouble::Mirror(
                Error::new(what).hint("run it again, or name another source with --steamcmd-url"),
            ));
        }
        if let Some(broken) = broken {
            let what = format!("the download of {url} broke off after {} bytes: {broken}", body.read);
            return Err(Trouble::Passing(
                Error::new(what).hint("check the network; then run it again"),
                None,
            ));
        }
        if let Some(expected) = body.expected.filter(|&e| e != body.read) {
            let what = format!("{url} announced {expected} bytes and sent {}", body.read);
            return Err(Trouble::Passing(Error::new(what).hint("run it again"), None));
        }
        if let Some(what) = body.instead_of_gzip() {
            let what = format!("{url} answered with {what} ({} bytes), not with SteamCMD", body.read);
            return Err(Trouble::Mirror(Error::new(what).hint(
                "a proxy or a login page may have answered instead of the server; open the URL in a browser",
            )));
        }
        let (read, digest) = (body.read, body.digest());
        // A wrong digest explains a broken archive; the other way round it is the archive's fault.
        if digest != self.sha256 {
            let cut_short = cut_short && unpacked.is_err();
            return Err(Trouble::Mirror(self.other_file(url, read, cut_short, &digest)));
        }
        unpacked.map_err(Trouble::Here)
    }

    fn other_file(&self, url: &Url, read: u64, cut_short: bool, digest: &str) -> Error {
        let expected = self.sha256;
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

    fn too_large(&self, url: &Url) -> Error {
        Error::new(format!("{url} serves more than {} MiB, which SteamCMD is not", self.bounds.sent >> 20))
            .hint("check --steamcmd-url")
    }
}

/// Whether a request without an answer may fare better soon. Where nobody listens, where a name is not
/// known or a certificate is not trusted, the next source is asked at once.
fn is_passing(error: &reqwest::Error) -> bool {
    use io::ErrorKind::{BrokenPipe, ConnectionAborted, ConnectionReset, TimedOut, UnexpectedEof};
    if error.is_timeout() {
        return true;
    }
    if !error.is_connect() {
        return !error.is_redirect() && !error.is_builder();
    }
    // The connection was there, and broke before its first request.
    let mut cause = error.source();
    while let Some(error) = cause {
        if let Some(error) = error.downcast_ref::<io::Error>() {
            let kinds = [BrokenPipe, ConnectionAborted, ConnectionReset, TimedOut, UnexpectedEof];
            return kinds.contains(&error.kind());
        }
        cause = error.source();
    }
    false
}

/// `Retry-After: 120`. A date there, which is rare, counts as nothing: our own pause will do.
fn retry_after(response: &Response) -> Option<Duration> {
    let seconds = response.headers().get(RETRY_AFTER)?.to_str().ok()?.trim().parse().ok()?;
    Some(Duration::from_secs(seconds))
}

fn remove_tree(path: &Path) -> Result<()> {
    remove::tree(path).map_err(|e| {
        Error::new(format!("cannot remove {}: {e}", path.display()))
            .hint(format!("sudo find {} ! -user left4me lists what is another's", path.display()))
    })
}

/// Puts the finished tree in place in one step: by rename, or by exchange with what is there.
pub fn swap_in(staging: &Path, target: &Path) -> Result<()> {
    let flags = match std::fs::symlink_metadata(target) {
        Ok(_) => RenameFlags::EXCHANGE,
        Err(_) => RenameFlags::NOREPLACE,
    };
    // Only a directory: whoever puts a FIFO in its place would have us wait for ever.
    rustix::fs::open(staging, OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC, Mode::empty())
        .and_then(rustix::fs::syncfs)
        .and_then(|()| rustix::fs::renameat_with(CWD, staging, CWD, target, flags))
        .context(|| format!("cannot put {} in place", target.display()))?;
    atomic::sync_parent(target)
}
