//! The HTTPS client: whom it trusts, how long it waits, which redirects it follows, why a request failed.

use super::source::is_allowed;
use left4me::{Context, Result};
use reqwest::blocking::Client;
use reqwest::redirect::Policy;
use reqwest::{StatusCode, Url};
use std::error::Error;
use std::fmt;
use std::io;
use std::time::Duration;

const CONNECT: Duration = Duration::from_secs(15);
const REDIRECTS: usize = 5;

/// A client that gives up on a server after this long a silence.
pub fn client(silence: Duration) -> Result<Client> {
    // The first call decides for the process; a second one changes nothing and is no error.
    let _ = rustls::crypto::ring::default_provider().install_default();
    Client::builder()
        .user_agent(concat!("left4me-setup/", env!("CARGO_PKG_VERSION")))
        .connect_timeout(connect_timeout(silence))
        // In the blocking client this bounds each single read, not the whole transfer.
        .timeout(silence)
        .redirect(Policy::custom(|attempt| {
            if attempt.previous().len() > REDIRECTS {
                return attempt.error(format!("more than {REDIRECTS} redirects"));
            }
            if is_allowed(attempt.url()) {
                return attempt.follow();
            }
            let to = attempt.url().clone();
            attempt.error(format!("redirected to {to}, which is not https"))
        }))
        .build()
        .context(|| "cannot set up HTTPS".into())
        .map_err(|e| e.hint("apt install ca-certificates"))
}

fn connect_timeout(silence: Duration) -> Duration {
    CONNECT.min(silence)
}

/// Why a server gave no answer, or no more of one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cause {
    /// It accepted no connection for this long.
    NoConnection(Duration),
    /// It sent nothing for this long.
    Silent(Duration),
    /// The innermost reason: "connection refused" instead of "error sending request".
    Other(String),
}

impl Cause {
    /// Of a request that had no answer, with a client that waits as long as `silence`.
    pub fn from_request(error: &reqwest::Error, silence: Duration) -> Cause {
        if !error.is_timeout() {
            return Cause::Other(innermost(error));
        }
        if error.is_connect() {
            return Cause::NoConnection(connect_timeout(silence));
        }
        Cause::Silent(silence)
    }

    /// Of a body that broke off.
    pub fn from_read(error: &io::Error, silence: Duration) -> Cause {
        match error.get_ref().and_then(|inner| inner.downcast_ref::<reqwest::Error>()) {
            Some(inner) => Cause::from_request(inner, silence),
            None => Cause::Other(innermost(error)),
        }
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Cause::NoConnection(time) => write!(f, "no connection within {} s", time.as_secs()),
            Cause::Silent(time) => write!(f, "silent for {} s", time.as_secs()),
            Cause::Other(reason) => f.write_str(reason),
        }
    }
}

fn innermost(error: &(dyn Error + 'static)) -> String {
    let mut cause = error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    cause.to_string()
}

/// Whether a request without an answer may succeed soon. Where nobody listens, where a name is not
/// known or a certificate is not trusted, the next source is tried at once.
pub fn is_transient(error: &reqwest::Error) -> bool {
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

/// Whether `url` is served, in one request that waits at most this long for each answer. An error is why not.
pub fn check_served(url: &Url, timeout: Duration) -> std::result::Result<(), String> {
    let client = client(timeout).map_err(|e| e.message().to_owned())?;
    let answer = client.head(url.clone()).send();
    let status = answer.map_err(|e| Cause::from_request(&e, timeout).to_string())?.status();
    if status == StatusCode::OK { Ok(()) } else { Err(format!("it answered {status}")) }
}
