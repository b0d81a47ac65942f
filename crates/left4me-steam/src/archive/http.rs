//! An archive on a web server: the manifest first, then only the parts that are needed, several adjacent files in
//! one request. From a server without range requests all of it comes, and what is not needed is skipped.

use super::check::{MAX_TOTAL, refused};
use super::fill::Moved;
use super::header::{BLOCK, padded};
use super::manifest;
use super::source::{Broken, cut, read_size, read_text};
use super::tree::{NewFile, Tree};
use crate::download::client::{Cause, client, is_transient};
use crate::download::error::{DownloadError, ErrorKind};
use crate::download::read_ahead::read_ahead;
use crate::download::receive::{self, Limits, Receive};
use crate::download::retry::{Failure, RetryPolicy, try_each};
use crate::download::transfer::retry_after;
use crate::signals::Signals;
use left4me::report::Reporter;
use left4me::{Context, Error, Result};
use reqwest::blocking::{Client, Response};
use reqwest::header::{CONTENT_RANGE, RANGE};
use reqwest::{StatusCode, Url};
use std::io::{self, BufRead, Read};
use std::ops::Range;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// Skipping so much costs less than another request.
const GAP: u64 = 1 << 20;
/// A request asks for no more than this, unless one file is larger: each has its own retries.
const GROUP: u64 = 256 << 20;
/// A server without ranges sends everything in one answer.
const LONGEST: Duration = Duration::from_secs(24 * 3600);

/// A server and what is known of it.
pub struct Http<'a> {
    client: Client,
    urls: [Url; 1],
    policy: &'a RetryPolicy<'a>,
    reporter: &'a dyn Reporter,
    has_ranges: bool,
}

/// An answer, and where in the archive it begins.
struct Answer {
    response: Response,
    at: u64,
    has_ranges: bool,
}

impl<'a> Http<'a> {
    /// A server that was not asked yet.
    pub fn new(url: Url, policy: &'a RetryPolicy<'a>, reporter: &'a dyn Reporter) -> Result<Http<'a>> {
        // Its thread would take a signal that a pause waits for.
        let client = Signals::blocked_in_threads_of(|| client(policy.silence))?;
        Ok(Http { client, urls: [url], policy, reporter, has_ranges: true })
    }

    /// The text of the manifest.
    pub fn manifest(&mut self) -> Result<Vec<u8>> {
        let (text, has_ranges) = self.retrying(|| {
            let head = self.request(0..BLOCK)?;
            let has_ranges = head.has_ranges;
            let (size, text) = self.read(head, |body, url| {
                let size = read_size(body, url)?;
                Ok((size, if has_ranges { Vec::new() } else { read_text(body, size)? }))
            })?;
            if !has_ranges {
                return Ok((text, false));
            }
            let rest = self.request(BLOCK..BLOCK + padded(size).max(1))?;
            let skip = BLOCK - rest.at;
            let (has_ranges, text) = (
                rest.has_ranges,
                self.read(rest, |body, _| {
                    io::copy(&mut body.take(skip), &mut io::sink()).map_err(Broken::Read)?;
                    read_text(body, size)
                })?,
            );
            Ok((text, has_ranges))
        })?;
        self.has_ranges = has_ranges;
        Ok(text)
    }

    /// Reads something from an answer.
    fn read<T>(
        &self,
        answer: Answer,
        what: impl FnOnce(&mut Receive<Response>, &str) -> Result<T, Broken>,
    ) -> Result<T, Failure> {
        let received = AtomicU64::new(0);
        let (url, mut body) = self.receive(answer.response, answer.has_ranges, &received);
        what(&mut body, &url).map_err(|cause| match cause {
            Broken::Refused(error) => error.into(),
            Broken::Read(_) => broken(url, received.load(Ordering::Relaxed), body.failure()),
        })
    }

    /// Writes `files`, which are sorted by their offsets, into `tree`; `start` is where offsets count from.
    pub fn fill(&self, tree: &Tree, files: &[&manifest::File], start: u64, moved: &mut Moved) -> Result<()> {
        for files in groups(files, self.has_ranges) {
            let mut group = Group { tree, files, current: None, start };
            self.retrying(|| self.fill_group(&mut group, moved))?;
        }
        Ok(())
    }

    /// Goes on with a group where it was left.
    fn fill_group(&self, group: &mut Group, moved: &mut Moved) -> Result<(), Failure> {
        let Some(range) = group.left() else { return Ok(()) };
        let received = AtomicU64::new(0);
        let Answer { response, mut at, has_ranges } = self.request(range)?;
        let (url, body) = self.receive(response, has_ranges, &received);
        std::thread::scope(|scope| {
            let (mut ahead, receiving) =
                read_ahead(scope, body).context(|| "cannot start a thread".into())?;
            let outcome = group.take(&mut ahead, &mut at, moved);
            drop(ahead);
            let body = receiving.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
            outcome.map_err(|cause| match cause {
                Broken::Refused(error) => error.into(),
                Broken::Read(_) => broken(url, received.load(Ordering::Relaxed), body.failure()),
            })
        })
    }

    fn retrying<T>(&self, attempt: impl FnMut() -> Result<T, Failure>) -> Result<T> {
        let note = |text: &str| self.reporter.note(text);
        let mut attempt = attempt;
        let (_, done) = try_each("the archive", &self.urls, self.policy, &note, |_| attempt())?;
        Ok(done)
    }

    fn receive<'r>(
        &self,
        response: Response,
        has_ranges: bool,
        received: &'r AtomicU64,
    ) -> (String, Receive<'r, Response>) {
        let longest = if has_ranges { self.policy.longest } else { LONGEST };
        let limits = Limits { received: 2 * MAX_TOTAL, silence: self.policy.silence, longest };
        (response.url().to_string(), Receive::new(response, &limits, received))
    }

