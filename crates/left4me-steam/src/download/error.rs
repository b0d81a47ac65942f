//! What can go wrong with a download, as kinds: who downloads decides by them, and adds the hints.

use super::client::Cause;
use super::inflate::Content;
use super::receive::Failure;
use super::unpack::UnpackError;
use reqwest::StatusCode;
use std::fmt;
use std::time::Duration;

/// A failed attempt.
#[derive(Debug)]
pub struct DownloadError {
    /// Where it was sent from: the last URL of a redirect.
    pub url: String,
    /// What went wrong.
    pub kind: ErrorKind,
}

/// What went wrong.
#[derive(Debug)]
pub enum ErrorKind {
    /// The request had no answer.
    NoAnswer {
        /// Why not.
        cause: Cause,
        /// It may have one soon.
        is_transient: bool,
    },
    /// The answer was not 200.
    Status {
        /// What it was.
        status: StatusCode,
        /// The pause that the server asks for.
        retry_after: Option<Duration>,
    },
    /// The body could not be read to its end.
    Body {
        /// Bytes that came.
        received: u64,
        /// Why no more of them.
        failure: Failure,
    },
    /// The body has not the length that was announced.
    Length {
        /// Bytes that came.
        received: u64,
        /// Bytes that were announced.
        announced: u64,
    },
    /// The body is not in the format that was asked for.
    Content {
        /// Bytes that came.
        received: u64,
        /// What it looks like.
        content: Content,
    },
    /// The file has another digest than the one wanted.
    Digest {
        /// Bytes that came.
        received: u64,
        /// The file's digest.
        actual: String,
        /// The digest wanted.
        wanted: String,
        /// The archive ends too early, too.
        is_incomplete: bool,
    },
    /// The file has the right digest, or none was wanted, and it cannot be unpacked.
    Unpack(UnpackError),
    /// Something on this host.
    Host(left4me::Error),
}

/// What may help.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Retry {
    /// The same URL after a pause; at least this long, if the server says so.
    SameUrl(Option<Duration>),
    /// Another URL, which may serve what this one did not.
    OtherUrl,
    /// Nothing: the next URL would end the same.
    Never,
}

impl DownloadError {
    /// What may help.
    pub fn retry(&self) -> Retry {
        match &self.kind {
            ErrorKind::NoAnswer { is_transient: true, .. }
            | ErrorKind::Body { failure: Failure::Broken(_), .. }
            | ErrorKind::Length { .. } => Retry::SameUrl(None),
            ErrorKind::Status { status, retry_after } if is_transient(*status) => {
                Retry::SameUrl(*retry_after)
            }
            ErrorKind::Unpack(_) | ErrorKind::Host(_) => Retry::Never,
            _ => Retry::OtherUrl,
        }
    }
}

fn is_transient(status: StatusCode) -> bool {
    status.is_server_error() || matches!(status, StatusCode::TOO_MANY_REQUESTS | StatusCode::REQUEST_TIMEOUT)
}

impl fmt::Display for DownloadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let url = &self.url;
        match &self.kind {
            ErrorKind::NoAnswer { cause, .. } => write!(f, "cannot download {url}: {cause}"),
            ErrorKind::Status { status, .. } => write!(f, "{url} answered {status}"),
            ErrorKind::Body { failure: Failure::TooLarge(limit), .. } => {
                write!(f, "{url} serves more than {} MiB", limit >> 20)
            }
            ErrorKind::Body { received, failure: Failure::TooSlow(longest) } => {
                write!(f, "{url} sent only {received} bytes in {} s, not the whole file", longest.as_secs())
            }
            ErrorKind::Body { received, failure: Failure::Broken(cause) } => {
                write!(f, "the download of {url} broke off after {received} bytes: {cause}")
            }
            ErrorKind::Length { received, announced } => {
                write!(f, "{url} announced {announced} bytes and sent {received}")
            }
            ErrorKind::Content { received, content } => {
                write!(f, "{url} answered with {content} ({received} bytes) instead of a gzip file")
            }
            ErrorKind::Digest { received, actual, wanted, is_incomplete: true } => write!(
                f,
                "{url} served an incomplete archive of {received} bytes: its SHA-256 is {actual}, expected {wanted}"
            ),
            ErrorKind::Digest { actual, wanted, .. } => {
                write!(f, "{url} is not the expected file: its SHA-256 is {actual}, expected {wanted}")
            }
            ErrorKind::Unpack(error) => write!(f, "{error}"),
            ErrorKind::Host(error) => write!(f, "{error}"),
        }
    }
}
