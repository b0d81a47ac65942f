//! The body of an answer, within bounds: a server may send too much, too slowly, or stop.

use super::client::Cause;
use std::io::{self, Read};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// How much a server may send, and how long it may take.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Bytes of the download.
    pub received: u64,
    /// How long nothing may come: the client's timeout.
    pub silence: Duration,
    /// Longest time of the whole body.
    pub longest: Duration,
}

/// Reads a body and remembers why it could not be read to its end.
pub struct Receive<'a, R> {
    inner: R,
    received: &'a AtomicU64,
    limits: Limits,
    deadline: Instant,
    failure: Option<Failure>,
}

/// Why a body was not read to its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Failure {
    /// It is larger than this.
    TooLarge(u64),
    /// It had not ended after this long.
    TooSlow(Duration),
    /// The connection broke.
    Broken(Cause),
}

impl<'a, R> Receive<'a, R> {
    /// At most `limits.received` bytes within `limits.longest` from now; counts them in `received`.
    pub fn new(inner: R, limits: &Limits, received: &'a AtomicU64) -> Receive<'a, R> {
        let deadline = Instant::now() + limits.longest;
        Receive { inner, received, limits: *limits, deadline, failure: None }
    }

    /// Why not all came, if so.
    pub fn failure(self) -> Option<Failure> {
        self.failure
    }

    // The stack above may wrap an error, so its kind is kept here.
    fn fail(&mut self, failure: Failure) -> io::Error {
        self.failure.get_or_insert(failure);
        io::Error::other("the download broke off")
    }
}

impl<R: Read> Read for Receive<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if Instant::now() >= self.deadline {
            return Err(self.fail(Failure::TooSlow(self.limits.longest)));
        }
        let count = match self.inner.read(buffer) {
            Ok(count) => count,
            Err(e) if e.kind() == io::ErrorKind::Interrupted => return Err(e),
            Err(e) => return Err(self.fail(Failure::Broken(Cause::from_read(&e, self.limits.silence)))),
        };
        let received = self.received.fetch_add(count as u64, Ordering::Relaxed) + count as u64;
        if received > self.limits.received {
            return Err(self.fail(Failure::TooLarge(self.limits.received)));
        }
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LONG: Duration = Duration::from_secs(60);

    fn read(limit: u64, longest: Duration, body: impl Read) -> (u64, Option<Failure>) {
        let limits = Limits { silence: LONG, longest, received: limit };
        let received = AtomicU64::new(0);
        let mut receive = Receive::new(body, &limits, &received);
        let _ = io::copy(&mut receive, &mut io::sink());
        (received.load(Ordering::Relaxed), receive.failure())
    }

    #[test]
    fn bounds() {
        struct Breaks;
        impl Read for Breaks {
            fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
                Err(io::Error::from(io::ErrorKind::ConnectionReset))
            }
        }
        assert_eq!(read(4, LONG, &b"some"[..]), (4, None));
        assert_eq!(read(3, LONG, &b"some"[..]), (4, Some(Failure::TooLarge(3))));
        assert_eq!(read(4, Duration::ZERO, &b"some"[..]), (0, Some(Failure::TooSlow(Duration::ZERO))));
        let (received, failure) = read(9, LONG, b"some".chain(Breaks));
        assert_eq!((received, failure), (4, Some(Failure::Broken(Cause::Other("connection reset".into())))));
    }
}