    /// Asks for a part of the archive; a server without ranges answers with all of it.
    fn request(&self, range: Range<u64>) -> Result<Answer, Failure> {
        let failed = |url: &Url, kind| failure(DownloadError { url: url.to_string(), kind });
        let asked = format!("bytes={}-{}", range.start, range.end - 1);
        let url = &self.urls[0];
        let response = self.client.get(url.clone()).header(RANGE, asked).send().map_err(|e| {
            let cause = Cause::from_request(&e, self.policy.silence);
            failed(url, ErrorKind::NoAnswer { cause, is_transient: is_transient(&e) })
        })?;
        match response.status() {
            StatusCode::OK => Ok(Answer { response, at: 0, has_ranges: false }),
            StatusCode::PARTIAL_CONTENT if begins_at(&response) == Some(range.start) => {
                Ok(Answer { response, at: range.start, has_ranges: true })
            }
            StatusCode::PARTIAL_CONTENT => {
                Err(refused(&format!("{url} sent another part than was asked for")).into())
            }
            StatusCode::RANGE_NOT_SATISFIABLE => Err(cut(url.as_str()).into()),
            status => {
                let retry_after = retry_after(&response);
                Err(failed(response.url(), ErrorKind::Status { status, retry_after }))
            }
        }
    }
}

/// `Content-Range: bytes 100-199/1000`.
fn begins_at(response: &Response) -> Option<u64> {
    let value = response.headers().get(CONTENT_RANGE)?.to_str().ok()?;
    value.strip_prefix("bytes ")?.split_once('-')?.0.trim().parse().ok()
}

fn failure(error: DownloadError) -> Failure {
    let hint = match error.kind {
        ErrorKind::Status { .. } => "check the URL; then run it again: files that are right are kept",
        _ => "check the network; then run it again: files that are right are kept",
    };
    Failure { retry: error.retry(), error: Error::new(error.to_string()).hint(hint) }
}

/// A body that ended too early: because of the connection, or because the archive does.
fn broken(url: String, received: u64, why: Option<receive::Failure>) -> Failure {
    match why {
        Some(failed) => failure(DownloadError { url, kind: ErrorKind::Body { received, failure: failed } }),
        None => cut(&url).into(),
    }
}

/// Files that are fetched with one request each group.
fn groups<'f>(
    files: &'f [&'f manifest::File],
    has_ranges: bool,
) -> impl Iterator<Item = &'f [&'f manifest::File]> {
    let mut bytes = 0;
    files.chunk_by(move |one, next| {
        bytes += one.size;
        let is_together =
            !has_ranges || next.offset - one.end() <= GAP && bytes.saturating_add(next.size) <= GROUP;
        if !is_together {
            bytes = 0;
        }
        is_together
    })
}

/// Files that one request brings, and how far they are.
struct Group<'f> {
    tree: &'f Tree,
    /// Those that are not finished.
    files: &'f [&'f manifest::File],
    /// The first of them, as far as it has come.
    current: Option<NewFile<'f>>,
    start: u64,
}

impl Group<'_> {
    /// The part of the archive that is still needed.
    fn left(&self) -> Option<Range<u64>> {
        let (first, last) = (self.files.first()?, self.files.last()?);
        let from = self.current.as_ref().map_or(first.offset, NewFile::offset);
        // An empty file has no bytes that could be asked for.
        Some(self.start + from..self.start + last.end().max(from + 1))
    }

    /// Takes the files from an answer that is `at` this place of the archive.
    fn take(&mut self, from: &mut impl BufRead, at: &mut u64, moved: &mut Moved) -> Result<(), Broken> {
        while let Some((file, rest)) = self.files.split_first() {
            let mut new = match self.current.take() {
                Some(new) => new,
                None => self.tree.create(file).map_err(Broken::Refused)?,
            };
            let outcome = receive_file(&mut new, self.start, from, at, moved);
            if let Err(cause) = outcome {
                self.current = Some(new);
                return Err(cause);
            }
            self.files = rest;
            new.finish().map_err(Broken::Refused)?;
        }
        Ok(())
    }
}

fn receive_file(
    new: &mut NewFile,
    start: u64,
    from: &mut impl BufRead,
    at: &mut u64,
    moved: &mut Moved,
) -> Result<(), Broken> {
    while new.left() > 0 {
        let skip = (start + new.offset()).saturating_sub(*at);
        let bytes = from.fill_buf().map_err(Broken::Read)?;
        if bytes.is_empty() {
            return Err(Broken::Read(io::ErrorKind::UnexpectedEof.into()));
        }
        let most = |wanted: u64| usize::try_from(wanted).unwrap_or(usize::MAX).min(bytes.len());
        let count = if skip > 0 { most(skip) } else { most(new.left()) };
        if skip == 0 {
            new.write(&bytes[..count]).map_err(Broken::Refused)?;
            moved.add(count as u64);
        }
        from.consume(count);
        *at += count as u64;
    }
    Ok(())
}
