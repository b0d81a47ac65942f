//! The body of a download, hashed and counted on its way to the archive.

use reqwest::blocking::Response;
use sha2::{Digest, Sha256};
use std::io::{self, Read};
use std::time::{Duration, Instant};

/// The response body, hashed and counted on its way through.
pub struct Body<'a> {
    inner: Response,
    hash: Sha256,
    start: Vec<u8>,
    /// Bytes so far, as they came.
    pub read: u64,
    /// Why it ended early, if it did.
    pub failed: Option<String>,
    /// Bytes announced.
    pub expected: Option<u64>,
    bound: u64,
    silence: Duration,
    deadline: Instant,
    /// It had not ended at its deadline.
    pub is_late: bool,
    watch: &'a dyn Fn(u64, Option<u64>),
}

impl<'a> Body<'a> {
    /// Reads this answer.
    pub fn new(
        inner: Response,
        bound: u64,
        silence: Duration,
        longest: Duration,
        watch: &'a dyn Fn(u64, Option<u64>),
    ) -> Body<'a> {
        Body {
            expected: inner.content_length(),
            inner,
            hash: Sha256::new(),
            start: Vec::new(),
            read: 0,
            failed: None,
            bound,
            silence,
            deadline: Instant::now() + longest,
            is_late: false,
            watch,
        }
    }

    /// What it is, when it does not begin as a gzip file does.
    pub fn instead_of_gzip(&self) -> Option<&'static str> {
        let start = self.start.trim_ascii_start();
        match () {
            () if self.start.starts_with(&[0x1f, 0x8b]) => None,
            () if start.starts_with(b"<") => Some("a web page"),
            () if self.start.is_empty() => Some("nothing"),
            () => Some("a file that is not gzip"),
        }
    }

    /// SHA-256 of all that came, in hexadecimal.
    pub fn digest(self) -> String {
        self.hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

impl Read for Body<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.read > self.bound {
            return Err(io::Error::other("too large"));
        }
        if Instant::now() >= self.deadline {
            self.is_late = true;
            return Err(io::Error::other("too slow"));
        }
        let silence = self.silence;
        let count = self.inner.read(buffer).inspect_err(|e| self.failed = Some(root_cause(e, silence)))?;
        let missing = 16usize.saturating_sub(self.start.len());
        self.start.extend_from_slice(&buffer[..count.min(missing)]);
        self.hash.update(&buffer[..count]);
        self.read += count as u64;
        (self.watch)(self.read, self.expected);
        Ok(count)
    }
}

/// The innermost reason: "connection refused" instead of "error sending request".
pub fn root_cause(error: &(dyn std::error::Error + 'static), silence: Duration) -> String {
    let mut cause = error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    match cause.to_string() {
        text if text == "operation timed out" => format!("silent for {} s", silence.as_secs()),
        text => text,
    }
}
