//! One attempt to download an archive from one URL into a new directory.

use super::client::{Cause, is_transient};
use super::error::{DownloadError, ErrorKind};
use super::hash::Hash;
use super::inflate::{Content, gzip};
use super::progress::{Observer, Progress};
use super::read_ahead::read_ahead;
use super::receive::{Failure, Limits, Receive};
use super::unpack::{Bounds, UnpackError, unpack};
use left4me::{Context, Error};
use reqwest::blocking::{Client, Response};
use reqwest::header::RETRY_AFTER;
use reqwest::{StatusCode, Url};
use std::fs::DirBuilder;
use std::io::{self, BufRead};
use std::os::unix::fs::DirBuilderExt;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread::{self, ScopedJoinHandle};
use std::time::Duration;

/// What each attempt needs.
pub struct Transfer<'a> {
    /// What makes the requests.
    pub client: &'a Client,
    /// The digest wanted, in hexadecimal; without one, any file will do.
    pub sha256: Option<&'a str>,
    /// How much may come.
    pub limits: Limits,
    /// How much may be unpacked.
    pub bounds: Bounds,
    /// Hears how much has come, and of how much.
    pub observer: Observer<'a>,
}

/// What became of a body that was read.
struct Outcome {
    received: u64,
    failure: Option<Failure>,
    sha256: String,
    content: Content,
    unpacked: Result<(), UnpackError>,
}

impl Transfer<'_> {
    /// Downloads `url`, a gzipped tar, and unpacks it into the new directory `into`, as the calling user.
    /// Returns the digest of the file.
    ///
    /// After an error `into` may be there in part, and nothing in it is to be trusted.
    pub fn download(&self, url: &Url, into: &Path) -> Result<String, DownloadError> {
        let response = self.request(url)?;
        let url = response.url().to_string();
        let announced = response.content_length();
        self.receive(response, into)
            .map_err(ErrorKind::Host)
            .and_then(|outcome| self.verify(outcome, announced))
            .map_err(|kind| DownloadError { url, kind })
    }

    fn request(&self, url: &Url) -> Result<Response, DownloadError> {
        let failed = |url: &Url, kind| Err(DownloadError { url: url.to_string(), kind });
        let response = match self.client.get(url.clone()).send() {
            Ok(response) => response,
            Err(e) => {
                let cause = Cause::from_request(&e, self.limits.silence);
                return failed(url, ErrorKind::NoAnswer { cause, is_transient: is_transient(&e) });
            }
        };
        let status = response.status();
        if status != StatusCode::OK {
            let retry_after = retry_after(&response);
            return failed(response.url(), ErrorKind::Status { status, retry_after });
        }
        let limit = self.limits.received;
        if response.content_length().is_some_and(|length| length > limit) {
            let failure = Failure::TooLarge(limit);
            return failed(response.url(), ErrorKind::Body { received: 0, failure });
        }
        Ok(response)
    }

    /// The stack: receive → hash ⇉ inflate ⇉ progress → unpack, where ⇉ is a thread that reads ahead. On two
    /// processors one thread alone would take 1.4 times as long.
    fn receive(&self, response: Response, into: &Path) -> Result<Outcome, Error> {
        DirBuilder::new().mode(0o755).create(into).context(|| format!("cannot create {}", into.display()))?;
        let announced = response.content_length();
        let received = AtomicU64::new(0);
        let hash = Hash::new(Receive::new(response, &self.limits, &received));
        thread::scope(|scope| {
            let (mut body, receiving) = read_ahead(scope, hash).context(no_thread)?;
            // An error here is the receiving thread's, which has kept it.
            let content = body.fill_buf().map_or(Content::Nothing, Content::detect);
            let mut unpacked = Ok(());
            if content == Content::Gzip {
                let (plain, inflating) = read_ahead(scope, gzip(body)).context(no_thread)?;
                unpacked = unpack(self.watched(plain, &received, announced), into, &self.bounds);
                body = join(inflating).into_inner();
            }
            // To the end, also when it cannot be unpacked: only the whole file has the digest.
            let _ = io::copy(&mut self.watched(body, &received, announced), &mut io::sink());
            let (receive, sha256) = join(receiving).finish();
            let failure = receive.failure();
            Ok(Outcome { received: received.load(Ordering::Relaxed), failure, sha256, content, unpacked })
        })
    }

    fn watched<'a, R>(&'a self, inner: R, received: &'a AtomicU64, expected: Option<u64>) -> Progress<'a, R> {
        Progress::new(inner, received, expected, self.observer)
    }

    /// The digest, if all is well. What explains the rest comes first: a connection that broke explains a
    /// wrong length, and a wrong digest explains a broken archive.
    fn verify(&self, outcome: Outcome, announced: Option<u64>) -> Result<String, ErrorKind> {
        let Outcome { received, failure, sha256: actual, content, unpacked } = outcome;
        if let Some(failure) = failure {
            return Err(ErrorKind::Body { received, failure });
        }
        if let Some(announced) = announced.filter(|&announced| announced != received) {
            return Err(ErrorKind::Length { received, announced });
        }
        if content != Content::Gzip {
            return Err(ErrorKind::Content { received, content });
        }
        if let Some(wanted) = self.sha256.filter(|&wanted| wanted != actual) {
            let is_incomplete = unpacked.is_err_and(|error| error.is_incomplete());
            return Err(ErrorKind::Digest { received, actual, wanted: wanted.to_owned(), is_incomplete });
        }
        unpacked.map_err(ErrorKind::Unpack)?;
        Ok(actual)
    }
}

fn no_thread() -> String {
    "cannot start a thread".into()
}

fn join<T>(thread: ScopedJoinHandle<T>) -> T {
    thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
}

/// `Retry-After: 120`. A date there, which is rare, counts as nothing: our own pause will do.
pub(crate) fn retry_after(response: &Response) -> Option<Duration> {
    let seconds = response.headers().get(RETRY_AFTER)?.to_str().ok()?.trim().parse().ok()?;
    Some(Duration::from_secs(seconds))
}
